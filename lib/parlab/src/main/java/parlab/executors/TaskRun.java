package parlab.executors;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import parlab.executors.RemoteExecutor.Outcome;
import parlab.executors.RemoteExecutor.RemoteFunction;
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

    /**
     * With so many tasks in the pool's hands, an outcome that is there comes before handing in more; a pool of
     * processes, which keeps a copy of each item, is not given more at all.
     */
    private static final int PLENTY = 1024;

    /** Some items on their way together. */
    private final class Chunk {
        private final int first;
        private final List<T> items;
        /** Set by the thread that hands in, which is also the one that reads it. */
        private Future<?> future;
        /** Set, on a pool of this process, by the task before it is added to {@code ended}. */
        private List<Outcome<R>> outcomes;

        Chunk(int first, List<T> items) {
            this.first = first;
            this.items = items;
        }
    }

    private final ExecutorService pool;
    private final Iterable<? extends T> source;
    private final ThrowingFunction<? super T, ? extends R> fn;
    private final Tasks.Options options;

    // Of the waiting thread alone.
    private final Set<Chunk> pending = new LinkedHashSet<>();

    private final ArrayDeque<Completed<T, R>> fetched = new ArrayDeque<>();
    private Iterator<? extends T> items;
    private RemoteFunction<T, R> remote;
    private int submitted;
    private long taken;
    private boolean started;
    private boolean ranInline;

    // Shared with the tasks; what follows the queue is guarded by this.
    private final LinkedBlockingQueue<Chunk> ended = new LinkedBlockingQueue<>();
    private int running;
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
        try {
            options.progress().started(source instanceof Collection<?> all ? all.size() : -1);
            if (pool instanceof RemoteExecutor away) {
                remote = away.prepare(fn);
            }
        } catch (Throwable t) {
            close();
            throw t;
        }
    }

    /** The next outcome, or null when all have been given. Whatever it throws, the rest is cancelled. */
    Completed<T, R> next() {
        try {
            Completed<T, R> next = isClosed() ? null : await();
            if (next == null) {
                close();
            } else {
                options.progress().advanced(++taken);
            }
            return next;
        } catch (Throwable t) {
            close();
            throw t;
        }
    }

    private Completed<T, R> await() {
        handIn();
        if (fetched.isEmpty()) {
            if (pending.isEmpty()) {
                return null;
            }
            fetch();
        }
        return fetched.remove();
    }

    /** Fills the look-ahead; but a pool that runs tasks in this very thread gets one at a time. */
    private void handIn() {
        ranInline = false;
        while (!ranInline && mayHandIn() && items.hasNext()) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted();
            }
            List<T> some = new ArrayList<>(Math.min(options.chunk(), PLENTY));
            do {
                some.add(items.next());
            } while (some.size() < options.chunk() && items.hasNext());
            Chunk chunk = new Chunk(submitted, some);
            submitted = Math.addExact(submitted, some.size());
            chunk.future = submit(chunk);
            pending.add(chunk);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
    }

    private boolean mayHandIn() {
        return pending.size() < options.lookAhead() && (pending.size() < PLENTY || (remote == null && ended.isEmpty()));
    }

    private Future<?> submit(Chunk chunk) {
        if (remote != null) {
            return remote.submit(chunk.items, chunk.first, chunk, ended);
        }
        Thread waiting = Thread.currentThread();
        return pool.submit(() -> {
            if (Thread.currentThread() == waiting) {
                ranInline = true;
            }
            if (begin()) {
                try {
                    chunk.outcomes = apply(chunk.items);
                } finally {
                    end(chunk);
                }
            }
            return null;
        });
    }

    private List<Outcome<R>> apply(List<T> some) {
        List<Outcome<R>> outcomes = new ArrayList<>(some.size());
        Throwable stopped = null;
        for (T item : some) {
            if (stopped != null) {
                outcomes.add(new Outcome<>(null, stopped, ""));
                continue;
            }
            try {
                outcomes.add(new Outcome<>(fn.apply(item), null, ""));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // whoever runs this thread has to learn of it
                stopped = e;
                outcomes.add(new Outcome<>(null, e, ""));
            } catch (Throwable t) {
                outcomes.add(new Outcome<>(null, t, ""));
            }
        }
        return outcomes;
    }

    /** In the thread that waits: a result that comes from another process is read here. */
    private void unpack(Chunk chunk) {
        List<Outcome<R>> outcomes = chunk.outcomes != null ? chunk.outcomes : outcomesOf(chunk);
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome<R> outcome = outcomes.get(i);
            fetched.add(new Completed<>(
                    chunk.first + i, chunk.items.get(i), outcome.result(), outcome.failure(), outcome.worker()));
        }
    }

    @SuppressWarnings("unchecked") // A chunk without outcomes has a remote future.
    private List<Outcome<R>> outcomesOf(Chunk chunk) {
        Throwable failure;
        switch (chunk.future.state()) {
            case SUCCESS -> {
                return (List<Outcome<R>>) chunk.future.resultNow();
            }
            case FAILED -> failure = chunk.future.exceptionNow();
            case CANCELLED -> failure = new CancellationException("the task was cancelled");
            default -> throw new IllegalStateException("reported as done, and is not: " + chunk.future);
        }
        return Collections.nCopies(chunk.items.size(), new Outcome<>(null, failure, ""));
    }

    private synchronized boolean begin() {
        running += closed ? 0 : 1;
        return !closed;
    }

    private synchronized void end(Chunk chunk) {
        ended.add(chunk);
        running--;
        notifyAll();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Waits until there is an outcome. */
    private void fetch() {
        try {
            if (ended.isEmpty() || pool instanceof RecordingExecutor) {
                OneLock.released(this::awaitOutcomes);
            } else {
                awaitOutcomes();
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
        Chunk chunk = ended.poll(LOOK_NANOS, TimeUnit.NANOSECONDS);
        while (chunk == null) {
            if (pool.isTerminated() && ended.isEmpty()) {
                throw new CancellationException(
                        "the pool was shut down with " + pending.size() + " of these tasks unfinished");
            }
            chunk = ended.poll(LOOK_NANOS, TimeUnit.NANOSECONDS);
        }
        if (pool instanceof RecordingExecutor) {
            awaitRecord(chunk.future);
        }
        // One at a time: those that have not been taken count as handed in.
        pending.remove(chunk);
        unpack(chunk);
        return null;
    }

    /** A task reports its outcome from within what records it: whoever has the outcome shall find the record, too. */
    private static void awaitRecord(Future<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException | CancellationException e) {
            // its outcome has been reported
        }
    }

    private CancellationException interrupted() {
        return new CancellationException(
                "interrupted: " + taken + " tasks had ended, the rest of those handed in is cancelled");
    }

    /** Cancels what has not ended, and gives what runs a moment to notice. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (!started) {
            return;
        }
        try {
            if (!pending.isEmpty()) {
                List<Chunk> all = new ArrayList<>(pending);
                pending.clear();
                all.forEach(chunk -> chunk.future.cancel(true));
                awaitQuiet();
            }
            if (remote != null) {
                remote.close();
            }
        } finally {
            options.progress().finished();
        }
    }

    private synchronized void awaitTasks() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        for (long left = PATIENCE_NANOS; running > 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private void awaitQuiet() {
        boolean interrupted = Thread.interrupted();
        try {
            OneLock.released(this::awaitTasks);
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
}
