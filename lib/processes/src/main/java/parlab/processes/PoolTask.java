package parlab.processes;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import parlab.executors.RemoteExecutor.Outcome;

/**
 * A task of a process pool, from its submission to its outcome. Thread-safe.
 *
 * <p>A thread that is interrupted while it waits here gives up everything that it has asked of the pool: its unfinished
 * tasks are cancelled. That is what makes an interrupted notebook cell stop.
 *
 * @param <T> its result's type
 */
final class PoolTask<T> implements RunnableFuture<T> {

    /**
     * All that is needed until the task is done, and that nobody keeps afterwards.
     *
     * @param message what is sent
     * @param items how many calls it makes
     * @param result makes the future's result of the outcomes
     * @param hooks for reading the outcomes
     * @param timeoutNanos how long it may run; 0 for ever
     * @param recording where its run is recorded; null for nowhere
     * @param label what it is called there
     * @param submitter the thread that has asked for it
     * @param whenDone runs once when it is done, in any thread: hands something on, and is nobody's code but ours
     */
    record Request<T>(
            TaskSerializer.Message message,
            int items,
            Result<T> result,
            ValueReader.Hooks hooks,
            long timeoutNanos,
            Recording recording,
            String label,
            Thread submitter,
            Runnable whenDone) {}

    /** Makes a future's result of outcomes. */
    @FunctionalInterface
    interface Result<T> {
        T of(List<Outcome<Object>> outcomes) throws ExecutionException;
    }

    private sealed interface End<T> {}

    private record Cancelled<T>() implements End<T> {}

    private record Failed<T>(Throwable cause, String worker) implements End<T> {}

    private record Succeeded<T>(T value) implements End<T> {}

    /** The answer is here; the first who wants to know reads it. */
    private record Answered<T>(TaskAnswer answer, Request<T> request) implements End<T> {}

    private final Scheduler scheduler;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<End<T>> end = new AtomicReference<>();
    private volatile Request<T> request;

    // Guarded by the scheduler's lock.
    /** Who runs it; null for nobody at this moment. */
    WorkerLink worker;
    /** How often a worker has died with it. */
    int timesLost;

    PoolTask(Scheduler scheduler, Request<T> request) {
        this.scheduler = scheduler;
        this.request = request;
    }

    /** What is needed to run it; null once it is done. */
    Request<T> request() {
        return request;
    }

    /** Takes the worker's answer, if it is not too late for it. */
    void answer(TaskAnswer answer) {
        Request<T> asked = request;
        if (asked != null) {
            finish(new Answered<>(answer, asked));
        }
    }

    /** Fails this in a worker, or, with an empty name, anywhere. */
    void fail(Throwable cause, String worker) {
        finish(new Failed<>(cause, worker));
    }

    /** Returns false if it was done already. */
    boolean markCancelled() {
        return finish(new Cancelled<>());
    }

    private boolean finish(End<T> with) {
        Request<T> asked = request;
        if (!end.compareAndSet(null, with)) {
            return false;
        }
        request = null;
        done.countDown();
        asked.whenDone().run();
        return true;
    }

    /** For those who only want to know what to print: the failure of a task that nobody else reads; empty for none. */
    String failureText() {
        try {
            return switch (end.get()) {
                case Failed<T> failed -> failed.cause.toString();
                case Answered<T> answered -> answered.answer.failureText();
                case Cancelled<T> cancelled -> "";
                case Succeeded<T> succeeded -> "";
            };
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Does nothing but fail: its worker runs it. */
    @Override
    public void run() {
        throw new IllegalStateException("a task of a process pool is run by the pool, not by its caller");
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return scheduler.cancel(this, mayInterruptIfRunning);
    }

    @Override
    public boolean isCancelled() {
        return end.get() instanceof Cancelled;
    }

    @Override
    public boolean isDone() {
        return end.get() != null;
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        try {
            // Whoever need not wait is not interrupted either.
            if (!isDone()) {
                done.await();
            }
        } catch (InterruptedException e) {
            scheduler.giveUp(Thread.currentThread());
            throw e;
        }
        return report();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            if (!isDone() && !done.await(timeout, unit)) {
                throw new TimeoutException(
                        "not done after " + timeout + " " + unit.toString().toLowerCase(Locale.ROOT));
            }
        } catch (InterruptedException e) {
            scheduler.giveUp(Thread.currentThread());
            throw e;
        }
        return report();
    }

    private T report() throws ExecutionException {
        scheduler.outputComesFirst();
        return switch (settled()) {
            case Succeeded<T> succeeded -> succeeded.value;
            case Failed<T> failed -> throw exception(failed);
            case Cancelled<T> cancelled -> throw new CancellationException("the task was cancelled");
            case Answered<T> answered -> throw new IllegalStateException("the answer was read");
        };
    }

    /** Reads the answer if nobody has yet, in this thread. */
    private End<T> settled() {
        if (end.get() instanceof Answered) {
            synchronized (this) {
                if (end.get() instanceof Answered<T> answered) {
                    end.set(read(answered));
                }
            }
        }
        return end.get();
    }

    private static <T> End<T> read(Answered<T> answered) {
        Request<T> asked = answered.request;
        String worker = answered.answer.worker();
        try {
            return new Succeeded<>(asked.result.of(answered.answer.read(asked.items, asked.hooks)));
        } catch (ExecutionException e) {
            return new Failed<>(e.getCause(), worker);
        } catch (IOException | RuntimeException | Error e) {
            return new Failed<>(TaskAnswer.unreadable(e), worker);
        }
    }

    /** A new exception each time, with the caller's stack. */
    private static ExecutionException exception(Failed<?> failed) {
        Throwable cause = failed.cause;
        return failed.worker.isEmpty()
                ? new ExecutionException(cause.getMessage(), cause)
                : new ExecutionException("in " + failed.worker + ": " + text(cause), cause);
    }

    /** What an exception of somebody else's class says about itself. */
    private static String text(Throwable cause) {
        try {
            return cause instanceof RemoteTaskException ? String.valueOf(cause.getMessage()) : cause.toString();
        } catch (RuntimeException | Error e) {
            return cause.getClass().getName();
        }
    }
}
