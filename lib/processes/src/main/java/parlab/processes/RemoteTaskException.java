package parlab.processes;

/**
 * Stands for an exception of a task that could not be sent back as an object: as text, with the stack trace that
 * it had in its worker.
 */
public final class RemoteTaskException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String typeName;
    private final String remoteStack;

    /**
     * Describes an exception of another process.
     *
     * @param typeName its class
     * @param message its message; may be null
     * @param remoteStack its stack trace as {@link Throwable#printStackTrace()} writes it, causes included
     * @param stack its frames
     */
    public RemoteTaskException(String typeName, String message, String remoteStack, StackTraceElement[] stack) {
        super(typeName + (message == null ? "" : ": " + message));
        this.typeName = typeName;
        this.remoteStack = remoteStack;
        setStackTrace(stack);
    }

    /**
     * What was thrown.
     *
     * @return the name of the exception's class
     */
    public String typeName() {
        return typeName;
    }

    /**
     * Where it was thrown.
     *
     * @return the stack trace as text, with all causes
     */
    public String remoteStack() {
        return remoteStack;
    }
}
