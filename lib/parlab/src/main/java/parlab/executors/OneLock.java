package parlab.executors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import parlab.executors.internal.OneLockCore;
import parlab.executors.internal.OneLockQueue;
import parlab.executors.internal.OneLockThread;
import parlab.executors.internal.Recorded;
import parlab.executors.internal.RecordingExecutor;

/**
 * A pool whose n threads share one lock: as many tasks as there are threads are under way, and one at a
 * time computes. It is the twin of CPython's global interpreter lock, for experiments. Made by
 * {@link Pools#oneLock(int)}.
 *
 * <h2>How the lock goes round</h2>
 *
 * <p>As CPython does since version 3.2 (A. Pitrou's "new GIL" of 2009; {@code Python/ceval_gil.c}):
 *
 * <ol>
 *   <li>The thread that holds the lock runs for as long as nobody else wants it.
 *   <li>One that wants it waits, for an <i>interval</i> of 5 ms by default. If the lock falls free it takes
 *       it: whoever comes first, there is no queue. If the interval ends and the lock has not changed hands
 *       meanwhile, it leaves a <i>drop request</i> with the holder, and waits on.
 *   <li>The holder finds the request at its next {@link Checkpoint#poll}, frees the lock, and stands still
 *       until another thread has taken it (else it would win it again at once, being awake). Then it lines
 *       up as in 2.
 *   <li>A thread frees the lock by itself round a blocking call: {@link #released(Callable)}. To get it back
 *       it lines up as in 2. A thread that often makes short blocking calls therefore loses the lock every
 *       time to one that only computes, and pays up to an interval to get it back: the <i>convoy effect</i>.
 *   <li>A worker keeps the lock from one task to the next while tasks are queued, and frees it when it has
 *       to wait for one.
 * </ol>
 *
 * <p>What is different from CPython: a checkpoint stands where the author of a task puts it, not after
 * bytecodes, so a task that never polls keeps the lock to its end; threads outside the pool, such as the
 * one that submits, do not take part; and a wait for the lock can be interrupted. {@code Thread.sleep} and
 * other blocking calls keep the lock unless they are made inside {@code released}. {@link Future#get} of
 * this pool's futures, {@link #invokeAll}, {@link #invokeAny} and {@link Tasks} free it while they wait.
 * Below some 50 µs the interval is as long as the system's timers make it.
 *
 * <h2>As an ExecutorService</h2>
 *
 * <p>Thread-safe. Tasks queue without bound and start in the order in which they were handed in. After
 * {@link #shutdown} tasks are rejected with {@link RejectedExecutionException}. {@code cancel(true)} of a
 * future, and {@link #shutdownNow}, interrupt the worker: a task that waits for the lock ends there
 * (before its start with InterruptedException, later with CancellationException out of {@code poll} or
 * {@code released}), a running one at its next checkpoint. A task that is interrupted while it waits for the
 * lock does <i>not</i> hold it in its catch and finally blocks; every later checkpoint asks for it again. A
 * task that throws frees the lock like any other. An exception out of {@link #execute} goes to the worker's
 * uncaught-exception handler, and the worker lives on. {@link #close} waits for the tasks; interrupted, it
 * cancels them and returns as soon as they have noticed. The threads are daemons, named {@code onelock-1}
 * and so on, started as tasks come in.
 *
 * <p>A task may hand in tasks to its own pool and wait for their futures, as long as a worker is left to run
 * them. When all n workers wait in {@link Future#get} without a time-out, or in {@link Tasks}, for tasks
 * of this pool, none could ever go on: the last to begin gets an IllegalStateException instead.
 * Waits of other kinds (a latch, {@code invokeAny}) are not seen.
 */
public final class OneLock extends AbstractExecutorService {

    /** CPython's switch interval: 5 ms. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofMillis(5);

    /**
     * Waits shorter than this, 100 µs, get no span on the timeline of a {@link Pools#recording} pool; the
     * {@linkplain #stats statistics} count all.
     */
    public static final Duration SHORTEST_RECORDED_WAIT = Duration.ofNanos(OneLockCore.SHORTEST_RECORDED_WAIT_NANOS);

    private static final Duration SHORTEST_INTERVAL = Duration.ofNanos(1_000);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

    /** What may block: like Runnable, with checked exceptions. */
    @FunctionalInterface
    public interface BlockingAction {
        /**
         * Does it.
         *
         * @throws Exception if it fails
         */
        void run() throws Exception;
    }

