package parlab.pipelines;

import java.util.ArrayList;
import java.util.List;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/**
 * How full a queue was, over time. However long the queue lives, this stays small: when it has too many samples, it drops every
 * other one, and from then on takes half as many. The largest values are exact.
 *
 * <p>Thread-safe.
 */
public final class QueueDepth {
    private static final int MOST_SAMPLES = 4096;

    /**
     * One look at the queue.
     *
     * @param nanos since the queue was made
     * @param items how many there were
     * @param bytes what they weighed together
     */
    public record Sample(long nanos, int items, long bytes) {}

    private final long origin = System.nanoTime();
    private final List<Sample> samples = new ArrayList<>();
    private int stride = 1;
    private long seen;
    private int mostItems;
    private long mostBytes;

    QueueDepth() {}

    synchronized void record(int items, long bytes) {
        mostItems = Math.max(mostItems, items);
        mostBytes = Math.max(mostBytes, bytes);
        if (seen++ % stride != 0) {
            return;
        }
        samples.add(new Sample(System.nanoTime() - origin, items, bytes));
        if (samples.size() == MOST_SAMPLES) {
            for (int i = 0; i < MOST_SAMPLES / 2; i++) {
                samples.set(i, samples.get(2 * i));
            }
            samples.subList(MOST_SAMPLES / 2, MOST_SAMPLES).clear();
            stride *= 2;
        }
    }

    /** Returns the samples so far, in the order of time; less than 4096. */
    public synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** Returns the samples so far as a table: seconds since the queue was made, items, MB. */
    public Table table() {
        return Tables.of(
                "",
                samples().stream()
                        .map(sample -> Results.row(
                                "seconds", sample.nanos() / 1e9, "items", sample.items(), "MB", sample.bytes() / 1e6))
                        .toList());
    }

    /** Returns the largest number of items that there ever was. */
    public synchronized int mostItems() {
        return mostItems;
    }

    /** Returns the largest weight that there ever was, in bytes. */
    public synchronized long mostBytes() {
        return mostBytes;
    }
}
