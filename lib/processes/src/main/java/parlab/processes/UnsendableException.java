package parlab.processes;

import java.util.concurrent.RejectedExecutionException;

/**
 * Something cannot be sent to a worker process, or back: the message names it, the path to the part at fault, and
 * a remedy. A task that is refused with this has not been sent anywhere.
 */
public final class UnsendableException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    /**
     * Says what cannot be sent.
     *
     * @param message what, why, and what to do about it
     * @param cause the failure of serialisation; may be null
     */
    public UnsendableException(String message, Throwable cause) {
        super(message, cause);
    }
}
