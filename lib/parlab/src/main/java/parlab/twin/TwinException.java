package parlab.twin;

import java.util.List;

/** A twin could not be run, or did not do what it was asked for. The message carries the end of its own stderr. */
public final class TwinException extends RuntimeException {

    /** What went wrong. */
    public enum Reason {
        /** No Python interpreter is named, or the one that is named cannot be started. */
        NO_INTERPRETER,
        /** The script is in none of the folders. */
        NO_SCRIPT,
        /** The script did not end in time and was stopped, with all its processes. */
        TIMED_OUT,
        /** The script ended with an exit code other than 0. */
        FAILED,
        /** The script printed a line that is not a JSON object. */
        MALFORMED_OUTPUT
    }

    private static final int SHOWN_LINES = 20;

    private final Reason reason;
    private final String stderr;

    TwinException(Reason reason, String message, String stderr, Throwable cause) {
        super(message + tail(stderr), cause);
        this.reason = reason;
        this.stderr = stderr;
    }

    private static String tail(String stderr) {
        List<String> lines = stderr.strip().lines().toList();
        int from = Math.max(0, lines.size() - SHOWN_LINES);
        String title = from == 0 ? "\nIts stderr:\n  " : "\nThe end of its stderr:\n  ";
        return lines.isEmpty() ? "" : title + String.join("\n  ", lines.subList(from, lines.size()));
    }

    /**
     * Returns what went wrong.
     *
     * @return never null
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Returns what the script wrote to stderr until then.
     *
     * @return the last mebibyte of it at most; empty if it was not started
     */
    public String stderr() {
        return stderr;
    }
}
