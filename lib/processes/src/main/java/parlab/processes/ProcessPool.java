package parlab.processes;

import java.io.Serializable;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import parlab.executors.RemoteExecutor;
import parlab.executors.ThrowingFunction;
import parlab.timing.Timeline;

/**
 * An executor whose workers are processes: JVMs of their own, with a heap, a collector and a compiler each.
 *
 * <pre>{@code
 * try (ProcessPool pool = ProcessPool.of(2)) {
 *     Future<Double> one = pool.submit(() -> simulate(7));
 *     List<Double> many = Tasks.map(pool, List.of(1, 2, 3), seed -> simulate(seed));
 * }
 * }</pre>
 *
 * <p>Tasks and results are sent as copies, by Java serialisation; numbers, texts and primitive arrays by a shorter way,
 * and big arrays through files in memory. A task may be a lambda, also one written in a notebook cell: its code is sent
 * along, with the methods, records and classes of other cells that it uses, and with the present values of the
 * notebook's variables and static fields that it reads. Each worker keeps such a value until another one is sent; what a task
 * assigns or changes there stays there. {@link Shared} memory is not copied, and {@link Worker#get} keeps
 * something in each worker.
 *
 * <p>A worker that dies fails the one task that it had ({@link WorkerDiedException}) and is replaced. A task's exception
 * arrives as the cause of an {@link ExecutionException} with the stack that it had in its worker; one that is not
 * serialisable arrives as a {@link RemoteTaskException}. What cannot be sent is refused with an {@link
 * UnsendableException} when it is submitted. What tasks print appears here, line by line, with the worker's name.
 *
 * <p>Results are read by the thread that asks for them, once: code of their classes never runs in the pool's own
 * threads.
 *
 * <p>A thread that is interrupted while it waits for a task of this pool, or closes the pool, cancels all unfinished
 * tasks that it has submitted: {@code Future.get} does that here, beyond its contract, so that interrupting a notebook
 * cell stops its work. A task that does not obey the interrupt loses its worker after a short while. Workers end within
 * moments when this process ends, however it ends; a pool that nobody refers to any more is shut down.
 *
 * <p>Immutable but for its tasks, and thread-safe. A task may not start a pool of its own: it would run on the same
 * cores.
 */
public final class ProcessPool extends AbstractExecutorService implements RemoteExecutor {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicInteger POOLS = new AtomicInteger();
    private static final int MAX_WORKERS = 1024;
    /** Longer than any pool lives, and short enough to be added to a clock. */
    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    /**
     * A task with a result. A lambda written where one is asked for can be sent.
     *
     * @param <T> the result's type
     */
    @FunctionalInterface
    public interface Job<T> extends Callable<T>, Serializable {}

    /** A task without a result. */
    @FunctionalInterface
    public interface Action extends Runnable, Serializable {}

    private final Scheduler scheduler;

    /** The pool that this one is a view of, kept from being given up; null for none. */
    @SuppressWarnings({"unused", "FieldCanBeLocal"})
    private final ProcessPool original;

    /** Where the tasks that come this way are recorded; null for nowhere. */
    private final Recording recording;

    private ProcessPool(Scheduler scheduler) {
        original = null;
        this.scheduler = scheduler;
        recording = null;
        // Neither the scheduler nor its tasks refer to the pool.
        CLEANER.register(this, scheduler::shutdown);
    }

    private ProcessPool(ProcessPool original, Recording recording) {
        this.original = original;
        this.scheduler = original.scheduler;
        this.recording = recording;
    }

    /** Returns a pool of 1 to 1024 workers, which are starting, with the settings that a builder begins with. */
    public static ProcessPool of(int workers) {
        return builder().workers(workers).build();
    }

    /** Returns a builder: as many workers as there are processors, no time-out, no retries. */
    public static Builder builder() {
        return new Builder();
    }

    // ---- tasks

    /**
     * Submits a task: this is the overload that a lambda with a result takes.
     *
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    public <T> Future<T> submit(Job<T> job) {
        return submit((Callable<T>) job);
    }

    /** The same for a lambda without a result. */
    public Future<?> submit(Action action) {
        return submit((Runnable) action);
    }

    /** Executes a lambda as {@link #execute(Runnable)} does. */
    public void execute(Action action) {
        execute((Runnable) action);
    }

