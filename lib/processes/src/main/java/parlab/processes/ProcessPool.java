package parlab.processes;

import dev.failsafe.RetryPolicy;
import dev.failsafe.RetryPolicyConfig;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import parlab.executors.RemoteExecutor;
import parlab.executors.TaskFailedException;
import parlab.executors.Tasks;
import parlab.executors.ThrowingFunction;
import parlab.timing.Timeline;

/**
 * An executor whose workers are processes: JVMs of their own, with a heap, a collector and a compiler each.
 *
 * <pre>{@code
 * try (ProcessPool pool = ProcessPool.of(2)) {
 *     Future<Double> one = pool.submit(() -> simulate(7));
 *     for (double x : pool.map(List.of(1, 2, 3), seed -> simulate(seed))) {
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>Tasks and results are sent as copies, by Java serialisation; numbers, texts and primitive arrays by a shorter way, and
 * big arrays through shared memory. A task may be a lambda, also one written in a notebook cell: its code is sent along, with the
 * methods, records and classes of other cells that it uses, and with the present values of the notebook's
 * variables that it reads. Each worker keeps such a value until another one is sent; what a task
 * assigns or changes there stays there. {@link Shared} memory is not copied, and {@link Worker#get} keeps
 * something in each worker.
 *
 * <p>A worker that dies fails the one task that it had begun ({@link WorkerDiedException}) and is replaced; what it had not begun is
 * given to others. A task's exception arrives as the cause of an {@link java.util.concurrent.ExecutionException} with the stack that it
 * had in its worker; one that is not serialisable arrives as a {@link RemoteTaskException}. What cannot be sent is refused
 * with an {@link UnsendableException} when it is submitted. What tasks print appears here, line by line, with the
 * worker's name.
 *
 * <p>A thread that is interrupted while it waits for a task of this pool, or closes the pool, cancels all unfinished
 * tasks that it has submitted: {@code Future.get} does that here, beyond its contract, so that interrupting a notebook cell stops
 * its work. A task that does not obey the interrupt loses its worker after a short while. Workers end within moments when
 * this process ends, however it ends; a pool that nobody refers to any more is shut down.
 *
 * <p>Immutable but for its tasks, and thread-safe. A task may not start a pool of its own: it would run on the same
 * cores.
 */
public final class ProcessPool extends AbstractExecutorService implements RemoteExecutor {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicInteger POOLS = new AtomicInteger();
    private static final int MAX_WORKERS = 1024;
    private static final int DEFAULT_LOOK_AHEAD = 128;
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

    private final Engine engine;

    /** The pool that this one is a view of, kept from being given up; null for none. */
    @SuppressWarnings({"unused", "FieldCanBeLocal"})
    private final ProcessPool original;

    /** Where the tasks that come this way are recorded; null for nowhere. */
    private final Recording recording;

    /**
     * The task that a thread has made and not yet submitted. A completion service hides it in an object that cannot be
     * sent, but makes it here in the moment before.
     */
    @SuppressWarnings("ThreadLocalUsage") // Each pool's own: a service of one pool must not submit to another.
    private final ThreadLocal<PoolTask<?>> made = new ThreadLocal<>();

    private ProcessPool(Settings settings) {
        original = null;
        engine = new Engine(settings);
        recording = null;
        CLEANER.register(this, engine::shutdown);
    }

    private ProcessPool(ProcessPool original, Recording recording) {
        this.original = original;
        this.engine = original.engine;
        this.recording = recording;
    }

    /**
     * A pool of so many workers, everything else as {@link #builder} has it.
     *
     * @param workers how many, from 1 to 1024
     * @return a pool whose workers are starting
     */
    public static ProcessPool of(int workers) {
        return builder().workers(workers).build();
    }

    /**
     * For a pool with other properties.
     *
     * @return a builder with as many workers as there are processors, no time-outs, and no retries
     */
    public static Builder builder() {
        return new Builder();
    }

    // ---- tasks

