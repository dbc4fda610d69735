package parlab.twin.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;

/** Cuts a stream into lines, none longer than a bound, and hands them over. */
final class Lines implements Runnable {

    /** A row of a million characters is a mistake, and a stream without line ends must not fill the memory. */
    static final int MAX_CHARS = 1 << 20;

    /**
     * One line, or the stream's end.
     *
     * @param text the line; null at the end
     * @param complete whether a line end followed, and it was not cut
     */
    record Line(String text, boolean complete) {
        static final Line END = new Line(null, true);
    }

    private final InputStream in;
    private final BlockingQueue<Line> lines;

    Lines(InputStream in, BlockingQueue<Line> lines) {
        this.in = in;
        this.lines = lines;
    }

    @Override
    public void run() {
        StringBuilder line = new StringBuilder();
        try {
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                if (c == '\n') {
                    lines.add(new Line(line.toString(), true));
                    line.setLength(0);
                } else if (line.length() < MAX_CHARS) {
                    line.append((char) c);
                } else {
                    break; // the rest stays unread: such a script is stopped
                }
            }
        } catch (IOException e) {
            // The stream was closed under us: the same as its end.
        }
        if (!line.isEmpty()) {
            lines.add(new Line(line.toString(), false));
        }
        lines.add(Line.END);
    }
}
