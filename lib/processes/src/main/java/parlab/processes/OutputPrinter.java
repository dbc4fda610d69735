package parlab.processes;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Prints the workers' lines in this process, without ever making the pool wait for it: a thread of its own prints,
 * and whoever waits for a result first prints what came before it. Thread-safe.
 */
final class OutputPrinter {
    private static final int MAX_QUEUED_CHARS = 16 << 20;

    private record Line(boolean error, String text) {}

    private final ReentrantLock printing = new ReentrantLock();
    private final Deque<Line> lines = new ArrayDeque<>();
    private final String threadName;
    private long queuedChars;
    private long dropped;
    private boolean started;
    private boolean ended;
    private final AtomicLong queued = new AtomicLong();
    private final AtomicLong printed = new AtomicLong();

    OutputPrinter(String threadName) {
        this.threadName = threadName;
    }

    void line(boolean error, String text) {
        synchronized (lines) {
            if (queuedChars > MAX_QUEUED_CHARS) {
                dropped++;
                return;
            }
            lines.add(new Line(error, text));
            queuedChars += text.length();
            queued.incrementAndGet();
            if (!started && !ended) {
                started = true;
                Thread.ofPlatform().daemon().name(threadName).start(this::printForEver);
            }
            lines.notifyAll();
        }
    }

    /** Returns when everything that came before this call is printed; what comes meanwhile is not waited for. */
    void drain() {
        long last = queued.get();
        // A thread that prints, or is called by a stream that prints, does not wait for itself.
        while (printed.get() < last && !printing.isHeldByCurrentThread()) {
            printNext();
        }
    }

    /** Prints the rest and ends the thread. */
    void end() {
        synchronized (lines) {
            ended = true;
            lines.notifyAll();
        }
    }

    private void printForEver() {
        while (true) {
            synchronized (lines) {
                while (lines.isEmpty()) {
                    if (ended) {
                        return;
                    }
                    try {
                        lines.wait();
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            }
            printNext();
        }
    }

    private void printNext() {
        printing.lock();
        try {
            Line line;
            long lost;
            synchronized (lines) {
                line = lines.poll();
                if (line == null) {
                    return;
                }
                queuedChars -= line.text.length();
                lost = dropped;
                dropped = 0;
            }
            print(line, lost);
            printed.incrementAndGet();
        } finally {
            printing.unlock();
        }
    }

    private static void print(Line line, long lost) {
        try {
            (line.error ? System.err : System.out).println(line.text);
            if (lost > 0) {
                System.err.println("... " + lost + " more lines of workers came faster than they could be printed");
            }
        } catch (RuntimeException | Error e) {
            // The streams may be anybody's; what one of them throws must not keep the next line.
            return;
        }
    }
}