    /**
     * Submits a task: this is the overload that a lambda with a result takes.
     *
     * @param job the task
     * @param <T> the result's type
     * @return its future
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    public <T> Future<T> submit(Job<T> job) {
        return submit((Callable<T>) job);
    }

    /**
     * Submits a task: this is the overload that a lambda without a result takes.
     *
     * @param action the task
     * @return its future
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    public Future<?> submit(Action action) {
        return submit((Runnable) action);
    }

    /**
     * Submits a task that may run only so long.
     *
     * @param job the task
     * @param timeout more than 0; counted from when a worker begins it
     * @param <T> the result's type
     * @return its future, which fails with a {@link java.util.concurrent.TimeoutException} as cause; the task is interrupted then, and
     *     its worker killed if that does not help
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    public <T> Future<T> submit(Job<T> job, Duration timeout) {
        PoolTask<T> task = engine.task(
                Objects.requireNonNull(job, "job"), nanos(timeout, "timeout"), recording, ProcessPool::cast);
        engine.submit(task);
        return task;
    }

    /**
     * Runs an action some time: this is the overload that a lambda takes.
     *
     * @param action the task
     */
    public void execute(Action action) {
        execute((Runnable) action);
    }

    /**
     * Runs a command some time in a worker. A command of a {@link java.util.concurrent.CompletionService} over this pool is
     * understood. What a command throws is printed, because nobody has a future to see it in.
     *
     * @param command the task
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        PoolTask<?> last = made.get();
        made.remove();
        if (command instanceof PoolTask<?> task) {
            engine.submit(task);
        } else if (!command.getClass()
                .getName()
                .equals("java.util.concurrent.ExecutorCompletionService$QueueingFuture")) {
            engine.submitUnwatched(engine.task(command, -1, recording, x -> null));
        } else if (last != null && !last.isDone()) {
            // Run when its task is done, it tells the service's queue.
            last.whenDone(done -> command.run());
            engine.submit(last);
        } else {
            throw new UnsendableException(
                    "a CompletionService must be made with the pool itself, not with another executor in front of it:"
                            + " its task cannot be sent to a worker process",
                    null);
        }
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return made(engine.task(Objects.requireNonNull(callable, "callable"), -1, recording, ProcessPool::cast));
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return made(engine.task(Objects.requireNonNull(runnable, "runnable"), -1, recording, x -> value));
    }

    private <T> PoolTask<T> made(PoolTask<T> task) {
        made.set(task);
        return task;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // What a task returns is only known to its caller.
    private static <T> T cast(Object value) {
        return (T) value;
    }

    /**
     * Submits a task whose end this pool tells of.
     *
     * @param task the task
     * @param whenDone told once, in this pool's own thread or in the one that cancels: must be quick
     * @param <V> the result's type
     * @return its future
     * @throws UnsendableException if it cannot be sent
     * @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks
     */
    @Override
    public <V> Future<V> submitNotifying(Callable<V> task, Consumer<? super Future<V>> whenDone) {
        Objects.requireNonNull(whenDone, "whenDone");
        PoolTask<V> made = engine.task(Objects.requireNonNull(task, "task"), -1, recording, ProcessPool::cast);
        made.whenDone(whenDone);
        engine.submit(made);
        return made;
    }

    /**
     * This pool, recording the tasks that come this way: when each ran in which worker. Closing either closes both.
     *
     * @param timeline where their spans go
     * @param names the label of the n-th task, from 1; a chunk of several items is labelled by their numbers
     * @return a view of this pool
     */
    @Override
    public ProcessPool recording(Timeline timeline, IntFunction<String> names) {
        return new ProcessPool(this, new Recording(timeline, names));
    }

    // ---- functions over many items

    /**
     * Applies a function to every item; the results come in the items' order. Items are read a bounded way ahead of the
     * results that were taken, so that the input may be endless.
     *
     * @param items the input, read in the thread that takes the results
     * @param function what to do
     * @param <T> the items' type
     * @param <R> the results' type
     * @return the results; the work has begun
     * @throws UnsendableException if the function cannot be sent; an item that cannot fails by itself
     */
    public <T, R> Results<R> map(Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> function) {
        return map(items, function, 1);
    }

    /**
     * As {@link #map(Iterable, ThrowingFunction)}, with several items a message: for functions that take less than about 100 µs. An
     * item that fails does not touch its neighbours; a worker's death and a time-out do.
     *
     * @param items the input, read in the thread that takes the results
     * @param function what to do
     * @param chunkSize items a message, 1 or more
     * @param <T> the items' type
     * @param <R> the results' type
     * @return the results; the work has begun
     * @throws UnsendableException if the function cannot be sent; an item that cannot fails by itself
     */
    public <T, R> Results<R> map(
            Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> function, int chunkSize) {
        return new Results<>(this, run(items.iterator(), function, chunkSize, true), ProcessPool::resultOf);
    }

