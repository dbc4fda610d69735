package parlab.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Drains what a child process prints, on a daemon thread of its own, so that the child never blocks on a full pipe,
 * and keeps the end of it for error messages. Text is decoded as UTF-8. Thread-safe.
 */
public final class OutputTail implements AutoCloseable {
    private static final int LONGEST_LINE = 64 << 10;

    private final InputStream in;
    private final int maxChars;
    private final Consumer<String> lines;
    private final Thread reader;
    private final StringBuilder tail = new StringBuilder();
    private final StringBuilder line = new StringBuilder();

    /** Begins to drain a stream, which is closed when it has ended or this is closed, and keeps so much of its end. */
    public OutputTail(InputStream in, int maxChars) {
        this(in, maxChars, text -> {});
    }

    /**
     * Begins to drain a stream whose lines somebody wants as they come.
     *
     * @param lines hears of each line, without its end, in the draining thread; one above 65,536 characters comes in
     *     pieces, and a last one without an end comes when the stream ends. If it throws it hears of no more lines, and
     *     the stream is still drained
     */
    public OutputTail(InputStream in, int maxChars, Consumer<String> lines) {
        if (maxChars < 1) {
            throw new IllegalArgumentException("a tail keeps 1 character or more, not " + maxChars);
        }
        this.in = in;
        this.maxChars = maxChars;
        this.lines = lines;
        reader = Thread.ofPlatform().daemon().name("output-tail").start(this::drain);
    }

    private void drain() {
        char[] chunk = new char[8192];
        boolean listening = true;
        try (Reader text = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            for (int n = text.read(chunk); n >= 0; n = text.read(chunk)) {
                keep(chunk, n);
                listening = listening && tell(chunk, n);
            }
        } catch (IOException e) {
            // Closed under us, or its process was killed: what came until then is all there is.
        }
        if (listening && !line.isEmpty()) {
            tellLine();
        }
    }

    private void keep(char[] chunk, int n) {
        synchronized (tail) {
            tail.append(chunk, 0, n);
            // Only now and then, so that not each piece moves the whole tail.
            if (tail.length() > 2L * maxChars + chunk.length) {
                tail.delete(0, tail.length() - maxChars);
            }
        }
    }

    private boolean tell(char[] chunk, int n) {
        for (int i = 0; i < n; i++) {
            boolean end = chunk[i] == '\n';
            if (!end) {
                line.append(chunk[i]);
            }
            if ((end || line.length() >= LONGEST_LINE) && !tellLine()) {
                return false;
            }
        }
        return true;
    }

    private boolean tellLine() {
        // Windows ends lines with two characters.
        int length = line.length();
        boolean carriage = length > 0 && line.charAt(length - 1) == '\r';
        String text = line.substring(0, carriage ? length - 1 : length);
        line.setLength(0);
        try {
            lines.accept(text);
            return true;
        } catch (RuntimeException | Error e) {
            return false;
        }
    }

    /** Returns the end of what has come so far. */
    public String text() {
        synchronized (tail) {
            return tail.substring(Math.max(0, tail.length() - maxChars));
        }
    }

    /**
     * Waits until everything has been read, and every line told: until the last process that holds the stream's other
     * end has ended. Returns false where the limit comes first.
     */
    public boolean awaitEnd(Duration limit) throws InterruptedException {
        return reader.join(limit);
    }

    /**
     * Stops draining. Call it when the child has ended: what was read stays readable. If somebody else still holds the
     * other end, such as a process that the child has started, the thread ends with that one.
     */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // It is closed either way.
            return;
        }
    }
}
