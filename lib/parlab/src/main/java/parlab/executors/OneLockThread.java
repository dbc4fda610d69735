package parlab.executors;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;

/** A worker of a one-lock pool. All methods but {@link #run} are for its own thread. */
final class OneLockThread extends Thread {
    /** Waits shorter than this get no bar on a timeline. */
    static final long SHORTEST_RECORDED_WAIT_NANOS = 100_000;

    final GlobalLock lock;

    /**
     * Somebody asked for the lock, or this thread lost it to an interruption: the next checkpoint sees to it. In a
     * field of the thread, so that a checkpoint finds it with one load. Written under the lock's mutex, read without
     * it.
     */
    volatile boolean attention;

    /** How many {@code released} calls enclose the present one. */
    private int releasedDepth;

    /** The task whose waits are recorded; null for none. */
    private Recorded<?> recorded;

    OneLockThread(GlobalLock lock, Runnable target, String name) {
        super(null, target, name);
        this.lock = lock;
        setDaemon(true);
    }

    @Override
    public void run() {
        try {
            super.run();
        } finally {
            lock.release(this);
        }
    }

    /**
     * Runs a task under the lock, which the thread takes first if the last task has not left it behind. The lock stays
     * with the thread afterwards. A {@link Recorded} task gets its waits recorded, too.
     *
     * @throws Exception what the task throws; InterruptedException if the wait for the lock was interrupted
     */
    <V> V runTask(Callable<V> body) throws Exception {
        if (!(body instanceof Recorded<V> task)) {
            takeLock();
            return body.call();
        }
        Recorded<?> outer = recorded;
        recorded = task;
        try {
            return task.timeline().run(task.task(), () -> {
                takeLock();
                return task.body().call();
            });
        } finally {
            recorded = outer;
        }
    }

    /** The slow half of a checkpoint: lets somebody else have the lock, and waits for it. */
    void attend() {
        try {
            takeLock();
        } catch (InterruptedException e) {
            interrupt();
            throw lostTheLock();
        }
    }

    /** Runs a blocking call without the lock, see {@link OneLock#released(Callable)}. */
    <V> V runReleased(Callable<V> call) throws Exception {
        if (releasedDepth > 0) {
            return call.call();
        }
        releasedDepth++;
        Throwable thrown = null;
        try {
            lock.release(this);
            long start = now();
            try {
                return call.call();
            } finally {
                recordWait("a blocking call", start);
            }
        } catch (Throwable t) {
            thrown = t;
            throw t;
        } finally {
            releasedDepth--;
            takeBack(thrown);
        }
    }

    @SuppressWarnings("Finally") // a lost lock outranks the call's own outcome, which is kept as suppressed
    private void takeBack(Throwable thrown) {
        try {
            takeLock();
        } catch (InterruptedException e) {
            interrupt();
            CancellationException lost = lostTheLock();
            if (thrown != null) {
                lost.addSuppressed(thrown);
            }
            throw lost;
        }
    }

    private CancellationException lostTheLock() {
        return new CancellationException(
                "interrupted while waiting for the one lock: " + getName() + " ends its task without it");
    }

    private void takeLock() throws InterruptedException {
        long start = now();
        try {
            lock.take(this);
        } finally {
            recordWait("the lock", start);
        }
    }

    private long now() {
        return recorded == null ? 0 : recorded.timeline().now();
    }

    private void recordWait(String why, long start) {
        if (recorded != null && now() - start >= SHORTEST_RECORDED_WAIT_NANOS) {
            recorded.timeline().waited(recorded.task(), why, start);
        }
    }
}
