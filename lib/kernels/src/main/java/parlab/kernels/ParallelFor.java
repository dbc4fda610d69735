package parlab.kernels;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Runs loops, one after the other, on the caller's thread and on as many helpers as an executor provides in time.
 *
 * <p>Whoever is free takes the next iteration. The caller never waits for a helper to begin, only for iterations that
 * one has taken: an executor that is full, or the very one that the caller runs on, makes the work slower and never
 * stops it. A helper that comes late finds nothing to do. What an iteration throws ends the loops, and is thrown to
 * the caller.
 */
final class ParallelFor {
    private static final int SPINS = 2_000;
    private static final int YIELDS = 200;
    private static final long PAUSE_NANOS = 20_000;

    /** Iterations that any thread may do in any order; the next loop begins when all of them are done. */
    static final class Loop {
        private final int iterations;
        private final IntConsumer body;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();

        Loop(int iterations, IntConsumer body) {
            this.iterations = iterations;
            this.body = body;
        }
    }

    private volatile List<Loop> loops;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private ParallelFor(List<Loop> loops) {
        this.loops = loops;
    }

    static void run(Executor executor, int threads, List<Loop> loops) {
        ParallelFor all = new ParallelFor(loops);
        for (int helper = 1; helper < threads; helper++) {
            try {
                executor.execute(all::work);
            } catch (RuntimeException | OutOfMemoryError e) {
                break; // full, shut down, or no thread is left: the caller does what is left
            }
        }
        all.work();
        all.loops = List.of(); // a helper that comes late, or never, holds no matrices
        switch (all.failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void work() {
        for (Loop loop : loops) {
            for (int i = loop.taken.getAndIncrement(); i < loop.iterations; i = loop.taken.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        loop.body.accept(i);
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    loop.done.getAndIncrement();
                }
            }
            await(loop);
        }
    }

    private static void await(Loop loop) {
        for (int i = 0; loop.done.get() < loop.iterations; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else if (i < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
