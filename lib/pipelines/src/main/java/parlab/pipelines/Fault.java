package parlab.pipelines;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What {@link ImageServer} does wrong on demand: see {@link ImageServer#fault}. */
public enum Fault {
    /** Answers 500. */
    ERROR,
    /** Answers 503 to the first two requests for a number, and with the image after that. */
    FLAKY,
    /** Announces the whole image, sends half of it and closes the connection. */
    BREAKS_OFF,
    /** Sends the headers at once, and then one byte of the body every 100 ms. */
    SLOW_LORIS,
    /** Sends one byte of the headers every 100 ms. */
    SLOW_HEADERS,
    /** Takes the request and never answers. */
    STALLS,
    /** Answers 302 with the image's address. */
    REDIRECT,
    /** Answers 302 with the address that was asked for. */
    REDIRECT_LOOP,
    /** Answers 302 with an address that is not one of the web. */
    REDIRECT_TO_FILE,
    /** Announces 100 MB where the list of images promises {@value ImageServer#PROMISED_BYTES} bytes at most. */
    OVERSIZE,
    /** Announces no length, and sends 100 MB. */
    ENDLESS,
    /** Announces {@value ImageServer#PROMISED_BYTES} bytes, and sends 100 MB. */
    LYING_LENGTH,
    /** Sends a JPEG whose second half is noise. */
    CORRUPT,
    /** Sends the first half of a JPEG as if it were all. */
    TRUNCATED,
    /** Sends a small file whose header says 65,500 x 65,500 pixels. */
    BOMB,
    /** Sends a web page. */
    NOT_AN_IMAGE;

    /** Returns the fault's name in an address, such as {@code slow-loris}. */
    public String path() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the fault of that name in an address; empty if there is none. */
    public static Optional<Fault> ofPath(String path) {
        return Arrays.stream(values()).filter(f -> f.path().equals(path)).findFirst();
    }
}
