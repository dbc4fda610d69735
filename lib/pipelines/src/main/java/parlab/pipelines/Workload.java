package parlab.pipelines;

import java.time.Duration;
import java.util.Locale;

/**
 * What is to be done: many tasks of the same kind, each of which waits, and then computes. Immutable.
 *
 * @param tasks how many, from 1 to 1,000,000
 * @param time what one takes alone, from 1 µs to 10 s
 * @param waiting what part of that time it waits for something else than a processor, from 0 to 1
 * @param payloadBytes what is sent to a process for a task, and sent back, from 0 to 10 MB
 */
public record Workload(int tasks, Duration time, double waiting, int payloadBytes) {
    /** Checks the ranges. */
    public Workload {
        if (tasks < 1 || tasks > 1_000_000) {
            throw new IllegalArgumentException("tasks must be from 1 to 1,000,000, got " + tasks);
        }
        if (time.compareTo(Duration.ofNanos(1000)) < 0 || time.compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException("a task takes from 1 µs to 10 s, got " + time);
        }
        if (!(waiting >= 0 && waiting <= 1)) {
            throw new IllegalArgumentException("the share of waiting must be from 0 to 1, got " + waiting);
        }
        if (payloadBytes < 0 || payloadBytes > 10_000_000) {
            throw new IllegalArgumentException("a payload has from 0 to 10,000,000 bytes, got " + payloadBytes);
        }
    }

    /** Returns the nanoseconds that a task waits. */
    public double waitNanos() {
        return time.toNanos() * waiting;
    }

    /** Returns the nanoseconds that a task computes, on a processor that it has to itself. */
    public double computeNanos() {
        return time.toNanos() * (1 - waiting);
    }

    /** For people: {@code 200 tasks of 5.00 ms, 90 % waiting, 20 kB}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%,d tasks of %.3g ms, %.0f %% waiting, %.3g kB",
                tasks,
                time.toNanos() / 1e6,
                100 * waiting,
                payloadBytes / 1e3);
    }
}
