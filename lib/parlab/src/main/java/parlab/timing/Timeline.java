package parlab.timing;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
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
     * @param task what it worked on
     * @param startNanos when it began, since the timeline's start
     * @param endNanos when it ended, at or after the beginning
     * @param kind running or waiting; a waiting span usually lies inside its task's running span
     * @param why what it waited for; empty for {@link Kind#RUN}
     */
    public record Span(String worker, String task, long startNanos, long endNanos, Kind kind, String why) {
        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the span ends before it starts
         */
        public Span {
            Objects.requireNonNull(worker, "worker");
            Objects.requireNonNull(task, "task");
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(why, "why");
            if (endNanos < startNanos) {
                throw new IllegalArgumentException("a span must not end before it starts, got " + startNanos + " to "
                        + endNanos + " ns for task " + task);
            }
        }

        /**
         * Returns the span's length.
         *
         * @return nanoseconds, 0 or more
         */
        public long nanos() {
            return endNanos - startNanos;
        }
    }

    private final long origin = System.nanoTime();
    private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();

    /**
     * Returns the present moment on this timeline.
     *
     * @return nanoseconds since the timeline was made
     */
    public long now() {
        return System.nanoTime() - origin;
    }

    /**
     * Runs the task in the calling thread and records it, also when it throws.
     *
     * @param task the bar's label
     * @param body what to do
     * @param <T> the result's type
     * @return the body's result
     * @throws Exception what the body throws
     */
    public <T> T run(String task, Callable<T> body) throws Exception {
        long start = now();
        try {
            return body.call();
        } finally {
            add(new Span(workerName(Thread.currentThread()), task, start, now(), Kind.RUN, ""));
        }
    }

    /**
     * Records that the calling thread stood still since {@code startNanos}.
     *
     * @param task the task that waited
     * @param why what it waited for
     * @param startNanos {@link #now} before the wait
     */
    public void waited(String task, String why, long startNanos) {
        add(new Span(workerName(Thread.currentThread()), task, startNanos, now(), Kind.WAIT, why));
    }

    /**
     * Adds a span that was recorded elsewhere, such as in another process.
     *
     * @param span its times on this timeline
     */
    public void add(Span span) {
        spans.add(Objects.requireNonNull(span, "span"));
    }

    /**
     * Returns the spans that have ended so far.
     *
     * @return an immutable list, in the order of their ends
     */
    public List<Span> spans() {
        return List.copyOf(spans);
    }

    /**
     * Returns the beginning of this timeline, to look at it closely.
     *
     * @param length how much of it, from the first start on; positive
     * @return a new timeline with the spans that begin within that time, cut off at its end
     * @throws IllegalArgumentException if the length is not positive
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

    /**
     * Returns the time from the first start to the last end.
     *
     * @return nanoseconds; 0 if nothing was recorded
     */
    public long makespanNanos() {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (Span span : spans) {
            first = Math.min(first, span.startNanos());
            last = Math.max(last, span.endNanos());
        }
        return last < first ? 0 : last - first;
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
