package parlab.cluster;

/** A task is not tried again: too many members have left the cluster while they held it, or it was for one alone. */
public final class MemberLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MemberLostException(String message, Throwable cause) {
        super(message, cause);
    }
}
