package parlab.executors.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import parlab.executors.OneLock;

/**
 * The one lock: a flag ("somebody holds it") behind a mutex that is only ever held for a few
 * instructions, a condition on which threads wait for the flag to fall, and one on which a thread that
 * was asked to give way waits until somebody has taken over. The algorithm is that of CPython's
 * {@code Python/ceval_gil.c}; {@link OneLock} describes it.
 */
public final class OneLockCore {

    /** Waits shorter than this are counted, but get no bar on a timeline. */
    public static final long SHORTEST_RECORDED_WAIT_NANOS = 100_000;

    private final long intervalNanos;
    private final ReentrantLock mutex = new ReentrantLock();
    private final Condition free = mutex.newCondition();
    private final Condition switched = mutex.newCondition();

    // All guarded by the mutex.
    private final List<OneLockThread> threads = new ArrayList<>();
    private final List<BooleanSupplier> awaited = new ArrayList<>();
    private OneLockThread holder;
    private OneLockThread lastHolder;
    private long heldSinceNanos;
    private int waiting;
    private long switches;

    /**
     * A free lock.
     *
     * @param intervalNanos how long a thread waits before it asks for the lock, above 0
     */
    public OneLockCore(long intervalNanos) {
        this.intervalNanos = intervalNanos;
    }

    /**
     * A new worker that shares this lock.
     *
     * @param target what it runs
     * @param name its name
     * @return a daemon thread, not started
     */
    public OneLockThread newThread(Runnable target, String name) {
        OneLockThread thread = new OneLockThread(this, target, name);
        thread.setDaemon(true);
        mutex.lock();
        try {
            threads.add(thread);
        } finally {
            mutex.unlock();
        }
        return thread;
    }

    /**
     * Makes sure that the calling worker holds the lock: takes it, or, where it has kept it from its last
     * task, honours a drop request that came meanwhile.
     */
    void enter(OneLockThread me) throws InterruptedException {
        if (me.wantsAttention()) {
            handOver(me);
            return;
        }
        long start = me.timelineNow();
        mutex.lock();
        try {
            if (holder == null) {
                taken(me);
            } else if (holder != me) {
                take(me, System.nanoTime());
            }
        } finally {
            mutex.unlock();
            me.recordWait(OneLockThread.FOR_THE_LOCK, start);
        }
    }

    /** Gives the lock to somebody who waits for it, if the caller holds it, and takes it again. */
    void handOver(OneLockThread me) throws InterruptedException {
        long start = me.timelineNow();
        mutex.lock();
        try {
            long startNanos = System.nanoTime();
            if (holder == me) {
                drop(me, true);
            }
            take(me, startNanos);
        } finally {
            mutex.unlock();
            me.recordWait(OneLockThread.FOR_THE_LOCK, start);
        }
    }

    /** Gives the lock back before a blocking call or an idle time, if the caller holds it. */
    void release(OneLockThread me) {
        mutex.lock();
        try {
            if (holder == me) {
                drop(me, true);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** The worker ends. */
    void leave(OneLockThread me) {
        mutex.lock();
        try {
            if (holder == me) {
                drop(me, false);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** Takes the lock; the caller holds the mutex, and has wanted the lock since {@code startNanos}. */
    private void take(OneLockThread me, long startNanos) throws InterruptedException {
        waiting++;
        try {
            while (holder != null) {
                long switchesBefore = switches;
                boolean timedOut = free.awaitNanos(intervalNanos) <= 0;
                // A switch meanwhile means that the present holder is new: it, too, may keep the lock for
                // one interval. Otherwise ask; a second request to the same holder changes nothing.
                if (timedOut && holder != null && switches == switchesBefore && !holder.wantsAttention()) {
                    holder.setAttention(true);
                    me.dropRequests++;
                }
            }
        } catch (InterruptedException e) {
            me.setAttention(true); // so that a task that goes on regardless asks for the lock again
            throw e;
        } finally {
            waiting--;
            if (waiting == 0) {
                switched.signalAll(); // nobody is left to whom the last holder could give way
            }
            long waited = System.nanoTime() - startNanos;
            me.waits++;
            me.waitedNanos += waited;
            me.longestWaitNanos = Math.max(me.longestWaitNanos, waited);
        }
        taken(me);
    }

    private void taken(OneLockThread me) {
        holder = me;
        heldSinceNanos = System.nanoTime();
        me.setAttention(false);
        if (lastHolder != me) {
            if (lastHolder != null) {
                switches++;
            }
            lastHolder = me;
            switched.signalAll();
        }
    }

    /**
     * Frees the lock. Had somebody asked for it, the caller also waits until another thread has taken it:
     * a thread that is awake would otherwise take it again long before a sleeping one is on a core.
     */
    private void drop(OneLockThread me, boolean giveWay) {
        me.heldNanos += System.nanoTime() - heldSinceNanos;
        holder = null;
        free.signal();
        if (me.wantsAttention()) {
            me.setAttention(false);
            while (giveWay && lastHolder == me && waiting > 0) {
                switched.awaitUninterruptibly();
            }
        }
    }

    /**
     * Notes that the calling worker is about to wait, without the lock, for something that only a worker
     * of the same pool can bring about.
     *
     * @param done tells whether it has come about
     * @param workers how many threads the pool has
     * @return false if every worker of the pool now waits so, and for nothing that has come about: none of
     *     them would ever go on. The note is not taken then.
     */
    public boolean beginAwaiting(BooleanSupplier done, int workers) {
        mutex.lock();
        try {
            if (awaited.size() + 1 >= workers
                    && !done.getAsBoolean()
                    && awaited.stream().noneMatch(BooleanSupplier::getAsBoolean)) {
                return false;
            }
            awaited.add(done);
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Ends what {@link #beginAwaiting} began.
     *
     * @param done the same object as there
     */
    public void endAwaiting(BooleanSupplier done) {
        mutex.lock();
        try {
            awaited.remove(done);
        } finally {
            mutex.unlock();
        }
    }

    /**
     * What has happened so far.
     *
     * @return a consistent picture of this moment, the present holder's time included
     */
    public OneLock.Stats stats() {
        mutex.lock();
        try {
            long now = System.nanoTime();
            List<OneLock.ThreadStats> rows = new ArrayList<>();
            for (OneLockThread t : threads) {
                long held = t.heldNanos + (t == holder ? now - heldSinceNanos : 0);
                rows.add(new OneLock.ThreadStats(
                        t.getName(), held, t.waits, t.waitedNanos, t.longestWaitNanos, t.dropRequests));
            }
            return new OneLock.Stats(switches, rows);
        } finally {
            mutex.unlock();
        }
    }
}
