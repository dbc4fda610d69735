package parlab.executors.internal;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * A pool that says by itself when a task has ended. {@code parlab.executors.Tasks} asks pools for it whose
 * tasks leave this JVM, where a wrapper round the task could not reach back.
 */
public interface CompletingExecutor extends ExecutorService {

    /**
     * Submits a task.
     *
     * @param task serialisable if the pool needs it to be
     * @param whenDone called once, with the future that is returned, when it is done: succeeded, failed or
     *     cancelled; on any thread, maybe before this method returns
     * @param <V> the result's type
     * @return the future
     */
    <V> Future<V> submitNotifying(Callable<V> task, Consumer<? super Future<V>> whenDone);
}
