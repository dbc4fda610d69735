package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what will come. */
final class Waiting {
    private static final long LIMIT_SECONDS = 60;

    private Waiting() {}

    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        assertTrue(condition.getAsBoolean(), "not within " + LIMIT_SECONDS + " s");
    }

    /** A zombie is none of the living. */
    static boolean alive(long pid) {
        return ProcessHandle.of(pid)
                .map(process -> process.isAlive() && !Listening.isZombie(pid))
                .orElse(false);
    }
}
