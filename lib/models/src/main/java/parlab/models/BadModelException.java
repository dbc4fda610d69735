package parlab.models;

import java.io.IOException;
import java.nio.file.Path;

/** A file that can not be used as a model; the message names the file and says why. */
public final class BadModelException extends IOException {
    private static final long serialVersionUID = 1;

    private final String reason;

    BadModelException(Path file, String reason, Throwable cause) {
        super(file + " can not be used as a model: " + reason, cause);
        this.reason = reason;
    }

    /**
     * Why, without the file's name.
     *
     * @return a line or more
     */
    public String reason() {
        return reason;
    }
}
