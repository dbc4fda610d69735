package parlab.processes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Schedules tasks on worker processes and tracks their completion and failure.
 *
 * <p>Tasks that no worker has yet stand in one queue; each worker's own thread takes the next one from it ({@link
 * #next}), and what happens to a task after that happens in that thread. Everything here is guarded by one lock, which
 * is never held while something blocks or while anybody else's code runs.
 */
final class Scheduler {
    private static final int MAX_STARTS_FAILED = 3;
    private static final int MAX_STARTS_KILLED = 200;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;

    final PoolSettings settings;
    final WorkerCommand command;
    final Requests requests;
    final OutputPrinter printer;
    /** For what must happen at some time: everything in it is quick. Without work it has no thread. */
    final ScheduledThreadPoolExecutor deadlines;

    /** What each worker runs first; null for nothing. */
    private final PoolTask.Request<Object> initialisation;

    private final CountDownLatch terminated = new CountDownLatch(1);

    private final ReentrantLock lock = new ReentrantLock();
    // All of the following are guarded by the lock.
    private final List<WorkerLink> workers = new ArrayList<>();
    private final Deque<PoolTask<?>> queue = new ArrayDeque<>();
    /** Those that wait for a task; the last one to have had one gets the next, while its caches are warm. */
    private final Deque<WorkerLink> idle = new ArrayDeque<>();

    private int nextWorker = 1;
    /** How many of the pool's places have been filled at least once. */
    private int started;

    private int startsFailed;
    private int startsKilled;
    private int workersReplaced;
    private boolean shutdown;
    /** Tasks are stopped, and not tried again. */
    private boolean stopping;

    private Throwable broken;

    /**
     * Starts a pool: its first worker begins to start. The others follow when there is work for them, or none for it.
     *
     * @param settings what it is like
     * @param initialise run in each worker before its first task; null for nothing
     * @throws UnsendableException if that cannot be sent; nothing was started then
     */
    Scheduler(PoolSettings settings, ProcessPool.Action initialise) {
        this.settings = settings;
        command = WorkerCommand.ofPool(settings.workers(), settings.jvmOptions());
        printer = new OutputPrinter(settings.name() + "-output");
        requests = new Requests(this);
        initialisation = initialise == null ? null : requests.call(initialise, null, x -> x, () -> {});
        deadlines = new ScheduledThreadPoolExecutor(
                1,
                action -> Thread.ofPlatform()
                        .daemon()
                        .name(settings.name() + "-deadlines")
                        .unstarted(action));
        deadlines.setKeepAliveTime(1, TimeUnit.SECONDS);
        deadlines.allowCoreThreadTimeOut(true);
        deadlines.setRemoveOnCancelPolicy(true);
        Leftovers.sweep();
        lock.lock();
        try {
            started = 1;
            startWorker();
        } finally {
            lock.unlock();
        }
    }

    // ---- for the pool and its tasks, in any thread

    /**
     * Takes a task on.
     *
     * @throws RejectedExecutionException if the pool was shut down or its workers cannot start
     */
    void submit(PoolTask<?> task) {
        lock.lock();
        try {
            rejectIfShutdown();
            queue.add(task);
            wakeOne();
            startMissing(queue.size());
        } finally {
            lock.unlock();
        }
    }

