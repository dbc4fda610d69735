package parlab.models;

import java.io.IOException;
import java.nio.file.Path;

/** A file that cannot be used as a model; the message names the file and says why. */
public final class BadModelException extends IOException {
    private static final long serialVersionUID = 1;

    private final String reason;

    BadModelException(Path file, String reason, Throwable cause) {
        super(file + " cannot be used as a model: " + reason, cause);
        this.reason = reason;
    }

    /** {@return why, without the file's name: a line or more} */
    public String reason() {
        return reason;
    }
}
