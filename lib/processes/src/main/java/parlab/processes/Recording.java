package parlab.processes;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/**
 * Where a pool's tasks are recorded, and under which names. Thread-safe as far as its names are.
 *
 * <p>A worker's clock is this process's: both read the system's monotonic clock.
 */
final class Recording {
    private final Timeline timeline;
    private final IntFunction<String> names;
    private final AtomicInteger submitted = new AtomicInteger();

    /**
     * @param timeline where the spans go
     * @param names the label of the n-th task, from 1
     */
    Recording(Timeline timeline, IntFunction<String> names) {
        this.timeline = Objects.requireNonNull(timeline, "timeline");
        this.names = Objects.requireNonNull(names, "names");
    }

    String nextLabel() {
        int number = submitted.incrementAndGet();
        return Objects.requireNonNull(names.apply(number), () -> "the name of task " + number);
    }

    void add(String worker, String label, long startNanos, long endNanos) {
        long offset = timeline.now() - System.nanoTime();
        timeline.add(new Timeline.Span(worker, label, startNanos + offset, endNanos + offset, Timeline.Kind.RUN, ""));
    }
}