    void rejectIfShutdown() {
        lock.lock();
        try {
            if (broken != null) {
                throw new RejectedExecutionException("this process pool is broken: " + broken.getMessage(), broken);
            }
            if (shutdown) {
                throw new RejectedExecutionException("this process pool was shut down");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Cancels as {@link Future#cancel} says, and stops the task's work if it may. */
    boolean cancel(PoolTask<?> task, boolean mayInterrupt) {
        if (!task.markCancelled()) {
            return false;
        }
        lock.lock();
        try {
            if (task.worker != null && mayInterrupt) {
                task.worker.stop(task, "its task was cancelled and did not stop");
            } else if (task.worker == null) {
                // Linear, but tasks are rarely cancelled one by one, and cancelled first ones are found first.
                queue.remove(task);
            }
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Cancels everything that a thread has asked for: it was interrupted, and waits no more. */
    void giveUp(Thread submitter) {
        Predicate<PoolTask<?>> mine = task -> {
            PoolTask.Request<?> request = task.request();
            return request != null && request.submitter() == submitter;
        };
        List<PoolTask<?>> all = new ArrayList<>();
        lock.lock();
        try {
            queue.stream().filter(mine).forEach(all::add);
            queue.removeIf(mine);
            for (WorkerLink worker : workers) {
                if (worker.current != null && worker.state == WorkerState.READY && mine.test(worker.current)) {
                    all.add(worker.current);
                }
            }
        } finally {
            lock.unlock();
        }
        all.forEach(task -> cancel(task, true));
    }

    /** No more tasks; those that were taken on are done. */
    void shutdown() {
        locked(() -> {
            shutdown = true;
            wakeAtShutdown();
        });
    }

    private void wakeAtShutdown() {
        if (queue.isEmpty()) {
            for (WorkerLink worker : workers) {
                if (worker.state == WorkerState.STARTING || worker.state == WorkerState.INITIALISING) {
                    // It has nothing to finish.
                    worker.kill("the pool was shut down");
                }
            }
        }
        wakeAll();
        checkTerminated();
    }

    /**
     * No more tasks, and those under way are stopped.
     *
     * @return those that were not begun; their futures are cancelled
     */
    List<Runnable> shutdownNow() {
        List<PoolTask<?>> waiting;
        lock.lock();
        try {
            shutdown = true;
            stopping = true;
            waiting = new ArrayList<>(queue);
            queue.clear();
            for (WorkerLink worker : workers) {
                if (worker.current != null) {
                    worker.stop(worker.current, "the pool was shut down and its task did not stop");
                }
            }
            wakeAtShutdown();
        } finally {
            lock.unlock();
        }
        List<Runnable> notBegun = new ArrayList<>();
        for (PoolTask<?> task : waiting) {
            if (task.markCancelled()) {
                notBegun.add(task);
            }
        }
        return notBegun;
    }

    boolean isShutdown() {
        return read(() -> shutdown);
    }

    boolean isTerminated() {
        return terminated.getCount() == 0;
    }

    /** Waits for the end; if this thread is interrupted, its tasks are cancelled. */
    boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            boolean ended = terminated.await(timeout, unit);
            printer.drain();
            return ended;
        } catch (InterruptedException e) {
            giveUp(Thread.currentThread());
            throw e;
        }
    }

    /** What tasks have printed stands above what their caller prints next. */
    void outputComesFirst() {
        printer.drain();
    }

    /** Describes the workers that there are now. */
    List<ProcessPool.WorkerInfo> workers() {
        return read(() -> workers.stream().map(WorkerLink::info).toList());
    }

    int workersReplaced() {
        return read(() -> workersReplaced);
    }

    /** Tells the workers that no more tasks will name a function. */
    void forget(TaskSerializer.Function function) {
        everyWorker(worker -> worker.forget(function.definition().slot()));
    }

    /** Does something, quickly, to each worker that there is now. */
    void everyWorker(Consumer<WorkerLink> action) {
        locked(() -> workers.forEach(action));
    }

    // ---- for the workers' threads

    /** The task that a worker runs first; null for none. */
    PoolTask<Object> initialisation() {
        return initialisation == null ? null : new PoolTask<>(this, initialisation);
    }

    /** Says that a worker takes tasks from now on. */
    void ready(WorkerLink worker) {
        locked(() -> {
            worker.state = WorkerState.READY;
            startsFailed = 0;
            startsKilled = 0;
        });
    }

    /**
     * Waits for the worker's next task.
     *
     * @return null if there will be none
     */
    PoolTask<?> next(WorkerLink worker) {
        lock.lock();
        try {
            while (broken == null && !worker.hasEnded) {
                PoolTask<?> task = queue.poll();
                if (task == null) {
                    if (shutdown) {
                        break;
                    }
                    // Not before: while they start they would slow down the first task.
                    startMissing(settings.workers());
                    idle.add(worker);
                    worker.news.awaitUninterruptibly();
                    idle.remove(worker);
                } else if (!task.isDone()) {
                    assign(worker, task);
                    return task;
                }
            }
            worker.state = WorkerState.ENDING;
            // This one may have been woken for a task that it does not take.
            wakeOne();
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Says that a worker runs a task. */
    void assign(WorkerLink worker, PoolTask<?> task) {
        locked(() -> {
            task.worker = worker;
            worker.current = task;
            worker.currentNumber++;
            worker.stopped = false;
        });
    }

    /** Says that a worker has answered, and how long it has worked. */
    void answered(WorkerLink worker, PoolTask<?> task, long busyNanos, int items) {
        locked(() -> {
            task.worker = null;
            worker.current = null;
            worker.busyNanos += busyNanos;
            worker.itemsDone += worker.state == WorkerState.READY ? items : 0;
        });
    }

    /** Fails a task that has run too long, and stops its worker's work on it. */
    void timedOut(WorkerLink worker, PoolTask<?> task, long timeoutNanos) {
        task.fail(
                new TimeoutException("the task ran past its time-out of " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos)
                        + " ms in " + worker.name + " and was stopped"),
                "");
        locked(() -> worker.stop(task, "its task ran past its time-out and did not stop"));
    }

    private <T> T read(Supplier<T> value) {
        lock.lock();
        try {
            return value.get();
        } finally {
            lock.unlock();
        }
    }

    /** Where a worker's thread waits for a task. */
    Condition newCondition() {
        return lock.newCondition();
    }

    /** Runs something with the lock held. */
    void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Says that a worker's process has ended. */
    void processEnded(WorkerLink worker) {
        locked(() -> {
            worker.hasEnded = true;
            worker.news.signal();
        });
    }

    /** Takes leave of a worker: its process has ended, and what it held is released. Called once for each. */
    void onWorkerExit(WorkerLink worker, WorkerDiedException death) {
        Throwable fatal = null;
        PoolTask<?> lost;
        lock.lock();
        try {
            workers.remove(worker);
            lost = worker.current;
            worker.current = null;
            if (lost != null) {
                lost.worker = null;
            }
            if (worker.state == WorkerState.INITIALISING) {
                lost = null;
            }
            if ((worker.state == WorkerState.STARTING || worker.state == WorkerState.INITIALISING)
                    && (!shutdown || !queue.isEmpty())) {
                boolean fromOutside = !worker.wasKilled() && (death.signal() == SIGKILL || death.signal() == SIGTERM);
                if (fromOutside) {
                    startsKilled++;
                } else {
                    startsFailed++;
                }
                if (startsFailed >= MAX_STARTS_FAILED || startsKilled >= MAX_STARTS_KILLED) {
                    fatal = new IllegalStateException(
                            "workers cannot start, tried " + (startsFailed + startsKilled) + " times: "
                                    + death.getMessage(),
                            death);
                }
            }
            if (lost != null && fatal == null && broken == null && !stopping && lost.timesLost < settings.retryLost()) {
                lost.timesLost++;
                queue.addFirst(lost);
                lost = null;
                wakeOne();
            }
            long alive =
                    workers.stream().filter(w -> w.state != WorkerState.ENDING).count();
            if (fatal == null && broken == null && (!shutdown || !queue.isEmpty()) && alive < started) {
                workersReplaced++;
                startWorker();
            }
        } finally {
            lock.unlock();
        }
        if (lost != null) {
            lost.fail(death, "");
        }
        if (fatal != null) {
            breakDown(fatal);
        }
        locked(this::checkTerminated);
    }

    /** The pool cannot go on: all its tasks fail with this, and it takes no more. */
    void breakDown(Throwable why) {
        List<PoolTask<?>> failed = new ArrayList<>();
        lock.lock();
        try {
            if (broken == null) {
                broken = why;
                shutdown = true;
                failed.addAll(queue);
                queue.clear();
                for (WorkerLink worker : workers) {
                    if (worker.current != null) {
                        failed.add(worker.current);
                    }
                    worker.kill("the pool has broken down");
                }
                wakeAll();
            }
        } finally {
            lock.unlock();
        }
        failed.forEach(task -> task.fail(why, ""));
    }

    // ---- with the lock held

    private void wakeOne() {
        WorkerLink worker = idle.pollLast();
        if (worker != null) {
            worker.news.signal();
        }
    }

    private void wakeAll() {
        idle.forEach(worker -> worker.news.signal());
        idle.clear();
    }

    /** Starts workers, in parallel, until there is one starting for each waiting task or all are there. */
    private void startMissing(int waiting) {
        if (started >= settings.workers() || shutdown) {
            return;
        }
        long starting = workers.stream()
                .filter(w -> w.state == WorkerState.STARTING || w.state == WorkerState.INITIALISING)
                .count();
        for (long i = starting; i < waiting && started < settings.workers(); i++) {
            started++;
            startWorker();
        }
    }

    private void startWorker() {
        WorkerLink worker = new WorkerLink(this, "worker-" + nextWorker++);
        workers.add(worker);
        worker.begin();
    }

    private void checkTerminated() {
        if (shutdown && workers.isEmpty() && queue.isEmpty()) {
            deadlines.shutdownNow();
            printer.end();
            terminated.countDown();
        }
    }
}
