package parlab.processes;

import java.io.IOException;
import java.util.concurrent.Callable;
import parlab.executors.ThrowingFunction;

/** The one task that a worker runs at a time, and whether it was to be stopped. Thread-safe. */
final class CurrentTask {
    // Guarded by this.
    /** The task that runs; 0 for none. */
    private long running;
    /** The last task that was to be stopped, whether it had begun or not. */
    private long stopped;

    private Thread thread;

    /** Says that this thread runs a task from now on. */
    synchronized void begin(long number) {
        running = number;
        thread = Thread.currentThread();
    }

    /** Says that it runs no longer. An interrupt was meant for the task, and not for what comes after it. */
    synchronized void end() {
        running = 0;
        thread = null;
        Thread.interrupted();
    }

    /** Interrupts a task, or keeps it from beginning. */
    synchronized void stop(long number) {
        stopped = number;
        if (running == number) {
            interrupt();
        }
    }

    /** Interrupts whatever runs. */
    synchronized void interrupt() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** Reads a task's job, or its items, and runs it. */
    void run(long number, byte kind, int count, Incoming in, ValueReader values, WorkerCode code, WorkerAnswer answer)
            throws Throwable {
        if (kind == Wire.TASK_CALL) {
            Object job = code.job(in, values);
            checkNotStopped(number);
            answer.ok(call(job));
        } else {
            chunk(number, in, values, count, code, answer);
        }
    }

    private static Object call(Object job) throws Exception {
        if (job instanceof Callable<?> callable) {
            return callable.call();
        }
        ((Runnable) job).run();
        return null;
    }

    @SuppressWarnings("unchecked")
    private void chunk(long number, Incoming in, ValueReader values, int count, WorkerCode code, WorkerAnswer answer)
            throws IOException {
        var function = (ThrowingFunction<Object, Object>) code.function(in.readInt());
        for (int i = 0; i < count; i++) {
            try {
                Object item = values.read();
                checkNotStopped(number);
                answer.ok(function.apply(item));
            } catch (Throwable e) {
                answer.fail(e);
            }
            if (answer.outOfMemory()) {
                answer.failRest(new IllegalStateException("the worker has no memory left after the item before"));
                return;
            }
        }
    }

    /** Whether the task was stopped is remembered here: one of its items may have cleared the thread's interrupt. */
    private synchronized void checkNotStopped(long number) throws InterruptedException {
        if (stopped == number) {
            throw new InterruptedException("the task was stopped");
        }
    }
}
