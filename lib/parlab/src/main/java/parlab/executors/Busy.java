package parlab.executors;

import java.time.Duration;

/** Work for experiments: keeps a core busy and nothing else, no memory, no lock. Stateless and thread-safe. */
public final class Busy {
    private static final int CALIBRATION_STEPS = 10_000_000;
    private static final int CALIBRATIONS = 5;

    private Busy() {}

    /**
     * Takes so many steps of Marsaglia's xorshift generator (<i>Xorshift RNGs</i>, Journal of Statistical Software 8,
     * 2003), each of which needs the one before. The result is returned, or the compiler could leave the work out. An
     * interrupt ends it, see {@link Checkpoint}.
     */
    public static long spin(long steps) {
        long x = 88172645463325252L;
        for (long i = 0; i < steps; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
            if ((i & 255) == 0) {
                Checkpoint.poll();
            }
        }
        return x;
    }

    /** Returns how many steps one core takes in about that time, here and now; a fraction of a second to find out. */
    public static long stepsFor(Duration time) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < CALIBRATIONS; i++) { // the first rounds warm the compiler up
            long start = System.nanoTime();
            spin(CALIBRATION_STEPS);
            best = Math.min(best, System.nanoTime() - start);
        }
        return Math.max(1, Math.round((double) CALIBRATION_STEPS * time.toNanos() / best));
    }
}
