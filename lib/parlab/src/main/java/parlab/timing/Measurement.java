package parlab.timing;

import java.util.ArrayList;
import java.util.List;

/**
 * What one call of a body costs, measured by {@link Bench}. Immutable and thread-safe.
 *
 * @param nanosPerCall the median over the samples with its interval, in nanoseconds; the loop around the call is
 *     included
 * @param samples each sample's nanoseconds per call, in the order taken: where their mean lies far above the median,
 *     something rare is expensive, such as a garbage collection or another process
 * @param callsPerSample how many calls made a sample
 * @param loopNanos what the same loop costs with a body that does nothing, in nanoseconds a call. It is not subtracted:
 *     a processor overlaps the loop with the body, so the difference would be too small
 * @param cpuShare the thread's CPU time over wall time while it sampled: near 1, unless the body waits or other threads
 *     and processes wanted the core; NaN where the JVM does not count it, as for virtual threads
 * @param steady whether the time per call stood still, before sampling began and from the first half of the samples to
 *     the second
 * @param guard what kept the compiler from removing work whose result nobody uses
 */
public record Measurement(
        String name,
        Estimate nanosPerCall,
        List<Double> samples,
        long callsPerSample,
        Estimate loopNanos,
        double cpuShare,
        boolean steady,
        Guard guard) {
    private static final double FULL_SHARE = 0.9;

    /** How the results of a body's calls were used. */
    public enum Guard {
        /** The JVM has the option by which every result counts as used, at no cost. */
        COMPILER_BLACKHOLE,
        /** Every result is stored, which may cost a fraction of a nanosecond; of references, one in 1024. */
        SINK,
        /** The body returns nothing. What it computes without leaving a trace may have been removed. */
        NONE
    }

    public Measurement {
        samples = List.copyOf(samples);
    }

    /** Returns whether a call costs clearly more than the empty loop: else the figure tells about the loop. */
    boolean isAboveLoop() {
        return nanosPerCall.isAbove(1.1 * loopNanos.high());
    }

    /** Returns what a reader of the figure should know, in sentences without a full stop. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (!isAboveLoop()) {
            notes.add("not clearly above the empty loop (" + loopNanos + "): too short to measure, or removed");
        }
        if (!steady) {
            notes.add("not steady: the time per call was still changing when the budget ended");
        }
        if (nanosPerCall.confidence() < 0.95) {
            notes.add("only " + nanosPerCall.samples() + " samples: the interval covers less than 95 %");
        }
        if (cpuShare < FULL_SHARE) {
            notes.add("on a core for " + Math.round(100 * cpuShare)
                    + " % of the time only: the body waits, or others wanted the core");
        }
        if (guard == Guard.SINK) {
            notes.add("this JVM has no compiler black hole: each result was stored instead, which may cost a little");
        }
        return List.copyOf(notes);
    }

    /** Returns it for people: {@code dot: 853 ns [851, 856]}, then the notes in brackets. */
    @Override
    public String toString() {
        Estimate e = nanosPerCall;
        if (e.value() >= 1e9) {
            e = e.times(1e-9, "s");
        } else if (e.value() >= 1e6) {
            e = e.times(1e-6, "ms");
        } else if (e.value() >= 1e3) {
            e = e.times(1e-3, "µs");
        }
        List<String> notes = notes();
        return name + ": " + e + (notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")");
    }
}
