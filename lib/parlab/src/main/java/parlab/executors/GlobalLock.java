package parlab.executors;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The one lock: a holder behind a mutex that is only ever held for a few instructions, a condition on which threads
 * wait for the lock to fall free, and one on which a thread that was asked to give way waits until somebody has taken
 * over. The algorithm is that of CPython's {@code Python/ceval_gil.c}; {@link OneLock} describes it.
 */
final class GlobalLock {
    private final long intervalNanos;
    private final ReentrantLock mutex = new ReentrantLock();
    private final Condition free = mutex.newCondition();
    private final Condition switched = mutex.newCondition();

    // All guarded by the mutex.
    private OneLockThread holder;
    private OneLockThread lastHolder;
    private int waiting;
    private long switches;
    private long dropRequests;

    /** Creates a free lock whose waiters ask for it after the interval, which is above 0. */
    GlobalLock(long intervalNanos) {
        this.intervalNanos = intervalNanos;
    }

    /**
     * Makes sure that the calling worker holds the lock. One that holds it already keeps it, unless it was asked to
     * give way: then it frees the lock first and lines up like everybody else.
     */
    void take(OneLockThread me) throws InterruptedException {
        mutex.lock();
        try {
            if (holder == me) {
                if (!me.attention) {
                    return;
                }
                drop(me);
            }
            waiting++;
            try {
                while (holder != null) {
                    long switchesBefore = switches;
                    boolean timedOut = free.awaitNanos(intervalNanos) <= 0;
                    // A switch meanwhile means that the present holder is new: it, too, may keep the lock for
                    // one interval. Otherwise ask; a second request to the same holder changes nothing.
                    if (timedOut && holder != null && switches == switchesBefore && !holder.attention) {
                        holder.attention = true;
                        dropRequests++;
                    }
                }
            } catch (InterruptedException e) {
                me.attention = true; // so that a task that goes on regardless asks for the lock again
                throw e;
            } finally {
                waiting--;
                if (waiting == 0) {
                    switched.signalAll(); // nobody is left to whom the last holder could give way
                }
            }
            holder = me;
            me.attention = false;
            if (lastHolder != me) {
                switches += lastHolder == null ? 0 : 1;
                lastHolder = me;
                switched.signalAll();
            }
        } finally {
            mutex.unlock();
        }
    }

    /** Frees the lock before a blocking call, an idle time or the worker's end, if the caller holds it. */
    void release(OneLockThread me) {
        mutex.lock();
        try {
            if (holder == me) {
                drop(me);
            }
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Frees the lock. Had somebody asked for it, the caller also waits until another thread has taken it: a thread that
     * is awake would otherwise take it again long before a sleeping one is on a core.
     */
    private void drop(OneLockThread me) {
        holder = null;
        free.signal();
        if (me.attention) {
            me.attention = false;
            while (lastHolder == me && waiting > 0) {
                switched.awaitUninterruptibly();
            }
        }
    }

    /** Returns how often the lock has gone from one thread to another. */
    long switches() {
        return read(() -> switches);
    }

    /** Returns how often a thread has asked a holder to give way. */
    long dropRequests() {
        return read(() -> dropRequests);
    }

    /** Returns how many threads want the lock at this moment. */
    long waiting() {
        return read(() -> waiting);
    }

    private long read(LongSupplier figure) {
        mutex.lock();
        try {
            return figure.getAsLong();
        } finally {
            mutex.unlock();
        }
    }
}
