package parlab.processes;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * Where a worker's standard output and error go: into messages, line by line, which reach the parent before
 * the result of the task that printed them. A thread of its own sends what a task prints while it runs, because a
 * task that is interrupted must not close the connection. Whoever ends a line on standard error waits until it is
 * sent: it may be the last thing that this process says. What a task prints beyond its limit is counted and thrown
 * away.
 *
 * <p>Thread-safe.
 */
final class WorkerOutput {
    private static final int WAIT_ABOVE_BYTES = 4 << 20;
    private static final int LONGEST_LINE = 64 << 10;

    /** Sends frames to the parent. */
    @FunctionalInterface
    interface Sender {
        void send(byte[] frames, int length) throws IOException;
    }

    private final Sender sender;
    private final long limitBytes;
    private final Stream out = new Stream(1);
    private final Stream err = new Stream(2);
    private Bytes pending = new Bytes(1024);
    private long printed;
    private long suppressed;
    private boolean senderIdle = true;
    private long linesAdded;
    private long linesSent;
    private boolean senderEnded;

    WorkerOutput(Sender sender, long limitBytes) {
        this.sender = sender;
        this.limitBytes = limitBytes;
    }

    /** Takes the place of the process's streams. */
    void install() {
        System.setOut(new Unclosable(out));
        System.setErr(new Unclosable(err));
        Thread thread = Thread.ofPlatform().daemon().name("parlab-output").unstarted(this::sendForEver);
        thread.start();
    }

    /** Sends everything that a task has printed, also a last line without an end. */
    void taskEnded() throws IOException {
        synchronized (this) {
            if (printed == 0 && pending.size() == 0) {
                return;
            }
            out.endLine();
            err.endLine();
            if (suppressed > 0) {
                line(
                        2,
                        ("... " + suppressed + " more bytes of this task's output are not shown (limit: " + limitBytes
                                        + " bytes a task)")
                                .getBytes(StandardCharsets.UTF_8));
            }
            printed = 0;
            suppressed = 0;
        }
        flush();
    }

    private void flush() throws IOException {
        // Sending inside the lock keeps the order of lines between the two threads that send.
        synchronized (sender) {
            Bytes batch;
            long last;
            synchronized (this) {
                batch = pending;
                last = linesAdded;
                if (batch.size() == 0) {
                    return;
                }
                pending = new Bytes(1024);
                notifyAll();
            }
            sender.send(batch.array(), batch.size());
            synchronized (this) {
                linesSent = last;
                notifyAll();
            }
        }
    }

    private void sendForEver() {
        try {
            while (true) {
                synchronized (this) {
                    senderIdle = true;
                    while (pending.size() == 0) {
                        wait();
                    }
                    senderIdle = false;
                }
                flush();
            }
        } catch (IOException | InterruptedException e) {
            // The parent is gone, and so will this process be in a moment.
            synchronized (this) {
                senderEnded = true;
                notifyAll();
            }
        }
    }

    private void line(int stream, byte[] text) {
        linesAdded++;
        int frame = pending.beginFrame(Wire.OUTPUT);
        pending.putByte(stream).putBytes(text, 0, text.length);
        pending.endFrame(frame);
        if (senderIdle) {
            notifyAll();
        }
    }

    /** Waits for the thread that sends; the flag of an interrupt is kept, not obeyed. Called with the lock held. */
    private void await(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean() && !senderEnded) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
        private final int number;
        private final Bytes line = new Bytes(256);

        Stream(int number) {
            this.number = number;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int from, int length) {
            synchronized (WorkerOutput.this) {
                int shown = (int) Math.min(length, Math.max(0, limitBytes - printed));
                suppressed += length - shown;
                if (shown == 0) {
                    return;
                }
                printed += shown;
                await(() -> pending.size() <= WAIT_ABOVE_BYTES);
                long before = linesAdded;
                int start = from;
                for (int i = from; i < from + shown; i++) {
                    if (data[i] == '\n') {
                        line.putBytes(data, start, i - start);
                        start = i + 1;
                        endLineAlsoEmpty();
                    }
                }
                line.putBytes(data, start, from + shown - start);
                if (line.size() > LONGEST_LINE) {
                    endLineAlsoEmpty();
                }
                if (number == 2 && linesAdded > before) {
                    long mine = linesAdded;
                    await(() -> linesSent >= mine);
                }
            }
        }

        private void endLineAlsoEmpty() {
            int size = line.size();
            // Windows ends lines with two characters.
            int shown = size > 0 && line.array()[size - 1] == '\r' ? size - 1 : size;
            line.truncate(shown);
            line(number, line.toArray());
            line.truncate(0);
        }

        private void endLine() {
            if (line.size() > 0) {
                endLineAlsoEmpty();
            }
        }
    }
}
