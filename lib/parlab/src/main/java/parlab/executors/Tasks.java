package parlab.executors;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * One function over many items, on any pool.
 *
 * <pre>{@code
 * try (var pool = Pools.threads(4)) {
 *     List<Integer> lengths = Tasks.map(pool, words, w -> w.length());
 *
 *     try (var results = Tasks.asCompleted(pool, words, w -> w.length())) {
 *         for (var done : results) {
 *             System.out.println(done.item() + ": " + done.get());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The methods may be called from any thread, from several at once on the same pool too. Nothing is left
 * behind: when a call ends early (a task failed, the caller was interrupted, a loop over results was closed)
 * the tasks that have not started never start, those that run are interrupted, and the caller waits for
 * them to notice, but for no longer than a quarter of a second.
 *
 * <p>If the calling thread is interrupted, the call ends within that time with {@link CancellationException},
 * and the thread's interrupt status is set. On a pool that runs a task in the calling thread, such as
 * {@link Pools#serial}, the next task is handed in only when the result of the last one has been taken.
 */
public final class Tasks {
    private Tasks() {}

    /** Hears how far the work has come, on the thread that waits for the results. */
    public interface Progress {
        /** The work begins, on so many items; -1 if their number is not known beforehand. */
        void started(long total);

        /** One more item has ended, with or without success; so many have by now, from 1. */
        void advanced(long done);

        /** The work is over: all done, failed, cancelled or closed. Always called, once, if started was. */
        void finished();
    }

    /**
     * How the work is handed in. Immutable.
     *
     * @param lookAhead how many tasks may be with the pool at most, 1 or more; for {@code asCompleted} finished ones
     *     count until the caller has taken them. {@link #ALL_AT_ONCE}: no bound, but for the 1024 that a pool of
     *     processes, which keeps a copy of each item, is given at a time.
     * @param chunk how many items make one task, 1 or more. A task costs a few microseconds on threads, and tens of
     *     them on processes: several items in one make up for that where the function is short. An item that fails does
     *     not touch its neighbours in the chunk; the death of a process, and a time-out, do.
     */
    public record Options(int lookAhead, int chunk, Progress progress) {
        public static final int ALL_AT_ONCE = Integer.MAX_VALUE;

        public Options {
            Objects.requireNonNull(progress, "progress");
            if (lookAhead < 1) {
                throw new IllegalArgumentException("the look-ahead must be 1 task or more, got " + lookAhead);
            }
            if (chunk < 1) {
                throw new IllegalArgumentException("a chunk must be 1 item or more, got " + chunk);
            }
        }

        /** No bound (an endless {@link Iterable} needs one), each item a task, no listener. */
        public static Options standard() {
            return new Options(ALL_AT_ONCE, 1, Silent.INSTANCE);
        }

        /**
         * The same with a bound. A few times the number of threads keeps a pool busy; items are then read and handed in
         * as results come back, and memory stays bounded for a stream of any length.
         */
        public Options withLookAhead(int tasks) {
            return new Options(tasks, chunk, progress);
        }

        /** The same with several items in each task. */
        public Options withChunk(int items) {
            return new Options(lookAhead, items, progress);
        }

        /** The same with a listener. */
        public Options withProgress(Progress listener) {
            return new Options(lookAhead, chunk, listener);
        }
    }

    /**
     * One item's outcome.
     *
     * @param index the item's place among the items, 0 for the first
     * @param result what the function returned; null if it failed
     * @param failure what the function threw; null if it succeeded
     * @param worker the name of the process that it ran in; empty on a pool of this process
     */
    public record Completed<T, R>(int index, T item, R result, Throwable failure, String worker) {
        public boolean succeeded() {
            return failure == null;
        }

        /** Returns the result, or throws a {@link TaskFailedException} if the function threw. */
        public R get() {
            if (failure != null) {
                throw new TaskFailedException(index, item, worker, failure);
            }
            return result;
        }
    }

    /**
     * The outcomes, in the order in which tasks end. To be iterated once, by one thread. Work begins with the
     * iteration, and ends with it or with {@link #close}: use it in a try-with-resources statement wherever the loop
     * may be left early.
     */
    public static final class Results<T, R> implements Iterable<Completed<T, R>>, AutoCloseable {
        private final TaskRun<T, R> run;
        private boolean iterated;

        Results(TaskRun<T, R> run) {
            this.run = run;
        }

        /**
         * Begins the work. The iterator waits for the next task to end. Its methods throw {@link CancellationException}
         * if the calling thread is interrupted, or if the pool was shut down and will not finish the tasks; {@link
         * RejectedExecutionException} if the pool takes no tasks; and what reading the items throws. In all these cases
         * the rest is cancelled.
         *
         * @throws IllegalStateException if called a second time, or after close
         */
        @Override
        public Iterator<Completed<T, R>> iterator() {
            if (iterated) {
                throw new IllegalStateException("results come once: keep them in a list to go through them again");
            }
            iterated = true;
            run.start();
            return new Iterator<>() {
                private Completed<T, R> next;

                @Override
                public boolean hasNext() {
                    if (next == null) {
                        next = run.next();
                    }
                    return next != null;
                }

                @Override
                public Completed<T, R> next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException("no more results");
                    }
                    Completed<T, R> result = next;
                    next = null;
                    return result;
                }
            };
        }

        /** Cancels what has not ended. Does nothing after the last result, or when called again. */
        @Override
        public void close() {
            iterated = true;
            run.close();
        }
    }

    /**
     * Applies the function to every item, on the pool, and waits.
     *
     * @param items read in the calling thread; may contain nulls
     * @param fn what to do with each; called from the pool's threads
     * @return the results in the order of the items; unmodifiable, may contain nulls
     * @throws TaskFailedException as soon as one task has failed: the first that did, in time. The rest is cancelled.
     * @throws CancellationException if the caller was interrupted, or the pool was shut down meanwhile by somebody else
     * @throws RejectedExecutionException if the pool takes no tasks
     */
    public static <T, R> List<R> map(
            ExecutorService pool, Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> fn) {
        return map(pool, items, fn, Options.standard());
    }

    /** {@link #map(ExecutorService, Iterable, ThrowingFunction)} with a listener. */
    public static <T, R> List<R> map(
            ExecutorService pool,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ? extends R> fn,
            Progress progress) {
        return map(pool, items, fn, Options.standard().withProgress(progress));
    }

    /** {@link #map(ExecutorService, Iterable, ThrowingFunction)} with options. */
    public static <T, R> List<R> map(
            ExecutorService pool,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ? extends R> fn,
            Options options) {
        try (TaskRun<T, R> run = new TaskRun<>(pool, items, fn, options)) {
            run.start();
            List<R> results = new ArrayList<>();
            for (Completed<T, R> done = run.next(); done != null; done = run.next()) {
                R result = done.get();
                while (results.size() <= done.index()) {
                    results.add(null);
                }
                results.set(done.index(), result);
            }
            return Collections.unmodifiableList(results);
        }
    }

    /**
     * Applies the function to every item, on the pool, and gives each outcome as soon as it is there.
     * A failed task does not stop the others: its {@link Completed} says so.
     *
     * @param items read in the iterating thread; may contain nulls
     * @param fn what to do with each; called from the pool's threads
     * @return the outcomes; nothing is handed in before they are iterated
     */
    public static <T, R> Results<T, R> asCompleted(
            ExecutorService pool, Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> fn) {
        return asCompleted(pool, items, fn, Options.standard());
    }

    /** {@link #asCompleted(ExecutorService, Iterable, ThrowingFunction)} with a listener. */
    public static <T, R> Results<T, R> asCompleted(
            ExecutorService pool,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ? extends R> fn,
            Progress progress) {
        return asCompleted(pool, items, fn, Options.standard().withProgress(progress));
    }

    /** {@link #asCompleted(ExecutorService, Iterable, ThrowingFunction)} with options. */
    public static <T, R> Results<T, R> asCompleted(
            ExecutorService pool,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ? extends R> fn,
            Options options) {
        return new Results<>(new TaskRun<>(pool, items, fn, options));
    }

    /** Hears nothing. */
    private enum Silent implements Progress {
        INSTANCE;

        @Override
        public void started(long total) {}

        @Override
        public void advanced(long done) {}

        @Override
        public void finished() {}
    }
}
