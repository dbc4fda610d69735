package parlab.twin;

import java.util.List;

/** A twin could not be run, or did not do what it was asked for. The message carries the end of its own stderr. */
public final class TwinException extends RuntimeException {
    private static final int SHOWN_LINES = 20;

    TwinException(String message, String stderr, Throwable cause) {
        super(message + tail(stderr), cause);
    }

    private static String tail(String stderr) {
        List<String> lines = stderr.strip().lines().toList();
        int from = Math.max(0, lines.size() - SHOWN_LINES);
        String title = from == 0 ? "\nIts stderr:\n  " : "\nThe end of its stderr:\n  ";
        return lines.isEmpty() ? "" : title + String.join("\n  ", lines.subList(from, lines.size()));
    }
}
