package parlab.cluster;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
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
            return CompletableFuture.completedFuture(merge(List.of(), unsent));
        }
        String label = recording == null
                ? ""
                : items.size() == 1
                        ? recording.nextLabel()
                        : "items " + firstIndex + "-" + (firstIndex + items.size() - 1);
        ClusterTask<List<Outcome<R>>> task = dispatcher.task(new ClusterTask.Request<>(
                parcel,
                "",
                outcomes -> merge(outcomes, unsent),
                recording,
                label,
                Thread.currentThread(),
                () -> done.add(tag)));
        dispatcher.submit(task);
        return task;
    }

    /** All items' outcomes, in their order: those that came back, and those that were never sent. */
    @SuppressWarnings("unchecked") // What the function returns is only known to its caller.
    private static <R> List<Outcome<R>> merge(List<Outcome<Object>> returned, Throwable[] unsent) {
        List<Outcome<R>> all = new ArrayList<>(unsent.length);
        int next = 0;
        for (Throwable failure : unsent) {
            all.add(
                    failure == null
                            ? (Outcome<R>) (Outcome<?>) returned.get(next++)
                            : new Outcome<>(null, failure, ""));
        }
        return Collections.unmodifiableList(all);
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
