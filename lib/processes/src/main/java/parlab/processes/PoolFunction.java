package parlab.processes;

import java.lang.ref.Reference;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import parlab.executors.RemoteExecutor;
import parlab.executors.RemoteExecutor.Outcome;

/**
 * A function that workers know, applied to some items in each task. Thread-safe.
 *
 * @param <T> the items' type
 * @param <R> the results' type
 */
final class PoolFunction<T, R> implements RemoteExecutor.RemoteFunction<T, R> {
    /** Kept from being given up while it has work. */
    private final ProcessPool pool;

    private final Scheduler scheduler;
    private final TaskSerializer.Function function;
    private final Recording recording;

    PoolFunction(ProcessPool pool, Scheduler scheduler, TaskSerializer.Function function, Recording recording) {
        this.pool = pool;
        this.scheduler = scheduler;
        this.function = function;
        this.recording = recording;
    }

    @Override
    public <C> Future<List<Outcome<R>>> submit(
            List<? extends T> items, int firstIndex, C tag, LinkedBlockingQueue<? super C> done) {
        Throwable[] unsent = new Throwable[items.size()];
        TaskSerializer.Message message = scheduler.requests.serializer.chunk(function, items, firstIndex, unsent);
        if (message == null) {
            done.add(tag);
            return CompletableFuture.completedFuture(TaskSender.merge(List.of(), unsent));
        }
        int sent = (int) Stream.of(unsent).filter(Objects::isNull).count();
        PoolTask<List<Outcome<R>>> task = new PoolTask<>(
                scheduler,
                scheduler.requests.request(
                        message,
                        sent,
                        outcomes -> TaskSender.merge(outcomes, unsent),
                        recording,
                        recording == null ? "" : recording.label(items.size(), firstIndex),
                        () -> done.add(tag)));
        scheduler.submit(task);
        return task;
    }

    @Override
    public void close() {
        try {
            scheduler.forget(function);
        } finally {
            Reference.reachabilityFence(pool);
        }
    }
}
