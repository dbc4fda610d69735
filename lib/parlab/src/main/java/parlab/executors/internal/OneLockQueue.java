package parlab.executors.internal;

import java.util.concurrent.LinkedBlockingQueue;

/**
 * The queue of a one-lock pool. A worker that finds a task keeps the lock from one task to the next, as
 * a Python thread does; one that must wait for a task gives it back first.
 */
public final class OneLockQueue extends LinkedBlockingQueue<Runnable> {

    @Override
    public Runnable take() throws InterruptedException {
        Runnable task = poll();
        if (task != null) {
            return task;
        }
        if (Thread.currentThread() instanceof OneLockThread worker) {
            worker.core().release(worker);
        }
        return super.take();
    }
}
