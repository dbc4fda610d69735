package parlab.processes;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A task of a process pool, from its packing to its outcome. Thread-safe.
 *
 * <p>A thread that is interrupted while it waits here gives up everything that it has asked of the pool:
 * its unfinished tasks are cancelled. That is what makes an interrupted notebook cell stop.
 *
 * @param <T> its result's type
 */
public final class PoolTask<T> implements RunnableFuture<T> {

    /** One item's outcome. */
    record Outcome(Object value, Throwable failure) {}

    private record End(Object value, Throwable failure, boolean cancelled) {}

    private final Engine engine;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<End> end = new AtomicReference<>();
    private final Function<Object, T> convert;
    private volatile Consumer<? super PoolTask<T>> listener;

    /** What is sent. */
    final Shipper.Message message;

    /** The thread that asked for it. */
    final Thread submitter = Thread.currentThread();

    /** Where its run is recorded; null for nowhere. */
    final Recording recording;

    /** What it is called there. */
    final String label;

    final int items;
    final long timeoutNanos;
    final boolean chunk;

    // Guarded by the engine's lock.
    WorkerHandle worker;
    boolean waiting;
    int failedAttempts;
    long firstSentNanos;

    /**
     * @param engine who runs it
     * @param message what is sent; null for a task that has failed already
     * @param recording where its run is recorded; null for nowhere
     * @param label what it is called there
     * @param items how many calls it makes
     * @param timeoutNanos how long it may run; 0 for ever
     * @param chunk whether each item has an outcome of its own, so that the task succeeds where an item fails
     * @param convert makes the future's result of the message's
     */
    PoolTask(
            Engine engine,
            Shipper.Message message,
            Recording recording,
            String label,
            int items,
            long timeoutNanos,
            boolean chunk,
            Function<Object, T> convert) {
        this.engine = engine;
        this.message = message;
        this.recording = recording;
        this.label = label;
        this.items = items;
        this.timeoutNanos = timeoutNanos;
        this.chunk = chunk;
        this.convert = convert;
    }

    /**
     * Sets who is told when this is done, before it is submitted.
     *
     * @param told called once, in the pool's own thread or in the one that cancels: must be quick
     */
    public void whenDone(Consumer<? super PoolTask<T>> told) {
        listener = told;
    }

    boolean succeed(Object value) {
        return finish(new End(value, null, false));
    }

    boolean fail(Throwable failure) {
        return finish(new End(null, failure, false));
    }

    boolean markCancelled() {
        return finish(new End(null, null, true));
    }

    private boolean finish(End with) {
        if (!end.compareAndSet(null, with)) {
            return false;
        }
        done.countDown();
        Consumer<? super PoolTask<T>> told = listener;
        if (told != null) {
            try {
                told.accept(this);
            } catch (RuntimeException | Error e) {
                // The listener's own fault, such as a completion queue that is full: the pool goes on.
                Thread.currentThread().getUncaughtExceptionHandler().uncaughtException(Thread.currentThread(), e);
            }
        }
        return true;
    }

    /** Does nothing: its worker runs it. A completion service calls this when the task is done. */
    @Override
    public void run() {
        if (!isDone()) {
            throw new IllegalStateException("a task of a process pool is run by the pool, not by its caller");
        }
    }

    /** What it failed with, and where; null if it did not fail. */
    Throwable failure() {
        End reached = end.get();
        return reached == null ? null : reached.failure;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return engine.cancel(this, mayInterruptIfRunning);
    }

    @Override
    public boolean isCancelled() {
        End reached = end.get();
        return reached != null && reached.cancelled;
    }

    @Override
    public boolean isDone() {
        return end.get() != null;
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        if (end.get() == null) {
            try {
                done.await();
            } catch (InterruptedException e) {
                engine.giveUp(Thread.currentThread());
                throw e;
            }
        }
        return report();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (end.get() == null) {
            try {
                if (!done.await(timeout, unit)) {
                    throw new TimeoutException(
                            "not done after " + timeout + " " + unit.toString().toLowerCase(java.util.Locale.ROOT));
                }
            } catch (InterruptedException e) {
                engine.giveUp(Thread.currentThread());
                throw e;
            }
        }
        return report();
    }

    private T report() throws ExecutionException {
        engine.outputComesFirst();
        End reached = end.get();
        if (reached.cancelled) {
            throw new CancellationException("the task was cancelled");
        }
        if (reached.failure != null) {
            throw engine.report(reached.failure);
        }
        return convert.apply(reached.value);
    }
}
