package parlab.executors;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/**
 * A pool whose tasks leave this JVM. A wrapper around such a task could not reach back, so {@link Tasks} and
 * {@link Pools#recording(ExecutorService, Timeline, IntFunction)} ask the pool itself for what they would
 * otherwise do in the task's thread. Tasks must be serialisable.
 */
public interface RemoteExecutor extends ExecutorService {

    /**
     * Submits a task and reports its end.
     *
     * @param task what to run
     * @param whenDone called once, with the future that is returned, when it is done: succeeded, failed or
     *     cancelled; on any thread, maybe before this method returns
     * @param <V> the result's type
     * @return the future
     */
    <V> Future<V> submitNotifying(Callable<V> task, Consumer<? super Future<V>> whenDone);

    /**
     * Returns a view of this pool that records each of its tasks as a span of a timeline.
     *
     * @param timeline where the spans go
     * @param names the label of the n-th task submitted, n from 1; called in the thread that submits it
     * @return a pool that shares this one's workers and life
     */
    ExecutorService recording(Timeline timeline, IntFunction<String> names);
}