    /**
     * As {@link #map(Iterable, ThrowingFunction)}, for a stream, which may be endless.
     *
     * @param items the input, read in the thread that takes the results
     * @param function what to do
     * @param <T> the items' type
     * @param <R> the results' type
     * @return the results; the work has begun
     */
    public <T, R> Results<R> map(Stream<? extends T> items, ThrowingFunction<? super T, ? extends R> function) {
        return new Results<>(this, run(items.iterator(), function, 1, true), ProcessPool::resultOf);
    }

    /**
     * Applies a function to every item; the results come as they are ready, each with its item. A failure is a result too:
     * {@link Tasks.Completed#failure}.
     *
     * @param items the input, read in the thread that takes the results
     * @param function what to do
     * @param <T> the items' type
     * @param <R> the results' type
     * @return the results; the work has begun
     */
    public <T, R> Results<Tasks.Completed<T, R>> asCompleted(
            Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> function) {
        return asCompleted(items, function, 1);
    }

    /**
     * As {@link #asCompleted(Iterable, ThrowingFunction)}, with several items a message.
     *
     * @param items the input, read in the thread that takes the results
     * @param function what to do
     * @param chunkSize items a message, 1 or more
     * @param <T> the items' type
     * @param <R> the results' type
     * @return the results; the work has begun
     */
    public <T, R> Results<Tasks.Completed<T, R>> asCompleted(
            Iterable<? extends T> items, ThrowingFunction<? super T, ? extends R> function, int chunkSize) {
        MapRun<T> run = run(items.iterator(), function, chunkSize, false);
        return new Results<>(this, run, ProcessPool::completed);
    }

    private <T> MapRun<T> run(
            Iterator<? extends T> items, ThrowingFunction<?, ?> function, int chunkSize, boolean ordered) {
        Objects.requireNonNull(function, "function");
        if (chunkSize < 1) {
            throw new IllegalArgumentException("chunkSize must be 1 or more, got " + chunkSize);
        }
        return new MapRun<>(engine, items, function, chunkSize, ordered, recording);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // The results' type is only known to the caller.
    private static <R> R resultOf(MapRun.Taken<?> taken) {
        if (taken.failure() != null) {
            throw new TaskFailedException(taken.index(), taken.item(), MapRun.where(taken), MapRun.cause(taken));
        }
        return (R) taken.value();
    }

    @SuppressWarnings("unchecked")
    private static <T, R> Tasks.Completed<T, R> completed(MapRun.Taken<?> taken) {
        return new Tasks.Completed<>(
                taken.index(),
                (T) taken.item(),
                (R) taken.value(),
                taken.failure() == null ? null : MapRun.cause(taken));
    }

    /**
     * Results that can be taken once, one by one, while the rest is computed. Not thread-safe.
     *
     * <p>The iterator throws a {@link TaskFailedException} in the place of a result whose task failed, and can go on after it; it throws
     * a {@link java.util.concurrent.CancellationException} when its thread is interrupted, which cancels the rest. What the input throws
     * comes after the results of the items before it, and ends the results.
     *
     * @param <R> the results' type
     */
    public static final class Results<R> implements Iterable<R>, AutoCloseable {
        /** Kept from being given up while its results are taken. */
        private final ProcessPool pool;

        private final MapRun<?> run;
        private final Function<MapRun.Taken<?>, R> take;
        private boolean begun;

        private Results(ProcessPool pool, MapRun<?> run, Function<MapRun.Taken<?>, R> take) {
            this.pool = pool;
            this.run = run;
            this.take = take;
        }

        /**
         * The results, each as soon as it is there.
         *
         * @return the one iterator that there is
         * @throws IllegalStateException at the second call
         */
        @Override
        public Iterator<R> iterator() {
            if (begun) {
                throw new IllegalStateException("these results can be taken only once: keep them with toList()");
            }
            begun = true;
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return run.hasNext();
                }

                @Override
                public R next() {
                    try {
                        return take.apply(run.next());
                    } finally {
                        Reference.reachabilityFence(pool);
                    }
                }
            };
        }