    /**
     * What has happened round the lock. Times are nanoseconds.
     *
     * @param switches how often the lock went from one thread to another
     * @param threads one row per thread started so far, in the order of their numbers
     */
    public record Stats(long switches, List<ThreadStats> threads) {
        /** Keeps a copy of the list. */
        public Stats {
            threads = List.copyOf(threads);
        }

        /**
         * Drop requests left with a holder, by all threads.
         *
         * @return 0 or more; one that finds an earlier request still unanswered does not count
         */
        public long dropRequests() {
            return threads.stream().mapToLong(ThreadStats::dropRequests).sum();
        }

        /**
         * How often a thread did not get the lock at once.
         *
         * @return 0 or more
         */
        public long waits() {
            return threads.stream().mapToLong(ThreadStats::waits).sum();
        }

        /**
         * Time spent waiting for the lock, added up over all threads.
         *
         * @return nanoseconds
         */
        public long waitedNanos() {
            return threads.stream().mapToLong(ThreadStats::waitedNanos).sum();
        }

        /**
         * The longest single wait.
         *
         * @return nanoseconds; 0 if nobody waited
         */
        public long longestWaitNanos() {
            return threads.stream()
                    .mapToLong(ThreadStats::longestWaitNanos)
                    .max()
                    .orElse(0);
        }

        /**
         * Time for which the lock was held, by whomever.
         *
         * @return nanoseconds, up to this moment
         */
        public long heldNanos() {
            return threads.stream().mapToLong(ThreadStats::heldNanos).sum();
        }
    }

    /**
     * One thread's share. Waits count when they have ended.
     *
     * @param thread its name
     * @param heldNanos for how long it held the lock
     * @param waits how often it did not get the lock at once, giving way at a checkpoint included
     * @param waitedNanos how long it waited for it in all
     * @param longestWaitNanos its longest single wait
     * @param dropRequests how often it asked the holder to give way
     */
    public record ThreadStats(
            String thread, long heldNanos, long waits, long waitedNanos, long longestWaitNanos, long dropRequests) {}

    private final int threads;
    private final Duration interval;
    private final OneLockCore core;
    private final ThreadPoolExecutor workers;

