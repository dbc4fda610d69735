package parlab.executors;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import parlab.timing.Numbers;

/**
 * A pool whose n threads share one lock: as many tasks as there are threads are under way, and one at a time computes.
 * It is the twin of CPython's global interpreter lock, for experiments. Made by {@link Pools#oneLock(int)}.
 *
 * <h2>How the lock goes round</h2>
 *
 * <p>As CPython does since version 3.2 (A. Pitrou's "new GIL" of 2009; {@code Python/ceval_gil.c}):
 *
 * <ol>
 *   <li>The thread that holds the lock runs for as long as nobody else wants it.
 *   <li>One that wants it waits, for an <i>interval</i> of 5 ms by default. If the lock falls free it takes it: whoever
 *       comes first, there is no queue. If the interval ends and the lock has not changed hands meanwhile, it leaves a
 *       <i>drop request</i> with the holder, and waits on.
 *   <li>The holder finds the request at its next {@link Checkpoint#poll}, frees the lock, and stands still until
 *       another thread has taken it (else it would win it again at once, being awake). Then it lines up as in 2.
 *   <li>A thread frees the lock by itself around a blocking call: {@link #released(Callable)}. To get it back it
 *       lines up as in 2. A thread that often makes short blocking calls therefore loses the lock every time to one
 *       that only computes, and pays up to an interval to get it back: the <i>convoy effect</i>.
 *   <li>A worker keeps the lock from one task to the next while tasks are queued, and frees it when it has to wait for
 *       one.
 * </ol>
 *
 * <p>What is different from CPython: a checkpoint stands where the author of a task puts it, not after bytecodes, so
 * a task that never polls keeps the lock to its end; threads outside the pool, such as the one that submits, do not
 * take part; and a wait for the lock can be interrupted. {@code Thread.sleep}, {@link Future#get} and other blocking
 * calls keep the lock unless they are made inside {@code released}: a task that waits for another one of its own pool
 * without it waits for ever. {@link Tasks} frees the lock while it waits. Below some 50 µs the interval is as long as
 * the system's timers make it.
 *
 * <h2>As an ExecutorService</h2>
 *
 * <p>Thread-safe. Tasks queue without bound and start in the order in which they were handed in. After
 * {@link #shutdown} tasks are rejected with {@link RejectedExecutionException}. {@code cancel(true)} of a future, and
 * {@link #shutdownNow}, interrupt the worker: a task that waits for the lock ends there (before its start with
 * InterruptedException, later with CancellationException out of {@code poll} or {@code released}), a running one at
 * its next checkpoint. A task that is interrupted while it waits for the lock does <i>not</i> hold it in its catch
 * and finally blocks; every later checkpoint asks for it again. A task that throws frees the lock like any other. An
 * exception out of {@link #execute} goes to the worker's uncaught-exception handler, and the worker lives on.
 * {@link #close} waits for the tasks; interrupted, it cancels them and returns as soon as they have noticed. The
 * threads are daemons, named {@code onelock-1} and so on, started as tasks come in.
 */
public final class OneLock extends AbstractExecutorService {
    /** CPython's switch interval: 5 ms. */
    static final Duration DEFAULT_INTERVAL = Duration.ofMillis(5);

    private static final Duration SHORTEST_INTERVAL = Duration.ofNanos(1_000);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

    /** What may block: like Runnable, with checked exceptions. */
    @FunctionalInterface
    public interface BlockingAction {
        void run() throws Exception;
    }

    final GlobalLock lock;

    private final String description;
    private final ThreadPoolExecutor workers;

    OneLock(int threads, Duration interval) {
        if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
            throw new IllegalArgumentException(
                    "the interval must be from 1 µs to 1 hour (CPython's is 5 ms), got " + interval);
        }
        Pools.checkThreads(threads);
        description = "OneLock[" + threads + " threads, interval " + Numbers.duration(interval) + "]";
        lock = new GlobalLock(interval.toNanos());
        AtomicInteger started = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new Queue(),
                target -> new OneLockThread(lock, target, "onelock-" + started.incrementAndGet()));
    }

    /**
     * Runs a call that may block without holding the lock, so that another thread of the pool can compute meanwhile,
     * and takes the lock back afterwards, also when the call throws.
     *
     * <p>Outside a worker of a one-lock pool it just makes the call: a task is written once and runs on every pool.
     * Nested calls: the outermost one frees the lock and takes it back, the inner ones just make their call.
     *
     * @throws Exception what the call throws
     * @throws CancellationException if the thread was interrupted while it waited to get the lock back; its interrupt
     *     status is set, and it does not hold the lock. What the call threw is kept as suppressed.
     */
    public static <T> T released(Callable<T> call) throws Exception {
        return Thread.currentThread() instanceof OneLockThread worker ? worker.runReleased(call) : call.call();
    }

    /** Runs a call without a result as {@link #released(Callable)} does, such as {@code Thread.sleep(10)}. */
    public static void released(BlockingAction action) throws Exception {
        Callable<Void> call = () -> {
            action.run();
            return null;
        };
        released(call);
    }

    @Override
    public void execute(Runnable command) {
        if (command instanceof Task<?>) {
            workers.execute(command);
        } else if (command instanceof Recorded.Action action) {
            workers.execute(new Task<>(action.recorded(), command));
        } else {
            workers.execute(new Task<>(Executors.callable(command), command));
        }
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
        return new Task<>(task, null);
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable task, T result) {
        return new Task<>(Executors.callable(task, result), null);
    }

    @Override
    public void shutdown() {
        workers.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return workers.shutdownNow().stream()
                .map(task -> task instanceof Task<?> own && own.command != null ? own.command : task)
                .toList();
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
        return description;
    }

    private <V> V underTheLock(Callable<V> body) throws Exception {
        // A task that shutdownNow has returned may be run by anybody, on any thread.
        return Thread.currentThread() instanceof OneLockThread worker && worker.lock == lock
                ? worker.runTask(body)
                : body.call();
    }

    /** A task that takes the lock first: as part of its run, so that {@code cancel} ends that wait, too. */
    private final class Task<V> extends FutureTask<V> {
        /** What came through {@code execute}; null for what was submitted. */
        private final Runnable command;

        Task(Callable<V> body, Runnable command) {
            super(() -> underTheLock(body));
            this.command = command;
        }

        /** Nobody asks for the outcome of a command: what it threw is reported here, and does not cost the worker. */
        @Override
        protected void done() {
            if (command == null || state() != State.FAILED) {
                return;
            }
            if (exceptionNow() instanceof InterruptedException) {
                // Interrupted before it had the lock. Somebody may be waiting for it, though.
                if (Recorded.original(command) instanceof Future<?> future) {
                    future.cancel(false);
                }
            } else {
                Thread me = Thread.currentThread();
                me.getUncaughtExceptionHandler().uncaughtException(me, exceptionNow());
            }
        }
    }

    /** A worker that finds a task keeps the lock, as a Python thread does; one that must wait frees it first. */
    private static final class Queue extends LinkedBlockingQueue<Runnable> {
        @Override
        public Runnable take() throws InterruptedException {
            Runnable task = poll();
            if (task != null) {
                return task;
            }
            if (Thread.currentThread() instanceof OneLockThread worker) {
                worker.lock.release(worker);
            }
            return super.take();
        }
    }
}
