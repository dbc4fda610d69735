package parlab.executors;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/**
 * A pool whose tasks leave this JVM. A wrapper around such a task could not reach back, so {@link Tasks} and
 * {@link Pools#recording(ExecutorService, Timeline, IntFunction)} ask the pool itself for what they would
 * otherwise do in the task's thread. Tasks must be serialisable.
 */
public interface RemoteExecutor extends ExecutorService {
    /**
     * Prepares a serialisable function that is to be applied to many items: it is sent to each worker once. To be
     * closed when no more items will come.
     *
     * @throws java.util.concurrent.RejectedExecutionException if it cannot be sent, or the pool takes no tasks
     */
    <T, R> RemoteFunction<T, R> prepare(ThrowingFunction<? super T, ? extends R> function);

    /**
     * Returns a view of this pool, sharing its workers and life, that records each of its tasks as a span of a
     * timeline.
     *
     * @param names the label of the n-th task submitted, n from 1; called in the thread that submits it
     */
    ExecutorService recording(Timeline timeline, IntFunction<String> names);

    /** A function that workers know. Thread-safe. */
    interface RemoteFunction<T, R> extends AutoCloseable {
        /**
         * Submits one task that applies the function to each of these items, one after the other. An item that fails,
         * or cannot be sent, does not touch its neighbours.
         *
         * @param firstIndex the first one's place among all items, for messages
         * @param done the tag is added here, once, when the task is done: succeeded, failed or cancelled; maybe before
         *     this method returns
         * @return the future of one outcome for each item
         * @throws java.util.concurrent.RejectedExecutionException if the pool takes no tasks
         */
        <C> Future<List<Outcome<R>>> submit(
                List<? extends T> items, int firstIndex, C tag, LinkedBlockingQueue<? super C> done);

        /** Lets the workers forget the function. */
        @Override
        void close();
    }

    /**
     * What became of one item: what the function returned, or what it threw, the other null; and the name of the worker
     * where it ran, empty if it never did.
     */
    record Outcome<R>(R result, Throwable failure, String worker) {}
}
