package parlab.processes;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/** Where the tasks of a pool are recorded, and under which names. Thread-safe as far as its names are. */
public final class Recording {
    private final Timeline timeline;
    private final IntFunction<String> names;
    private final AtomicInteger submitted = new AtomicInteger();

    /**
     * @param timeline where the spans go
     * @param names the label of the n-th task, from 1
     */
    public Recording(Timeline timeline, IntFunction<String> names) {
        this.timeline = Objects.requireNonNull(timeline, "timeline");
        this.names = Objects.requireNonNull(names, "names");
    }

    /** Returns the label of the task that is submitted next. */
    public String nextLabel() {
        int number = submitted.incrementAndGet();
        return Objects.requireNonNull(names.apply(number), () -> "the name of task " + number);
    }

    /** Returns the label of a task on some items: the next one for a single item, else the items' numbers. */
    public String label(int items, int firstIndex) {
        return items == 1 ? nextLabel() : "items " + firstIndex + "-" + (firstIndex + items - 1);
    }

    /**
     * Records a task's run.
     *
     * @param startNanos by this machine's monotonic clock, which its processes share, as {@link System#nanoTime} reads it
     * @param endNanos by the same clock
     */
    public void add(String worker, String label, long startNanos, long endNanos) {
        long offset = timeline.now() - System.nanoTime();
        timeline.add(new Timeline.Span(worker, label, startNanos + offset, endNanos + offset, Timeline.Kind.RUN, ""));
    }
}