    /**
     * Executes a command asynchronously in a worker. What it throws is printed, because nobody has a future to see it
     * in.
     *
     * @throws UnsendableException if it cannot be sent; so is everything that was wrapped around a task here, as a
     *     {@link java.util.concurrent.CompletionService} does: {@link parlab.executors.Tasks#asCompleted} is what works
     *     on processes
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    @Override
    public void execute(Runnable command) {
        if (command instanceof PoolTask<?> task) {
            scheduler.submit(task);
            return;
        }
        Objects.requireNonNull(command, "command");
        AtomicReference<PoolTask<Object>> task = new AtomicReference<>();
        task.set(new PoolTask<>(scheduler, scheduler.requests.call(command, recording, x -> x, () -> {
            String failure = task.get().failureText();
            if (!failure.isEmpty()) {
                scheduler.printer.line(true, "a command given to execute failed " + failure.strip());
            }
        })));
        scheduler.submit(task.get());
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return task(Objects.requireNonNull(callable, "callable"), ProcessPool::cast, () -> {});
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return task(Objects.requireNonNull(runnable, "runnable"), x -> value, () -> {});
    }

    private <T> PoolTask<T> task(Object job, Function<Object, T> convert, Runnable whenDone) {
        return new PoolTask<>(scheduler, scheduler.requests.call(job, recording, convert, whenDone));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // What a task returns is only known to its caller.
    private static <T> T cast(Object value) {
        return (T) value;
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks) throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("after 292 years", e);
        }
    }

    /** The inherited one hides tasks in objects that cannot be sent. */
    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        long begun = System.nanoTime();
        LinkedBlockingQueue<Integer> done = new LinkedBlockingQueue<>();
        List<PoolTask<T>> all = new ArrayList<>();
        try {
            for (Callable<T> one : tasks) {
                int number = all.size();
                all.add(task(one, ProcessPool::cast, () -> done.add(number)));
                scheduler.submit(all.getLast());
            }
            ExecutionException failure = null;
            for (int i = 0; i < all.size(); i++) {
                Integer first = done.poll(unit.toNanos(timeout) - (System.nanoTime() - begun), TimeUnit.NANOSECONDS);
                if (first == null) {
                    throw new TimeoutException("none of " + all.size() + " tasks has succeeded in time");
                }
                try {
                    return all.get(first).get();
                } catch (ExecutionException e) {
                    failure = e;
                }
            }
            if (failure == null) {
                throw new IllegalArgumentException("no task to take the result of");
            }
            throw failure;
        } finally {
            all.forEach(task -> task.cancel(true));
        }
    }

    /** For {@link parlab.executors.Tasks}, which is how one function is applied to many items. */
    @Override
    public <T, R> RemoteFunction<T, R> prepare(ThrowingFunction<? super T, ? extends R> function) {
        scheduler.rejectIfShutdown();
        return new PoolFunction<>(
                this, scheduler, scheduler.requests.serializer.function(Objects.requireNonNull(function)), recording);
    }

    /**
     * Returns a view of this pool that records the tasks which come this way: when each ran in which worker. Closing
     * either closes both.
     *
     * @param timeline where their spans go
     * @param names the label of the n-th task, from 1; several items in one task are labelled by their numbers
     * @return a view of this pool
     */
    @Override
    public ProcessPool recording(Timeline timeline, IntFunction<String> names) {
        return new ProcessPool(this, new Recording(timeline, names));
    }

    // ---- the end

    @Override
    public void shutdown() {
        scheduler.shutdown();
    }

    /**
     * Takes no more tasks, interrupts those under way, and kills workers whose task does not obey.
     *
     * @return the tasks that were not begun; their futures are cancelled
     */
    @Override
    public List<Runnable> shutdownNow() {
        return scheduler.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
        return scheduler.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return scheduler.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return scheduler.awaitTermination(timeout, unit);
    }

    /**
     * Waits until all tasks are done and all workers have ended. If this thread is interrupted, or was while it waited
     * for one of this pool's tasks, the tasks are stopped first.
     */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            scheduler.shutdownNow();
        } else {
            scheduler.shutdown();
        }
        while (!scheduler.isTerminated()) {
            try {
                if (scheduler.awaitTermination(1, TimeUnit.DAYS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
                scheduler.shutdownNow();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what can be seen of it

    /** Returns the workers as they are now, also those that are starting. */
    public List<WorkerInfo> workers() {
        return scheduler.workers();
    }

    /** Returns how many workers have taken another one's place. */
    public int workersReplaced() {
        return scheduler.workersReplaced();
    }

    /**
     * A worker process.
     *
     * @param name its name in the pool
     * @param pid its process id; 0 while it has none
     * @param state starting, initialising, ready, or ending
     * @param calls how many calls it has made, those of a map counted one by one
     * @param busy how long tasks ran in it
     * @param cpu how much processor time it has used, JVM start and compilers included
     * @param residentBytes its memory in RAM, shared pages included; -1 where the system does not say
     * @param sharedBytes the part of it that is shared memory; -1 where the system does not say
     */
    public record WorkerInfo(
            String name,
            long pid,
            String state,
            long calls,
            Duration busy,
            Duration cpu,
            long residentBytes,
            long sharedBytes) {}

    @Override
    public String toString() {
        return "ProcessPool"
                + workers().stream().map(w -> w.name() + " " + w.state()).toList();
    }

    private static long nanos(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be more than 0, got " + duration);
        }
        return duration.compareTo(FOR_EVER) < 0 ? duration.toNanos() : FOR_EVER.toNanos();
    }

    /** How a pool is to be. Not thread-safe; the pool is. */
    public static final class Builder {
        private int workers = Runtime.getRuntime().availableProcessors();
        private List<String> jvmOptions = List.of();
        private long timeoutNanos;
        private long graceNanos = TimeUnit.MILLISECONDS.toNanos(500);
        private Action initializer;
        private int retryLost;
        private long outputLimitBytes = 1 << 20;

        private Builder() {}

        /** Sets how many workers there are, from 1 to 1024; by default as many as there are processors. */
        public Builder workers(int count) {
            if (count < 1 || count > MAX_WORKERS) {
                throw new IllegalArgumentException("workers must be from 1 to " + MAX_WORKERS + ", got " + count);
            }
            workers = count;
            return this;
        }

        /**
         * Sets options of the workers' JVMs, such as {@code "-Xmx2g"}. Before them stand the serial collector, a heap of
         * this worker's part of 60 % of the memory, and those options of this JVM that change what code means: modules,
         * assertions, native access, system properties. Only {@code "--add-modules=jdk.incubator.vector"}, which delays
         * a worker's start, must be given here where tasks use the Vector API.
         */
        public Builder jvmOptions(String... options) {
            jvmOptions = List.of(options);
            return this;
        }

        /**
         * Limits how long a call, and the initializer, may run, counted from when a worker begins it; for several items in one task, times the
         * items. Then the task fails with a {@link TimeoutException} and is interrupted.
         */
        public Builder timeout(Duration limit) {
            timeoutNanos = nanos(limit, "timeout");
            return this;
        }

        /** Sets how long a task that is interrupted may take to end before its worker is killed. For tests. */
        Builder grace(Duration limit) {
            graceNanos = nanos(limit, "grace");
            return this;
        }

        /**
         * Runs something in every worker before its first task. If it fails, so does the pool with all its tasks.
         */
        public Builder initializer(Action action) {
            initializer = Objects.requireNonNull(action, "action");
            return this;
        }

        /** Runs a task again whose worker died, so many times at most: for tasks that may be run twice. */
        public Builder retryLost(int times) {
            if (times < 1) {
                throw new IllegalArgumentException("times must be 1 or more, got " + times);
            }
            retryLost = times;
            return this;
        }

        /** Sets how much of a task's output is shown; the rest is counted and thrown away. For tests. */
        Builder outputLimit(long bytes) {
            outputLimitBytes = bytes;
            return this;
        }

        /**
         * Makes the pool; its workers start, in parallel, while this returns.
         *
         * @return a pool, to be closed
         * @throws IllegalStateException in a worker of another pool
         * @throws IllegalArgumentException if so many workers would have too little memory each
         * @throws UnsendableException if the initializer cannot be sent
         */
        public ProcessPool build() {
            if (Worker.isWorker()) {
                throw new IllegalStateException(
                        "a task in " + Worker.name() + " tried to start a process pool: each of its workers could start"
                                + " workers again, and all would share the same cores. Start pools in the notebook, and"
                                + " submit to them from there.");
            }
            PoolSettings settings = new PoolSettings(
                    "parlab-pool-" + POOLS.incrementAndGet(),
                    workers,
                    jvmOptions,
                    timeoutNanos,
                    graceNanos,
                    retryLost,
                    outputLimitBytes);
            return new ProcessPool(new Scheduler(settings, initializer));
        }
    }
}
