package parlab.cluster;

import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import parlab.executors.RemoteExecutor.Outcome;
import parlab.executors.RemoteExecutor.RemoteFunction;
import parlab.processes.Recording;
import parlab.processes.TaskSender;

/**
 * A function that members know, applied to some items in each task. Thread-safe.
 *
 * @param <T> the items' type
 * @param <R> the results' type
 */
final class ClusterFunction<T, R> implements RemoteFunction<T, R> {
    /** Kept from being given up while it has work. */
    private final Cluster cluster;

    private final Dispatcher dispatcher;
    private final TaskSender sender;
    private final TaskSender.Function function;
    private final Recording recording;

    ClusterFunction(
            Cluster cluster,
            Dispatcher dispatcher,
            TaskSender sender,
            TaskSender.Function function,
            Recording recording) {
        this.cluster = cluster;
        this.dispatcher = dispatcher;
        this.sender = sender;
        this.function = function;
        this.recording = recording;
    }

    @Override
    public <C> Future<List<Outcome<R>>> submit(
            List<? extends T> items, int firstIndex, C tag, LinkedBlockingQueue<? super C> done) {
        Throwable[] unsent = new Throwable[items.size()];
        TaskSender.Parcel parcel = sender.items(function, items, firstIndex, unsent);
        if (parcel == null) {
            done.add(tag);
            return CompletableFuture.completedFuture(TaskSender.merge(List.of(), unsent));
        }
        String label = recording == null ? "" : recording.label(items.size(), firstIndex);
        ClusterTask<List<Outcome<R>>> task = dispatcher.task(new ClusterTask.Request<>(
                parcel,
                "",
                outcomes -> TaskSender.merge(outcomes, unsent),
                recording,
                label,
                Thread.currentThread(),
                () -> done.add(tag)));
        dispatcher.submit(task);
        return task;
    }

    @Override
    public void close() {
        try {
            dispatcher.forget(function);
        } finally {
            Reference.reachabilityFence(cluster);
        }
    }
}
