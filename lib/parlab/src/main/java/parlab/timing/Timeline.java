package parlab.timing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Records who did which task from when to when: the data behind a Gantt chart.
 *
 * <p>Times are nanoseconds of {@link System#nanoTime} since the timeline was made. A worker is named by
 * its thread. Thread-safe: any number of threads may record while others read; a reader sees the spans
 * that had ended by then. Recording a span costs two clock reads and one small object.
 */
public final class Timeline {
    /** What a worker did during a span. */
    public enum Kind {
        /** The worker worked on its task. */
        RUN,
        /** The worker stood still; {@link Span#why} says for what. */
        WAIT
    }

    /**
     * One bar of the chart.
     *
     * @param worker the thread's or process's name
     * @param startNanos when it began, since the timeline's start
     * @param endNanos when it ended, at or after the beginning
     * @param kind running or waiting; a waiting span usually lies inside its task's running span
     * @param why what it waited for; empty for {@link Kind#RUN}
     */
    public record Span(String worker, String task, long startNanos, long endNanos, Kind kind, String why) {
        public Span {
            if (endNanos < startNanos) {
                throw new IllegalArgumentException("a span must not end before it starts, got " + startNanos + " to "
                        + endNanos + " ns for task " + task);
            }
        }

        /** Returns the span's length. */
        public long nanos() {
            return endNanos - startNanos;
        }
    }

    private final long origin = System.nanoTime();
    private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();

    /** Returns the present moment in nanoseconds on this timeline. */
    public long now() {
        return System.nanoTime() - origin;
    }

    /** Runs the task in the calling thread and records it, also when it throws. */
    public <T> T run(String task, Callable<T> body) throws Exception {
        long start = now();
        try {
            return body.call();
        } finally {
            add(new Span(workerName(Thread.currentThread()), task, start, now(), Kind.RUN, ""));
        }
    }

    /** Records that the calling thread stood still since {@code startNanos} of {@link #now}: in which task, and why. */
    public void waited(String task, String why, long startNanos) {
        add(new Span(workerName(Thread.currentThread()), task, startNanos, now(), Kind.WAIT, why));
    }

    /** Adds a span that was recorded elsewhere, such as in another process, with its times on this timeline. */
    public void add(Span span) {
        spans.add(span);
    }

    /** Returns the spans that have ended so far, in the order of their ends. */
    public List<Span> spans() {
        return List.copyOf(spans);
    }

    /**
     * Returns a new timeline with the spans that begin within that time from the first start on, cut off at its end.
     */
    public Timeline first(Duration length) {
        if (!length.isPositive()) {
            throw new IllegalArgumentException("the length must be positive, got " + length);
        }
        long begin = spans.stream().mapToLong(Span::startNanos).min().orElse(0);
        long end = Math.addExact(begin, length.toNanos());
        Timeline part = new Timeline();
        for (Span span : spans) {
            if (span.startNanos() < end) {
                part.add(new Span(
                        span.worker(),
                        span.task(),
                        span.startNanos(),
                        Math.min(span.endNanos(), end),
                        span.kind(),
                        span.why()));
            }
        }
        return part;
    }

    /** Returns the nanoseconds from the first start to the last end; 0 if nothing was recorded. */
    public long makespanNanos() {
        long first = spans.stream().mapToLong(Span::startNanos).min().orElse(0);
        return spans.stream().mapToLong(Span::endNanos).max().orElse(first) - first;
    }

    /** A thread's name; the thread that evaluates a cell has one that says nothing, and virtual threads often none. */
    private static String workerName(Thread thread) {
        String name = thread.getName();
        if (name.startsWith("jjava-exec-") || name.startsWith("IJava-executor-")) {
            return "this cell";
        }
        return name.isEmpty() ? (thread.isVirtual() ? "virtual-" : "thread-") + thread.threadId() : name;
    }
}
