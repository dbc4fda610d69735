package parlab.timing;

import java.util.concurrent.CancellationException;

/** One body under measurement: its own loop, and how many calls make a batch. */
final class Lane {
    /** As many calls as give the compiler's counters both invocations and loop iterations to go by. */
    private static final int PRIMING_CALLS = 32;

    private static final int PRIMING_BATCHES = 2000;
    private static final int PATIENCE = 5;
    private static final int MAX_CALLS = 1 << 30;

    private final String name;
    private final Body.Batch body;
    private final BatchLoop loop;
    private final BatchControl control = new BatchControl();
    private final long batchNanos;
    private int calls = 1;
    private int lastVerdict;
    private int inARow;

    Lane(String name, Body.Batch body, boolean compilerBlackhole, long batchNanos) {
        this.name = name;
        this.body = body;
        this.loop = LoopTemplate.fresh(compilerBlackhole);
        this.batchNanos = batchNanos;
    }

    /** How many calls the next batch will make. */
    int calls() {
        return calls;
    }

    /**
     * Many short batches, for the time given at most, but at least one call. Entering the loop's method
     * often, rather than once for long, gets it compiled as a whole instead of by on-stack replacement.
     */
    void prime(long nanos) {
        long end = System.nanoTime() + nanos;
        for (int i = 0; i < PRIMING_BATCHES; i++) {
            calls = Math.min(callsFor(batch()), PRIMING_CALLS);
            if (System.nanoTime() - end >= 0) {
                break;
            }
        }
    }

    /** Runs a batch and sizes the next one, at most twice as long, to take the wanted time; returns ns per call. */
    double calibrate() {
        double perCall = batch();
        calls = Math.min(callsFor(perCall), (int) Math.min(2L * calls, MAX_CALLS));
        return perCall;
    }

    /** Sizes the batches to come by a typical figure. */
    void settle(double nanosPerCall) {
        calls = callsFor(nanosPerCall);
    }

    private int callsFor(double nanosPerCall) {
        return Math.clamp((long) (batchNanos / Math.max(nanosPerCall, 1e-3)), 1, MAX_CALLS);
    }

    /**
     * Runs a batch of the size found. The size follows a body that has changed its pace, but not a batch or
     * two during which another process had the core.
     */
    double sample() {
        double perCall = batch();
        double nanos = perCall * control.calls;
        int verdict = nanos > 4.0 * batchNanos ? 1 : nanos < 0.25 * batchNanos ? -1 : 0;
        inARow = verdict == lastVerdict ? inARow + 1 : 1;
        lastVerdict = verdict;
        if (verdict != 0 && inARow >= PATIENCE) {
            calls = Math.clamp(verdict > 0 ? calls / 2 : 2L * calls, 1, MAX_CALLS);
            inARow = 0;
        }
        return perCall;
    }

    private double batch() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the measurement of \"" + name + "\" was interrupted");
        }
        control.limit = calls;
        return (double) body.run(loop, control) / control.calls;
    }
}
