package parlab.kernels.internal;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs phases on the caller's thread and on as many helpers as an executor gives it in time.
 *
 * <p>Whoever is free takes the next item. The caller never waits for a helper to begin, only for items that one has
 * taken: an executor that is full, or the very one that the caller runs on, makes the work slower and never stops it. A
 * helper that comes late finds nothing to do.
 */
final class Team {
    private static final int SPINS = 2_000;
    private static final int YIELDS = 200;
    private static final long PAUSE_NANOS = 20_000;

    private volatile List<Phase> phases;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private Team(List<Phase> phases) {
        this.phases = phases;
    }

    static void run(Executor executor, int threads, List<Phase> phases) {
        Team team = new Team(phases);
        for (int helper = 1; helper < threads; helper++) {
            try {
                executor.execute(team::work);
            } catch (RuntimeException | OutOfMemoryError e) {
                break; // full, shut down, or no thread is left: the caller does what is left
            }
        }
        team.work();
        team.phases = List.of(); // a helper that comes late, or never, holds no matrices
        switch (team.failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void work() {
        for (Phase phase : phases) {
            for (int item = phase.taken.getAndIncrement(); item < phase.items; item = phase.taken.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        phase.work.accept(item);
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    phase.done.getAndIncrement();
                }
            }
            await(phase);
        }
    }

    private static void await(Phase phase) {
        for (int i = 0; phase.done.get() < phase.items; i++) {
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
