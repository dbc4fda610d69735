package parlab.executors.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import parlab.timing.Timeline;

/** Hands every task on to another pool, dressed so that it records itself as a span where it runs. */
public final class RecordingExecutor implements ExecutorService {

    private final ExecutorService pool;
    private final Timeline timeline;
    private final IntFunction<String> names;
    private final AtomicInteger submitted = new AtomicInteger();

    /**
     * A pool that records.
     *
     * @param pool where the tasks run
     * @param timeline where their spans go
     * @param names the label of the n-th task handed in, from 1
     */
    public RecordingExecutor(ExecutorService pool, Timeline timeline, IntFunction<String> names) {
        this.pool = Objects.requireNonNull(pool, "pool");
        this.timeline = Objects.requireNonNull(timeline, "timeline");
        this.names = Objects.requireNonNull(names, "names");
    }

    /**
     * The pool behind all layers of recording.
     *
     * @param pool any pool
     * @return the pool itself if it does not record
     */
    public static ExecutorService innermost(ExecutorService pool) {
        ExecutorService inner = pool;
        while (inner instanceof RecordingExecutor recording) {
            inner = recording.pool;
        }
        return inner;
    }

    private <T> Callable<T> recorded(Callable<T> task) {
        Objects.requireNonNull(task, "task");
        return new Recorded<>(nextName(), timeline, task);
    }

    private Recorded.Action recorded(Runnable task) {
        Objects.requireNonNull(task, "task");
        return Recorded.Action.of(nextName(), timeline, task);
    }

    private String nextName() {
        int number = submitted.incrementAndGet();
        return Objects.requireNonNull(names.apply(number), () -> "the name of task " + number);
    }

    private <T> List<Callable<T>> recorded(Collection<? extends Callable<T>> tasks) {
        List<Callable<T>> all = new ArrayList<>(tasks.size());
        for (Callable<T> task : tasks) {
            all.add(recorded(task));
        }
        return all;
    }

    @Override
    public void execute(Runnable task) {
        pool.execute(recorded(task));
    }

    @Override
    public <T> Future<T> submit(Callable<T> task) {
        return pool.submit(recorded(task));
    }

    @Override
    public <T> Future<T> submit(Runnable task, T result) {
        return pool.submit(recorded(task), result);
    }

    @Override
    public Future<?> submit(Runnable task) {
        return pool.submit(recorded(task));
    }

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks) throws InterruptedException {
        return pool.invokeAll(recorded(tasks));
    }

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException {
        return pool.invokeAll(recorded(tasks), timeout, unit);
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks) throws InterruptedException, ExecutionException {
        return pool.invokeAny(recorded(tasks));
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return pool.invokeAny(recorded(tasks), timeout, unit);
    }

    @Override
    public void shutdown() {
        pool.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> unstarted = new ArrayList<>();
        for (Runnable task : pool.shutdownNow()) {
            unstarted.add(task instanceof Recorded.Action action ? action.original() : task);
        }
        return unstarted;
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
