package parlab.processes;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Makes the requests of a pool's tasks, in the thread that submits them: what is sent, and how the answer is read.
 * Remembers the shared memory that went to workers, so that what comes back is the same object. Thread-safe.
 */
final class Requests {
    private static final long LONGEST_TIMEOUT_NANOS = TimeUnit.DAYS.toNanos(36_500);

    final TaskSerializer serializer;
    private final Scheduler scheduler;
    private final Map<UUID, WeakReference<Shared>> shared = new ConcurrentHashMap<>();

    Requests(Scheduler scheduler) {
        this.scheduler = scheduler;
        serializer = new TaskSerializer(
                scheduler.command.path(), note -> scheduler.printer.line(true, note), this::sharedSeen, false);
    }

    /** The request for one call of a Callable or Runnable. */
    <T> PoolTask.Request<T> call(Object job, Recording recording, Function<Object, T> convert, Runnable whenDone) {
        return request(
                serializer.call(job),
                1,
                outcomes -> {
                    if (outcomes.getFirst().failure() != null) {
                        // With a message of ours, because asking the failure for its own is anybody's code.
                        throw new ExecutionException("", outcomes.getFirst().failure());
                    }
                    return convert.apply(outcomes.getFirst().result());
                },
                recording,
                recording == null ? "" : recording.nextLabel(),
                whenDone);
    }

    /** The request for a message of several calls. */
    <T> PoolTask.Request<T> request(
            TaskSerializer.Message message,
            int calls,
            PoolTask.Result<T> result,
            Recording recording,
            String label,
            Runnable whenDone) {
        long timeout = Math.min(scheduler.settings.timeoutNanos(), LONGEST_TIMEOUT_NANOS / calls) * calls;
        return new PoolTask.Request<>(
                message,
                calls,
                result,
                hooks(message.codeBase()),
                timeout,
                recording,
                label,
                Thread.currentThread(),
                whenDone);
    }

    private ValueReader.Hooks hooks(int codeBase) {
        ClassLoader loader = serializer.loaderOf(codeBase);
        return new ValueReader.Hooks() {
            @Override
            public ClassLoader loader() {
                return loader;
            }

            @Override
            public Object resolve(Object object) throws IOException {
                return object instanceof Shared.Handle handle ? original(handle) : object;
            }

            @Override
            public DeserialisationFilter filter(long messageBytes) {
                return new DeserialisationFilter(messageBytes);
            }
        };
    }

    private void sharedSeen(Shared original) {
        if (shared.put(original.id(), new WeakReference<>(original)) == null) {
            // Shared memory may outlive the pool, and must not keep it.
            WeakReference<Requests> self = new WeakReference<>(this);
            UUID id = original.id();
            original.whenClosed(() -> {
                Requests requests = self.get();
                if (requests != null) {
                    requests.shared.remove(id);
                    requests.scheduler.everyWorker(worker -> worker.release(id));
                }
            });
        }
    }

    private Shared original(Shared.Handle handle) throws IOException {
        WeakReference<Shared> known = shared.get(handle.id());
        Shared original = known == null ? null : known.get();
        if (original == null || !original.isOpen()) {
            original = handle.open();
            shared.put(handle.id(), new WeakReference<>(original));
        }
        return original;
    }
}
