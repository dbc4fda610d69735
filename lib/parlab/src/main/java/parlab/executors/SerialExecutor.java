package parlab.executors;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;

/** Runs every task in the thread that hands it in, before the call returns. */
final class SerialExecutor extends AbstractExecutorService {
    /** The threads inside a task, once per nested task. Guarded by this, as the flag is. */
    private final List<Thread> running = new ArrayList<>();

    private boolean shutdown;

    @Override
    public void execute(Runnable task) {
        begin();
        try {
            task.run();
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        if (shutdown) {
            throw new RejectedExecutionException("the serial pool is shut down: it takes no more tasks");
        }
        running.add(Thread.currentThread());
    }

    private synchronized void end() {
        running.remove(Thread.currentThread());
        notifyAll();
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
        return new FutureTask<>(() -> {
            try {
                return task.call();
            } catch (InterruptedException e) {
                // The interrupted thread is the caller's own: it has to learn of it, or its loop goes on.
                Thread.currentThread().interrupt();
                throw e;
            }
        });
    }

    @Override
    public synchronized void shutdown() {
        shutdown = true;
        notifyAll();
    }

    @Override
    public synchronized List<Runnable> shutdownNow() {
        shutdown();
        running.forEach(Thread::interrupt);
        return List.of();
    }

    @Override
    public synchronized boolean isShutdown() {
        return shutdown;
    }

    @Override
    public synchronized boolean isTerminated() {
        return shutdown && running.isEmpty();
    }

    @Override
    public synchronized boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        long end = System.nanoTime() + unit.toNanos(timeout);
        while (!isTerminated()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }
}
