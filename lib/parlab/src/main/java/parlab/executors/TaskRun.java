package parlab.executors;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import parlab.executors.Tasks.Completed;

/**
 * One function on its way over many items: what {@code map} and {@code asCompleted} have in common. Its
 * methods are for one thread, the one that waits; the tasks report from theirs.
 */
final class TaskRun<T, R> implements AutoCloseable {

    /** How long the end of cancelled tasks is waited for. */
    private static final long PATIENCE_NANOS = 250_000_000;

    /** How often a wait looks whether the pool is still alive. */
    private static final long LOOK_NANOS = 100_000_000;

    /** With so many tasks in the pool's hands, an outcome that is there comes before handing in more. */
    private static final int PLENTY = 1024;

    private final ExecutorService pool;
    private final Iterable<? extends T> source;
    private final ThrowingFunction<? super T, ? extends R> fn;
    private final Tasks.Options options;

    // Of the waiting thread alone.
    private final Map<Integer, Future<?>> pending = new LinkedHashMap<>();

    private final ArrayDeque<Completed<T, R>> fetched = new ArrayDeque<>();
    private Iterator<? extends T> items;
    private int submitted;
    private long taken;
    private boolean started;
    private boolean ranInline;

    // Shared with the tasks, guarded by the mutex.
    private final ReentrantLock mutex = new ReentrantLock();
    private final Condition changed = mutex.newCondition();
    private final ArrayDeque<Completed<T, R>> ended = new ArrayDeque<>();
    private int running;

    /** Whether {@code ended} has anything; read without the mutex, too. */
    private volatile boolean someEnded;

    private boolean closed;

    TaskRun(
            ExecutorService pool,
            Iterable<? extends T> source,
            ThrowingFunction<? super T, ? extends R> fn,
            Tasks.Options options) {
        this.pool = Objects.requireNonNull(pool, "pool");
        this.source = Objects.requireNonNull(source, "items");
        this.fn = Objects.requireNonNull(fn, "fn");
        this.options = Objects.requireNonNull(options, "options");
    }

    void start() {
        items = source.iterator();
        started = true;
        boolean fine = false;
        try {
            options.progress().started(source instanceof Collection<?> all ? all.size() : -1);
            fine = true;
        } finally {
            if (!fine) {
                close();
            }
        }
    }

    /** The next outcome, or null when all have been given. Whatever it throws, the rest is cancelled. */
    Completed<T, R> next() {
        boolean fine = false;
        try {
            Completed<T, R> next = isClosed() ? null : await();
            if (next != null) {
                pending.remove(next.index());
                options.progress().advanced(++taken);
                fine = true;
            }
            return next;
        } finally {
            if (!fine) {
                close();
            }
        }
    }

    private Completed<T, R> await() {
        handIn();
        if (pending.isEmpty()) {
            return null;
        }
        if (fetched.isEmpty()) {
            fetch();
        }
        return fetched.remove();
    }

    /** Fills the look-ahead; but a pool that runs tasks in this very thread gets one at a time. */
    private void handIn() {
        ranInline = false;
        while (!ranInline
                && pending.size() < options.lookAhead()
                && (pending.size() < PLENTY || !someEnded)
                && items.hasNext()) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted();
            }
            T item = items.next();
            int index = submitted;
            submitted = Math.addExact(submitted, 1);
            pending.put(index, submit(index, item));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
    }

    private Future<?> submit(int index, T item) {
        Call<T, R> call = new Call<>(fn, item);
        if (pool instanceof RemoteExecutor completing) {
            begin(); // from here, as such a pool only tells of the end
            boolean fine = false;
            try {
                Future<?> future = completing.submitNotifying(call, f -> end(outcome(index, item, f)));
                fine = true;
                return future;
            } finally {
                if (!fine) {
                    end(null);
                }
            }
        }
        Thread waiting = Thread.currentThread();
        return pool.submit(() -> {
            if (Thread.currentThread() == waiting) {
                ranInline = true;
            }
            if (begin()) {
                end(outcome(index, item, call));
            }
            return null;
        });
    }

    private static <T, R> Completed<T, R> outcome(int index, T item, Call<T, R> call) {
        try {
            return new Completed<>(index, item, call.call(), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever runs this thread has to learn of it
            return new Completed<>(index, item, null, e);
        } catch (Throwable t) {
            return new Completed<>(index, item, null, t);
        }
    }

    private static <T, R> Completed<T, R> outcome(int index, T item, Future<R> future) {
        return switch (future.state()) {
            case SUCCESS -> new Completed<>(index, item, future.resultNow(), null);
            case FAILED -> new Completed<>(index, item, null, future.exceptionNow());
            case CANCELLED -> new Completed<>(index, item, null, new CancellationException("the task was cancelled"));
            case RUNNING -> throw new IllegalStateException("reported as done, and is not: " + future);
        };
    }

    private boolean begin() {
        mutex.lock();
        try {
            if (!closed) {
                running++;
            }
            return !closed;
        } finally {
            mutex.unlock();
        }
    }

    private void end(Completed<T, R> outcome) {
        mutex.lock();
        try {
            running--;
            if (outcome != null) {
                ended.add(outcome);
                someEnded = true;
            }
            changed.signalAll();
        } finally {
            mutex.unlock();
        }
    }

    private boolean isClosed() {
        mutex.lock();
        try {
            return closed;
        } finally {
            mutex.unlock();
        }
    }

    /** Waits until there is an outcome, and brings over all there are. */
    private void fetch() {
        try {
            if (someEnded) {
                awaitOutcomes();
            } else {
                OneLock.released(this::awaitOutcomes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Void awaitOutcomes() throws InterruptedException {
        mutex.lockInterruptibly();
        try {
            while (ended.isEmpty()) {
                if (changed.awaitNanos(LOOK_NANOS) <= 0 && ended.isEmpty() && pool.isTerminated()) {
                    throw new CancellationException(
                            "the pool was shut down with " + pending.size() + " of these tasks unfinished");
                }
            }
            fetched.addAll(ended);
            ended.clear();
            someEnded = false;
            return null;
        } finally {
            mutex.unlock();
        }
    }

    private CancellationException interrupted() {
        return new CancellationException(
                "interrupted: " + taken + " tasks had ended, the rest of those handed in is cancelled");
    }

    /** Cancels what has not ended, and gives what runs a moment to notice. */
    @Override
    public void close() {
        mutex.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            mutex.unlock();
        }
        if (!started) {
            return;
        }
        try {
            if (!pending.isEmpty()) {
                List<Future<?>> all = new ArrayList<>(pending.values());
                pending.clear();
                all.forEach(f -> f.cancel(true));
                awaitQuiet();
            }
        } finally {
            options.progress().finished();
        }
    }

    private void awaitQuiet() {
        boolean interrupted = Thread.interrupted();
        try {
            OneLock.released(() -> {
                long left = PATIENCE_NANOS;
                mutex.lockInterruptibly();
                try {
                    while (running > 0 && left > 0) {
                        left = changed.awaitNanos(left);
                    }
                } finally {
                    mutex.unlock();
                }
                return null;
            });
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One call of the function; serialisable when the function and the item are. */
    private record Call<T, R>(ThrowingFunction<? super T, ? extends R> fn, T item)
            implements Callable<R>, Serializable {
        @Override
        public R call() throws Exception {
            return fn.apply(item);
        }
    }
}
