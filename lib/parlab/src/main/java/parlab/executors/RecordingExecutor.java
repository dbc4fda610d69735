package parlab.executors;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/** Hands every task on to another pool, dressed so that it records itself as a span where it runs. */
final class RecordingExecutor extends AbstractExecutorService {
    private final ExecutorService pool;
    private final Timeline timeline;
    private final IntFunction<String> names;
    private final AtomicInteger submitted = new AtomicInteger();

    /** Creates a pool that labels the n-th task handed in, n from 1, by {@code names}. */
    RecordingExecutor(ExecutorService pool, Timeline timeline, IntFunction<String> names) {
        this.pool = Objects.requireNonNull(pool, "pool");
        this.timeline = Objects.requireNonNull(timeline, "timeline");
        this.names = Objects.requireNonNull(names, "names");
    }

    private String nextName() {
        int number = submitted.incrementAndGet();
        return Objects.requireNonNull(names.apply(number), () -> "the name of task " + number);
    }

    @Override
    public void execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        pool.execute(new Recorded.Action(nextName(), timeline, task));
    }

    /** By the inner pool's submit, so that the future, its cancellation included, is the inner pool's. */
    @Override
    public <T> Future<T> submit(Callable<T> task) {
        Objects.requireNonNull(task, "task");
        return pool.submit(new Recorded<>(nextName(), timeline, task));
    }

    @Override
    public <T> Future<T> submit(Runnable task, T result) {
        return submit(Executors.callable(task, result));
    }

    @Override
    public Future<?> submit(Runnable task) {
        return submit(Executors.callable(task));
    }

    @Override
    public void shutdown() {
        pool.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return pool.shutdownNow().stream().map(Recorded::original).toList();
    }

    @Override
    public boolean isShutdown() {
        return pool.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return pool.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return pool.awaitTermination(timeout, unit);
    }

    @Override
    public void close() {
        pool.close();
    }

    @Override
    public String toString() {
        return "recording " + pool;
    }
}
