package parlab.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import parlab.executors.RemoteExecutor.Outcome;
import parlab.processes.Recording;
import parlab.processes.TaskSender;

/**
 * A task of a cluster, from its submission to its outcome, which the first thread that asks for it reads. Thread-safe.
 *
 * @param <T> its result's type
 */
final class ClusterTask<T> implements RunnableFuture<T> {

    /** Makes a future's result of outcomes. */
    @FunctionalInterface
    interface Result<T> {
        T of(List<Outcome<Object>> outcomes) throws ExecutionException;
    }

    /**
     * What there is to be done.
     *
     * @param parcel what is sent
     * @param member the name of the only member that may run it; empty for any
     * @param result makes the future's result of the outcomes
     * @param recording where its run is recorded; null for nowhere
     * @param label what it is called there
     * @param submitter the thread that has asked for it
     * @param whenDone runs once when it is done, in any thread: nobody's code but ours
     */
    record Request<T>(
            TaskSender.Parcel parcel,
            String member,
            Result<T> result,
            Recording recording,
            String label,
            Thread submitter,
            Runnable whenDone) {}

    final long number;
    private final Dispatcher dispatcher;
    private final Request<T> request;
    private final CompletableFuture<TaskSender.Answer> answer = new CompletableFuture<>();

    // Guarded by the dispatcher.
    /** How often a member has left with it. */
    int timesLost;

    // Guarded by this.
    private boolean read;
    private T value;
    private ExecutionException failure;

    ClusterTask(Dispatcher dispatcher, long number, Request<T> request) {
        this.dispatcher = dispatcher;
        this.number = number;
        this.request = request;
    }

    Request<T> request() {
        return request;
    }

    /** Takes the answer, if it is not too late for it. */
    void answer(TaskSender.Answer given) {
        if (answer.complete(given)) {
            request.whenDone.run();
        }
    }

    void fail(Throwable cause) {
        if (answer.completeExceptionally(cause)) {
            request.whenDone.run();
        }
    }

    /** Describes the failure of a task whose result nobody reads; empty for none. */
    String failureText() {
        return switch (answer.state()) {
            case FAILED -> answer.exceptionNow().toString();
            case SUCCESS -> answer.resultNow().failureText();
            case CANCELLED, RUNNING -> "";
        };
    }

    /** Does nothing but fail: a member runs it. */
    @Override
    public void run() {
        throw new IllegalStateException("a task of a cluster is run by a member, not by its caller");
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!answer.cancel(false)) {
            return false;
        }
        dispatcher.cancelled(this, mayInterruptIfRunning);
        request.whenDone.run();
        return true;
    }

    @Override
    public boolean isCancelled() {
        return answer.isCancelled();
    }

    @Override
    public boolean isDone() {
        return answer.isDone();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        try {
            return read(answer.isDone() ? answer.join() : answer.get());
        } catch (InterruptedException e) {
            dispatcher.giveUp(Thread.currentThread());
            throw e;
        } catch (java.util.concurrent.CompletionException e) {
            throw new ExecutionException(e.getCause());
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            if (!answer.isDone()) {
                answer.get(timeout, unit);
            }
        } catch (InterruptedException e) {
            dispatcher.giveUp(Thread.currentThread());
            throw e;
        }
        return get();
    }

    private synchronized T read(TaskSender.Answer given) throws ExecutionException {
        if (!read) {
            read = true;
            try {
                value = request.result.of(given.read());
            } catch (ExecutionException e) {
                failure = e;
            } catch (RuntimeException | Error e) {
                failure = new ExecutionException("the task's result cannot be read here: " + e.getMessage(), e);
            }
        }
        if (failure != null) {
            // A new exception each time, with the caller's stack.
            throw new ExecutionException(failure.getMessage(), failure.getCause());
        }
        return value;
    }
}
