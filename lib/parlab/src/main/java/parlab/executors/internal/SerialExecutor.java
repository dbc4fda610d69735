package parlab.executors.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Runs every task in the thread that hands it in, before the call returns. */
public final class SerialExecutor extends AbstractExecutorService {

    private final ReentrantLock mutex = new ReentrantLock();
    private final Condition ended = mutex.newCondition();

    /** The threads inside a task, once per nested task. Guarded by the mutex. */
    private final List<Thread> running = new ArrayList<>();

    private boolean shutdown;

    @Override
    public void execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        Thread me = Thread.currentThread();
        mutex.lock();
        try {
            if (shutdown) {
                throw new RejectedExecutionException("the serial pool is shut down: it takes no more tasks");
            }
            running.add(me);
        } finally {
            mutex.unlock();
        }
        try {
            task.run();
        } finally {
            mutex.lock();
            try {
                running.remove(me);
                ended.signalAll();
            } finally {
                mutex.unlock();
            }
        }
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
    public void shutdown() {
        mutex.lock();
        try {
            shutdown = true;
            ended.signalAll();
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public List<Runnable> shutdownNow() {
        mutex.lock();
        try {
            shutdown = true;
            running.forEach(Thread::interrupt);
            ended.signalAll();
            return new ArrayList<>();
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public boolean isShutdown() {
        mutex.lock();
        try {
            return shutdown;
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public boolean isTerminated() {
        mutex.lock();
        try {
            return shutdown && running.isEmpty();
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        long left = unit.toNanos(timeout);
        mutex.lockInterruptibly();
        try {
            while (!(shutdown && running.isEmpty())) {
                if (left <= 0) {
                    return false;
                }
                left = ended.awaitNanos(left);
            }
            return true;
        } finally {
            mutex.unlock();
        }
    }
}
