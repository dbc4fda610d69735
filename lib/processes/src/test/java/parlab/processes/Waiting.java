package parlab.processes;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for something in another process, which cannot open a latch here. */
final class Waiting {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private Waiting() {}

    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("did not come true within 20 s");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** In a task: runs until somebody sets a flag. */
    static void spinUntilSet(Shared.Doubles flags, long index) {
        while (flags.get(index) == 0) {
            Thread.onSpinWait();
        }
    }

    static boolean alive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
