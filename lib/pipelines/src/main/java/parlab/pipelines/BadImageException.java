package parlab.pipelines;

/** What came is not an image that can be used; the message says why. */
public final class BadImageException extends Exception {
    private static final long serialVersionUID = 1;

    /** Says what is wrong with the image. */
    public BadImageException(String message) {
        super(message);
    }
}
