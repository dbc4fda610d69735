package parlab.processes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a worker's {@code System.out} and {@code System.err} go: into messages, one for each line, which reach the
 * parent before the result of the task that printed them. What a task prints beyond its limit is counted and thrown
 * away. Thread-safe.
 */
final class WorkerOutput {
    private static final int LONGEST_LINE = 64 << 10;

    private final MessageChannel channel;
    private final long limitBytes;
    private final Stream out = new Stream(false);
    private final Stream err = new Stream(true);
    private long printed;
    private long suppressed;

    WorkerOutput(MessageChannel channel, long limitBytes) {
        this.channel = channel;
        this.limitBytes = limitBytes;
    }

    /** Takes the place of the process's streams. */
    void install() {
        System.setOut(new Unclosable(out));
        System.setErr(new Unclosable(err));
    }

    /** Sends what a task has printed last without ending the line, and begins to count anew. */
    synchronized void taskEnded() throws IOException {
        out.endLastLine();
        err.endLastLine();
        if (suppressed > 0) {
            send(
                    true,
                    "... " + suppressed + " more bytes of this task's output are not shown (limit: " + limitBytes
                            + " bytes a task)");
        }
        printed = 0;
        suppressed = 0;
    }

    private void send(boolean error, String line) throws IOException {
        channel.send(Wire.OUTPUT, Outgoing.of(message -> {
            message.writeBoolean(error);
            message.writeText(line);
        }));
    }

    /** A task that closes a stream ends it for itself only if nobody else uses it: here all later tasks do. */
    private static final class Unclosable extends PrintStream {
        Unclosable(OutputStream to) {
            super(to, true, StandardCharsets.UTF_8);
        }

        @Override
        public void close() {
            flush();
        }
    }

    private final class Stream extends OutputStream {
        private final boolean error;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Stream(boolean error) {
            this.error = error;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int from, int length) throws IOException {
            synchronized (WorkerOutput.this) {
                int shown = (int) Math.min(length, Math.max(0, limitBytes - printed));
                while (shown > 0 && shown < length && isWithinCharacter(data[from + shown])) {
                    shown--;
                }
                suppressed += length - shown;
                printed += shown;
                int start = from;
                for (int i = from; i < from + shown; i++) {
                    boolean full = i - start + line.size() >= LONGEST_LINE && !isWithinCharacter(data[i]);
                    if (data[i] == '\n' || full) {
                        line.write(data, start, i - start);
                        start = data[i] == '\n' ? i + 1 : i;
                        endLine();
                    }
                }
                line.write(data, start, from + shown - start);
            }
        }

        /** Whether a byte of UTF-8 is not the first of its character. */
        private static boolean isWithinCharacter(byte b) {
            return (b & 0xc0) == 0x80;
        }

        private void endLine() throws IOException {
            String text = line.toString(StandardCharsets.UTF_8);
            line.reset();
            // Windows ends lines with two characters.
            send(error, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
        }

        private void endLastLine() throws IOException {
            if (line.size() > 0) {
                endLine();
            }
        }
    }
}
