package parlab.executors;

import java.util.concurrent.CancellationException;

/**
 * The place in a task's loop where it may be stopped, or asked to let another thread run.
 *
 * <p>A thread that computes is not stopped by {@link Thread#interrupt}: it has to look. A loop that may
 * run for longer than a moment calls {@link #poll} in every turn; it costs about a nanosecond when there
 * is nothing to do.
 *
 * <pre>{@code
 * for (long i = 0; i < n; i++) {
 *     Checkpoint.poll();
 *     ...
 * }
 * }</pre>
 */
public final class Checkpoint {
    private Checkpoint() {}

    /**
     * Ends the task if its thread was interrupted; in a worker of a {@link OneLock} pool, also hands the
     * lock over if another thread has asked for it, and waits until it is this thread's turn again.
     *
     * <p>May be called from any thread, any number of times. Inside {@link OneLock#released} it only looks
     * for an interruption, as there is no lock to hand over.
     *
     * @throws CancellationException if the thread is interrupted, or was while it waited for its turn. The
     *     thread's interrupt status stays set, so that the next blocking call ends too.
     */
    @SuppressWarnings("DuplicateBranches") // on purpose, see there
    public static void poll() {
        Thread thread = Thread.currentThread();
        if (thread instanceof OneLockThread worker) {
            if (worker.isInterrupted()) {
                throw interrupted(worker);
            }
            if (worker.attention) {
                worker.attend();
            }
            return;
        }
        // One and the same question, asked in two places: virtual threads override isInterrupted, and a call
        // that sees both sorts, and subclasses of Thread as well, is no longer inlined.
        if (thread.isVirtual() ? thread.isInterrupted() : thread.isInterrupted()) {
            throw interrupted(thread);
        }
    }

    private static CancellationException interrupted(Thread thread) {
        return new CancellationException("interrupted: " + thread.getName() + " ends its task at this checkpoint");
    }
}
