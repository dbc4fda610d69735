package parlab.executors.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import parlab.timing.Timeline;

/**
 * A worker of a one-lock pool. It carries the drop request in a field of its own, so that a checkpoint
 * finds it with one load from the current thread.
 */
public final class OneLockThread extends Thread {

    /** Why a span of a task that wants the lock back stands still. */
    public static final String FOR_THE_LOCK = "the lock";

    /** Why a span of a task that gave the lock away of its own will stands still. */
    public static final String FOR_A_BLOCKING_CALL = "a blocking call";

    private static final VarHandle ATTENTION;

    static {
        try {
            ATTENTION = MethodHandles.lookup().findVarHandle(OneLockThread.class, "attention", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final OneLockCore core;

    /**
     * Somebody asked for the lock, or this thread lost it to an interruption. Written under the core's
     * mutex; read without it by every checkpoint. Opaque access: never hoisted out of a loop, and no
     * fence, as acting on it takes the mutex anyway.
     */
    @SuppressWarnings("UnusedVariable") // read through the handle
    private boolean attention;

    /** How many {@code released} calls enclose the present one. This thread's own. */
    private int releasedDepth;

    /** Where waits are recorded, with what label; null for nowhere. This thread's own. */
    private Timeline timeline;

    private String task = "";

    // Statistics, guarded by the core's mutex.
    long heldNanos;
    long waits;
    long waitedNanos;
    long longestWaitNanos;
    long dropRequests;

    OneLockThread(OneLockCore core, Runnable target, String name) {
        super(null, target, name);
        this.core = core;
    }

    @Override
    public void run() {
        try {
            super.run();
        } finally {
            core.leave(this);
        }
    }

    /**
     * The lock that this worker shares.
     *
     * @return never null
     */
    public OneLockCore core() {
        return core;
    }

    /**
     * Whether the thread should look at the lock at its next checkpoint.
     *
     * @return what a waiting thread last wrote
     */
    public boolean wantsAttention() {
        return (boolean) ATTENTION.getOpaque(this);
    }

    void setAttention(boolean value) {
        ATTENTION.setOpaque(this, value);
    }

    /**
     * Runs a task of the pool under the lock, which the thread takes first if the last task has not left
     * it behind. The lock stays with the thread afterwards, see {@link OneLockQueue}.
     *
     * @param body the task; a {@link Recorded} one gets its waits recorded too
     * @param <V> the result's type
     * @return the task's result
     * @throws Exception what the task throws; InterruptedException if the wait for the lock was interrupted
     */
    public <V> V runTask(Callable<V> body) throws Exception {
        if (!(body instanceof Recorded<?> recorded)) {
            core.enter(this);
            return body.call();
        }
        @SuppressWarnings("unchecked") // a Recorded<V> holds a Callable<V>: it is one itself
        Callable<V> inner = (Callable<V>) recorded.body();
        timeline = recorded.timeline();
        task = recorded.task();
        try {
            return timeline.run(task, () -> {
                core.enter(this);
                return inner.call();
            });
        } finally {
            timeline = null;
            task = "";
        }
    }

    /** The slow half of a checkpoint: lets somebody else have the lock, and waits for it. */
    public void attend() {
        try {
            core.handOver(this);
        } catch (InterruptedException e) {
            interrupt();
            throw lostTheLock();
        }
    }

    /**
     * Runs a blocking call without the lock.
     *
     * @param call what may block
     * @param <V> the result's type
     * @return its result
     * @throws Exception what the call throws; CancellationException if the thread was interrupted while it
     *     waited to get the lock back
     */
    public <V> V runReleased(Callable<V> call) throws Exception {
        if (releasedDepth > 0) {
            return call.call();
        }
        releasedDepth++;
        Throwable thrown = null;
        try {
            core.release(this);
            long start = timeline == null ? 0 : timeline.now();
            try {
                return call.call();
            } finally {
                recordWait(FOR_A_BLOCKING_CALL, start);
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
            core.enter(this);
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

    /** The present moment on the task's timeline; 0 without one. */
    long timelineNow() {
        return timeline == null ? 0 : timeline.now();
    }

    /** Records a wait that began at {@code start} on the task's timeline, if it has one and the wait is long. */
    void recordWait(String why, long start) {
        if (timeline != null && timeline.now() - start >= OneLockCore.SHORTEST_RECORDED_WAIT_NANOS) {
            timeline.waited(task, why, start);
        }
    }
}
