package parlab.executors;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import parlab.timing.Timeline;

/**
 * Makes the pools to run one experiment on: all of one type, so that only the line that makes the pool changes.
 *
 * <p>Common to all: they are thread-safe, they reject tasks with {@link RejectedExecutionException} after
 * {@code shutdown}, and their threads are daemons, so that none outlives the notebook. Use them in a
 * try-with-resources statement: {@code close} waits for the tasks handed in; if the waiting thread is
 * interrupted (a cell that is stopped), it interrupts the tasks and returns as soon as they have noticed.
 * A blocking call notices at once, a loop that computes at its next {@link Checkpoint#poll}.
 */
public final class Pools {
    private static final int MOST_THREADS = 10_000;

    private Pools() {}

    /**
     * Returns pools by the names that a table calls them, in the order given: names and pools by turns.
     *
     * @throws IllegalArgumentException if a name lacks its pool, is there twice, or something else stands in its place
     */
    public static SequencedMap<String, ExecutorService> named(Object... namesAndPools) {
        SequencedMap<String, ExecutorService> named = new LinkedHashMap<>();
        for (int i = 0; i < namesAndPools.length; i += 2) {
            if (!(namesAndPools[i] instanceof String name)
                    || i + 1 == namesAndPools.length
                    || !(namesAndPools[i + 1] instanceof ExecutorService pool)) {
                throw new IllegalArgumentException(
                        "names and pools go by turns, got " + Arrays.toString(namesAndPools));
            }
            if (named.putIfAbsent(name, pool) != null) {
                throw new IllegalArgumentException("two pools are called \"" + name + "\"");
            }
        }
        return named;
    }

    /**
     * Returns a pool without parallelism: a task runs in the thread that hands it in, before {@code submit} or {@code
     * execute} returns. The baseline of every comparison.
     *
     * <p>Threads that hand in tasks at the same time run them at the same time; a task may hand in further tasks, which
     * run nested. A future is done when the caller gets it, so {@code cancel} comes too late. An interruption of the
     * caller reaches the task, and a task that ends by InterruptedException leaves the caller's interrupt status set.
     * What a task throws stays in its future; out of {@code execute} it reaches the caller. {@code shutdownNow}
     * interrupts the threads that are inside a task.
     */
    public static ExecutorService serial() {
        return new SerialExecutor();
    }

    /**
     * Returns a pool of n platform threads, from 1 to 10,000, named {@code thread-1} and so on, that share one queue
     * without bound. Threads start as tasks come in.
     *
     * <p>A task that throws out of {@code execute} ends its thread, and another one with the next number takes its
     * place. A task that waits for another one of the same pool blocks a thread: with all of them blocked so, the pool
     * stands still for ever.
     */
    public static ExecutorService threads(int n) {
        return threads(n, target -> target);
    }

    private static ExecutorService threads(int n, UnaryOperator<Runnable> work) {
        AtomicInteger started = new AtomicInteger();
        return Executors.newFixedThreadPool(checkThreads(n), target -> {
            Thread thread = new Thread(null, work.apply(target), "thread-" + started.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Returns whether this system lets a thread choose its processor, as Linux does: whether {@link #pinned} works. */
    public static boolean canPin() {
        return Affinity.isAvailable();
    }

    /**
     * Returns a pool as {@link #threads} does, all of whose threads share one processor: the one that the calling thread
     * is on.
     *
     * @throws UnsupportedOperationException where {@link #canPin} says no
     */
    public static ExecutorService pinned(int n) {
        int processor = Affinity.currentProcessor();
        return threads(n, target -> () -> {
            Affinity.pin(processor);
            target.run();
        });
    }

    /**
     * Returns a pool that starts one new virtual thread per task, named {@code virtual-1} and so on in the order of the
     * tasks; none ever queues. Good for tasks that mostly wait, in any number; tasks that compute share as many cores
     * as there are.
     */
    public static ExecutorService virtualThreads() {
        return Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("virtual-", 1).factory());
    }

    /**
     * Returns a pool of n threads, up to 10,000, that share one lock, handed over on request after 5 ms as in CPython.
     */
    public static OneLock oneLock(int n) {
        return oneLock(n, OneLock.DEFAULT_INTERVAL);
    }

    /** The same with another interval, from 1 µs to 1 hour, after which a thread that waits asks for the lock. */
    public static OneLock oneLock(int n, Duration interval) {
        return new OneLock(n, interval);
    }

    /**
     * Returns a pool that runs its tasks on another one and records each as a span of a timeline, labelled {@code task
     * 1}, {@code task 2} and so on in the order in which they were handed in.
     */
    public static ExecutorService recording(ExecutorService pool, Timeline timeline) {
        return recording(pool, timeline, k -> "task " + k);
    }

    /**
     * Returns a pool that runs its tasks on another one and records each as a span of a timeline.
     *
     * <p>A span lasts from the moment at which a worker picks the task up to its end, also when it throws; a task that
     * never starts leaves none. On a {@link OneLock} pool, waits for the lock and blocking calls inside {@link
     * OneLock#released} are recorded too, as waiting spans inside the task's own, from 100 µs upwards.
     *
     * <p>Everything else is the inner pool's: rejection, cancellation, threads. Shutting down or closing either of the
     * two shuts down both. The inner pool has to run its tasks in this JVM, or to be a {@link RemoteExecutor}.
     *
     * @param names the label of the n-th task handed in, n from 1; called in the thread that hands it in
     */
    public static ExecutorService recording(ExecutorService pool, Timeline timeline, IntFunction<String> names) {
        if (pool instanceof RemoteExecutor remote) {
            // Its workers cannot reach a timeline of this process: it records by itself.
            return remote.recording(timeline, names);
        }
        return new RecordingExecutor(pool, timeline, names);
    }

    static int checkThreads(int n) {
        if (n < 1 || n > MOST_THREADS) {
            throw new IllegalArgumentException("a pool has from 1 to " + MOST_THREADS + " threads, got " + n);
        }
        return n;
    }
}