    OneLock(int threads, Duration interval) {
        Objects.requireNonNull(interval, "interval");
        if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
            throw new IllegalArgumentException(
                    "the interval must be from 1 µs to 1 hour (CPython's is 5 ms), got " + interval);
        }
        this.threads = Pools.checkThreads(threads);
        this.interval = interval;
        core = new OneLockCore(interval.toNanos());
        AtomicInteger started = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new OneLockQueue(),
                target -> core.newThread(target, "onelock-" + started.incrementAndGet()));
    }

    /**
     * Runs a call that may block without holding the lock, so that another thread of the pool can compute
     * meanwhile, and takes the lock back afterwards, also when the call throws.
     *
     * <p>Outside a worker of a one-lock pool it just makes the call: a task is written once and runs on every
     * pool. Nested calls: the outermost one frees the lock and takes it back, the inner ones just make their
     * call.
     *
     * @param call what may block
     * @param <T> the result's type
     * @return its result
     * @throws Exception what the call throws
     * @throws CancellationException if the thread was interrupted while it waited to get the lock back; its
     *     interrupt status is set, and it does not hold the lock. What the call threw is kept as suppressed.
     */
    public static <T> T released(Callable<T> call) throws Exception {
        Objects.requireNonNull(call, "call");
        return Thread.currentThread() instanceof OneLockThread worker ? worker.runReleased(call) : call.call();
    }

    /**
     * {@link #released(Callable)} for a call without a result, such as {@code Thread.sleep(10)}.
     *
     * @param action what may block
     * @throws Exception what the action throws
     * @throws CancellationException as there
     */
    public static void released(BlockingAction action) throws Exception {
        Objects.requireNonNull(action, "action");
        Callable<Void> call = () -> {
            action.run();
            return null;
        };
        released(call);
    }

    /**
     * How many threads share the lock.
     *
     * @return 1 or more
     */
    public int threads() {
        return threads;
    }

    /**
     * How long a thread waits before it asks for the lock.
     *
     * @return from 1 µs to 1 hour
     */
    public Duration interval() {
        return interval;
    }

    /**
     * What has happened so far. May be called at any time, also after the end.
     *
     * @return a consistent picture of one moment
     */
    public Stats stats() {
        return core.stats();
    }

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "task");
        workers.execute(command instanceof OneLockFuture<?> ? command : new Command(command));
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
        return new OneLockFuture<>(task);
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable task, T result) {
        return new OneLockFuture<>(
                task instanceof Recorded.Action action
                        ? new Recorded<>(
                                action.recorded().task(),
                                action.recorded().timeline(),
                                Executors.callable(action.original(), result))
                        : Executors.callable(task, result));
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks) throws InterruptedException, ExecutionException {
        try {
            return released(() -> super.invokeAny(tasks));
        } catch (InterruptedException | ExecutionException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return released(() -> super.invokeAny(tasks, timeout, unit));
        } catch (InterruptedException | ExecutionException | TimeoutException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void shutdown() {
        workers.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> unstarted = new ArrayList<>();
        for (Runnable task : workers.shutdownNow()) {
            unstarted.add(task instanceof Command command ? command.original : task);
        }
        return unstarted;
    }

    @Override
    public boolean isShutdown() {
        return workers.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return workers.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return workers.awaitTermination(timeout, unit);
    }

    @Override
    public String toString() {
        return "OneLock[" + threads + " threads, interval " + interval.toNanos() / 1e6 + " ms]";
    }

    /**
     * Waits, without the lock where the calling thread has it, for something that tasks of the pool bring about.
     *
     * @param pool the pool whose tasks are waited for
     * @param done whether they have
     * @param wait blocks until then
     * @throws IllegalStateException if the wait could never end, see the class's comment
     */
    static <V> V awaiting(ExecutorService pool, BooleanSupplier done, Callable<V> wait) throws Exception {
        if (!(Thread.currentThread() instanceof OneLockThread worker)) {
            return wait.call();
        }
        if (!(RecordingExecutor.innermost(pool) instanceof OneLock own) || worker.core() != own.core) {
            return worker.runReleased(wait);
        }
        if (!own.core.beginAwaiting(done, own.threads)) {
            throw new IllegalStateException("deadlock: all " + own.threads + " threads of this pool now wait for"
                    + " tasks of the same pool, and no thread is left to run them. Use more threads than nested"
                    + " waits, or another pool for the inner tasks.");
        }
        try {
            return worker.runReleased(wait);
        } finally {
            own.core.endAwaiting(done);
        }
    }

    private <V> V underTheLock(Callable<V> body) throws Exception {
        // A task that shutdownNow has returned may be run by anybody, on any thread.
        return Thread.currentThread() instanceof OneLockThread worker && worker.core() == core
                ? worker.runTask(body)
                : body.call();
    }

    /** A task that takes the lock first, and whose waiters free theirs. */
    private final class OneLockFuture<V> extends FutureTask<V> {

        OneLockFuture(Callable<V> body) {
            super(wrap(body));
        }

        @Override
        public V get() throws InterruptedException, ExecutionException {
            if (isDone()) {
                return super.get();
            }
            try {
                return awaiting(OneLock.this, this::isDone, super::get);
            } catch (InterruptedException | ExecutionException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            if (isDone()) {
                return super.get(timeout, unit);
            }
            try {
                return released(() -> super.get(timeout, unit));
            } catch (InterruptedException | ExecutionException | TimeoutException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private <V> Callable<V> wrap(Callable<V> body) {
        Objects.requireNonNull(body, "task");
        return () -> underTheLock(body);
    }

    /** What came through {@code execute}: runs under the lock, and its exception does not cost the worker. */
    private final class Command implements Runnable {

        private final Runnable original;

        Command(Runnable original) {
            this.original = original;
        }

        @Override
        public void run() {
            Callable<Void> body = () -> {
                original.run();
                return null;
            };
            try {
                underTheLock(original instanceof Recorded.Action action ? action.recorded() : body);
            } catch (InterruptedException e) {
                // Interrupted before it had the lock. Somebody may be waiting for it, though.
                Thread.currentThread().interrupt();
                if (original instanceof Future<?> future) {
                    future.cancel(false);
                }
            } catch (Throwable t) {
                Thread me = Thread.currentThread();
                me.getUncaughtExceptionHandler().uncaughtException(me, t);
            }
        }
    }
}
