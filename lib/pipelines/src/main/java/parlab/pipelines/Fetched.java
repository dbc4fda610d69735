package parlab.pipelines;

import java.io.Serializable;
import java.net.URI;
import java.util.Objects;

/**
 * What became of one download: either the bytes, or what failed and why. Immutable but for the array, which nobody may
 * change.
 *
 * @param address what was asked for
 * @param bytes what came; null if it failed
 * @param failure what failed; null if nothing did
 * @param why the same in words; empty if nothing failed
 * @param attempts how often it was tried, 1 or more; 0 if there was no time for even one
 * @param startNanos when it began, as {@link System#nanoTime} has it
 * @param nanos how long it took, all attempts and the pauses between them
 */
@SuppressWarnings("ArrayRecordComponent") // a defensive copy of every image would cost as much as sending it
public record Fetched(URI address, byte[] bytes, Failure failure, String why, int attempts, long startNanos, long nanos)
        implements Serializable {
    private static final int LONGEST_NAME = 100;

    /** What can fail. */
    public enum Failure {
        /** Not an address of the web: another scheme, no host, a port that there is not. */
        BAD_ADDRESS(false),
        /** The server answered with another status than 200 or a redirection. */
        STATUS(false),
        /** The server was busy or in trouble: 429 or 5xx. */
        SERVER_ERROR(true),
        /** Nobody listens there. */
        REFUSED(true),
        /** The connection ended before the answer did. */
        BROKEN_OFF(true),
        /** An attempt took longer than it may. */
        TIMED_OUT(true),
        /** The body is larger than it may be; what was over the limit was not read. */
        TOO_LARGE(false),
        /** Redirected too often, or to where a download must not go. */
        REDIRECTED(false),
        /** The answer is not HTTP. */
        MALFORMED(false),
        /** Not of the kind that was asked for. */
        WRONG_CONTENT(false),
        /** The thread was interrupted, or the downloads were closed. */
        CANCELLED(false),
        /** An exception or an error that no other constant is for, such as one for want of memory. */
        UNFORESEEN(false);

        private final boolean passing;

        Failure(boolean passing) {
            this.passing = passing;
        }

        /** Returns whether another attempt may do better. */
        public boolean isPassing() {
            return passing;
        }
    }

    /** Checks that there is either a body or a failure. */
    public Fetched {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(why, "why");
        if ((bytes == null) == (failure == null)) {
            throw new IllegalArgumentException("a download has either bytes or a failure: " + address);
        }
    }

    /** Returns whether there are bytes. */
    public boolean arrived() {
        return failure == null;
    }

    /**
     * Returns what names it in a table: the last part of the address's path, such as {@code 613.jpg}; the address itself if
     * that is empty, and no more than its first 100 characters.
     */
    public String name() {
        return name(address);
    }

    static String name(URI address) {
        // An address such as data:,x has no path.
        String path = Objects.requireNonNullElse(address.getPath(), "");
        String last = path.substring(path.lastIndexOf('/') + 1);
        String name = last.isEmpty() ? address.toString() : last;
        return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name;
    }

    @Override
    public String toString() {
        return name() + (arrived() ? ": " + bytes.length + " bytes" : ": " + failure + ", " + why) + " after "
                + nanos / 1_000_000 + " ms and " + attempts + (attempts == 1 ? " attempt" : " attempts");
    }
}