        /**
         * All results; of an endless input there is no end.
         *
         * @return a new list
         * @throws TaskFailedException the first failure; the rest is cancelled
         */
        public List<R> toList() {
            List<R> all = new ArrayList<>();
            try {
                iterator().forEachRemaining(all::add);
            } finally {
                close();
            }
            return all;
        }

        /**
         * The results as a stream; closing it cancels what was not taken.
         *
         * @return a sequential stream
         */
        public Stream<R> stream() {
            return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED), false)
                    .onClose(this::close);
        }

        /** Cancels what is under way and reads no more input. */
        @Override
        public void close() {
            run.close();
        }
    }

    // ---- the end

    @Override
    public void shutdown() {
        engine.shutdown();
    }

    /**
     * Takes no more tasks, interrupts those under way, and kills workers whose task does not obey.
     *
     * @return the tasks that were not begun; their futures are cancelled
     */
    @Override
    public List<Runnable> shutdownNow() {
        return engine.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
        return engine.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return engine.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return engine.awaitTermination(timeout, unit);
    }

    /**
     * Waits until all tasks are done and all workers have ended. If this thread is interrupted, or was while it waited for one of
     * this pool's tasks, the tasks are stopped first.
     */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            engine.shutdownNow();
        } else {
            engine.shutdown();
        }
        while (!engine.isTerminated()) {
            try {
                if (engine.awaitTermination(1, TimeUnit.DAYS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
                engine.shutdownNow();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what can be seen of it

    /**
     * The workers as they are now.
     *
     * @return one entry a worker, also for those that are starting
     */
    public List<WorkerInfo> workers() {
        return engine.snapshot().stream().map(ProcessPool::info).toList();
    }

    /**
     * How many workers have taken another one's place, because it died or had done its number of tasks.
     *
     * @return 0 or more
     */
    public int workersReplaced() {
        return engine.workersReplaced();
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

    private static WorkerInfo info(Engine.Snapshot worker) {
        Duration cpu = worker.pid() == 0
                ? Duration.ZERO
                : ProcessHandle.of(worker.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO);
        return new WorkerInfo(
                worker.name(),
                worker.pid(),
                worker.state().toLowerCase(java.util.Locale.ROOT),
                worker.items(),
                Duration.ofNanos(worker.busyNanos()),
                cpu,
                statusBytes(worker.pid(), "VmRSS:"),
                statusBytes(worker.pid(), "RssShmem:"));
    }

    private static long statusBytes(long pid, String field) {
        Path status = Path.of("/proc/" + pid + "/status");
        if (pid == 0 || !Files.isReadable(status)) {
            return -1;
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith(field)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // It has ended between two looks.
            return -1;
        }
        return -1;
    }

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
        private int maxTasksPerWorker;
        private long timeoutNanos;
        private long graceNanos = TimeUnit.MILLISECONDS.toNanos(500);
        private Action initializer;
        private RetryPolicyConfig<Object> retry;
        private long outputLimitBytes = 1 << 20;
        private final Set<String> admitted = new TreeSet<>();
        private int lookAhead;

        private Builder() {}

        /**
         * How many workers there are.
         *
         * @param count from 1 to 1024; by default as many as there are processors
         * @return this
         */
        public Builder workers(int count) {
            if (count < 1 || count > MAX_WORKERS) {
                throw new IllegalArgumentException("workers must be from 1 to " + MAX_WORKERS + ", got " + count);
            }
            workers = count;
            return this;
        }

        /**
         * Options of the workers' JVMs, such as {@code "-Xmx2g"}. Before them stand the serial collector, a heap of at most 60 % of
         * the memory for all workers together, and those options of this JVM that change what code means: modules,
         * assertions, native access, system properties.
         *
         * @param options one option each
         * @return this
         */
        public Builder jvmOptions(String... options) {
            jvmOptions = List.of(options);
            return this;
        }

        /**
         * Replaces a worker by a fresh one after so many tasks, for code that leaks. A chunk of a map is one task.
         *
         * @param count 1 or more; by default workers are not replaced
         * @return this
         */
        public Builder maxTasksPerWorker(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("maxTasksPerWorker must be 1 or more, got " + count);
            }
            maxTasksPerWorker = count;
            return this;
        }

        /**
         * How long a task may run, counted from when a worker begins it; for a chunk of a map, times its items. Then the task
         * fails with a {@link java.util.concurrent.TimeoutException} and is interrupted.
         *
         * @param limit more than 0; by default there is none
         * @return this
         */
        public Builder timeout(Duration limit) {
            timeoutNanos = nanos(limit, "timeout");
            return this;
        }

        /**
         * How long a task that is interrupted, by cancellation or its time-out, may take to end before its worker is killed.
         *
         * @param limit more than 0; by default half a second
         * @return this
         */
        public Builder grace(Duration limit) {
            graceNanos = nanos(limit, "grace");
            return this;
        }

        /**
         * Runs something in every worker before its first task. If it fails, so does the pool with all its tasks.
         *
         * @param action what to run
         * @return this
         */
        public Builder initializer(Action action) {
            initializer = Objects.requireNonNull(action, "action");
            return this;
        }

        /**
         * Runs a task again whose worker died: for tasks that may be run twice.
         *
         * @param times how often at most, 1 or more
         * @return this
         */
        public Builder retryLost(int times) {
            if (times < 1) {
                throw new IllegalArgumentException("times must be 1 or more, got " + times);
            }
            return retry(RetryPolicy.builder()
                    .handle(WorkerDiedException.class)
                    .withMaxRetries(times)
                    .build());
        }

        /**
         * Runs failed tasks again as a policy says: which failures, how often, after what delay. Of the policy, the conditions, the numbers,
         * the durations, delays, backoff and jitter count; its listeners and delay functions are not called. A failure is what the task threw, a
         * {@link WorkerDiedException}, or a {@link java.util.concurrent.TimeoutException}. A chunk of a map is run again as a whole.
         *
         * @param policy the policy; by default nothing is run again
         * @return this
         */
        @SuppressWarnings("unchecked")
        public Builder retry(RetryPolicy<?> policy) {
            retry = (RetryPolicyConfig<Object>) policy.getConfig();
            return this;
        }

        /**
         * How much of a task's output is shown; the rest is counted and thrown away.
         *
         * @param bytes 0 or more; by default a megabyte a task
         * @return this
         */
        public Builder outputLimit(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("outputLimit must be 0 or more, got " + bytes);
            }
            outputLimitBytes = bytes;
            return this;
        }

        /**
         * Admits more classes of the JDK in results. Classes of the class path and of the notebook are always admitted, and so are
         * the JDK's that hold plain data.
         *
         * @param types the classes
         * @return this
         */
        public Builder admitResults(Class<?>... types) {
            for (Class<?> type : types) {
                admitted.add(type.getName());
            }
            return this;
        }

        /**
         * How many chunks {@link ProcessPool#map} and {@link ProcessPool#asCompleted} read ahead of the results that were taken.
         *
         * @param chunks 1 or more; by default 128 a worker
         * @return this
         */
        public Builder lookAhead(int chunks) {
            if (chunks < 1) {
                throw new IllegalArgumentException("lookAhead must be 1 or more, got " + chunks);
            }
            lookAhead = chunks;
            return this;
        }

        /**
         * Makes the pool; its workers start, in parallel, while this returns.
         *
         * @return a pool, to be closed
         * @throws IllegalStateException in a worker of another pool
         * @throws UnsendableException if the initializer cannot be sent
         */
        public ProcessPool build() {
            if (Singletons.ofThisProcess().isWorker()) {
                throw new IllegalStateException(
                        "a task in " + Worker.name() + " tried to start a process pool: each of its workers could"
                                + " start workers again, and all would share the same cores. Start pools in the notebook, and submit to them from there.");
            }
            int ahead = lookAhead == 0 ? DEFAULT_LOOK_AHEAD * workers : lookAhead;
            return new ProcessPool(new Settings(
                    "parlab-pool-" + POOLS.incrementAndGet(),
                    workers,
                    jvmOptions,
                    maxTasksPerWorker,
                    timeoutNanos,
                    graceNanos,
                    initializer,
                    retry,
                    outputLimitBytes,
                    Set.copyOf(admitted),
                    ahead));
        }
    }
}
