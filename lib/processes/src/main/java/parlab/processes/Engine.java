package parlab.processes;

import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.PrintWriter;
import java.io.StreamCorruptedException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import parlab.processes.PoolTask.Outcome;
import parlab.processes.WorkerHandle.Sent;
import parlab.processes.WorkerHandle.State;

/**
 * The machinery of a process pool: who does what, what came back, who has died.
 *
 * <p>One thread reads all connections and keeps all deadlines. Tasks are written by the thread that submits them, as
 * far as the connection takes them, so that a short task does not change threads on its way out. All scheduling is
 * guarded by one lock that is never held while something blocks.
 */
public final class Engine {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long EOF_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long STREAMS_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long STEAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long ACCEPT_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A deadline that is never reached. */
    private static final long NEVER = Long.MAX_VALUE - 1;

    private static final long LONGEST_TIMEOUT_NANOS = TimeUnit.DAYS.toNanos(36_500);
    /** A worker with so much on its way gets the next task later, so that big messages do not pile up here. */
    private static final int MAX_UNSENT_BYTES = 8 << 20;

    private static final int MAX_STARTS_FAILED = 3;
    private static final int MAX_STARTS_KILLED = 200;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;
    private static final int MAX_SOCKET_PATH = 100;
    private static final String FOLDER_PREFIX = "parlab-pool-";

    /** Someone who has connected and not said who they are, or a worker's connection for classes. */
    private static final class Guest {
        private final SocketChannel channel;
        private final FrameReader frames = new FrameReader(Wire.MAX_QUESTION_BYTES);
        private boolean classes;
        private final Bytes reply = new Bytes(8192);
        private ByteBuffer unsent = ByteBuffer.allocate(0);

        Guest(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private record Delayed(long at, PoolTask<?> task) {}

    private final Settings settings;
    private final WorkerCommand command;
    private final Path folder;
    private final Path socket;
    private final String owner;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final Blocks blocks = new Blocks();
    private final Shipper shipper;
    private final Thread ioThread;
    private final OutputPump output;
    private final SecureRandom random = new SecureRandom();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
    private final Map<Long, WeakReference<AutoCloseable>> shared = new ConcurrentHashMap<>();
    private final CountDownLatch terminated = new CountDownLatch(1);

    private final ReentrantLock lock = new ReentrantLock();
    // All of the following are guarded by the lock.
    private final List<WorkerHandle> workers = new ArrayList<>();
    private final Deque<PoolTask<?>> queue = new ArrayDeque<>();
    private final PriorityQueue<Delayed> delayed = new PriorityQueue<>(Comparator.comparingLong(Delayed::at));
    private PoolTask<?> initializer;
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

    private volatile boolean stopped;
    /** When connections are accepted again after this process had no file descriptor left; 0 for now. */
    private long acceptAgainAt;

    /**
     * Starts a pool: its workers begin to start, in parallel, and this returns.
     *
     * @param settings what it is like
     */
    public Engine(Settings settings) {
        this.settings = settings;
        this.command = new WorkerCommand(settings.workers(), settings.jvmOptions());
        this.output = new OutputPump(settings.name() + "-output");
        this.shipper = new Shipper(blocks, command.path, text -> output.line(true, text), this::sharedSeen);
        Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
        Leftovers.delete(tmp, FOLDER_PREFIX);
        SharedFile.sweep();
        try {
            folder = makeFolder(tmp);
            socket = folder.resolve("s");
            owner = Files.getOwner(folder).getName();
            selector = Selector.open();
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket), settings.workers() * 4 + 16);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            throw new UncheckedIOException("a process pool needs a private folder for its socket in " + tmp, e);
        }
        if (settings.initializer() != null) {
            initializer = new PoolTask<>(
                    this, shipper.call(settings.initializer()), null, "initializer", 1, 0, false, Function.identity());
        }
        ioThread = Thread.ofPlatform().daemon().name(settings.name() + "-io").unstarted(this::run);
        ioThread.start();
        lock.lock();
        try {
            // The others follow when there is work for them, or when this one is there.
            started = 1;
            startWorker();
        } finally {
            lock.unlock();
        }
    }

    private static Path makeFolder(Path tmp) throws IOException {
        var onlyMe = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        String prefix = FOLDER_PREFIX + ProcessHandle.current().pid() + "-";
        Path made = Files.createTempDirectory(tmp, prefix, onlyMe);
        if (made.toString().length() <= MAX_SOCKET_PATH) {
            return made;
        }
        // The path of a Unix domain socket is short by definition.
        Files.delete(made);
        return Files.createTempDirectory(Path.of("/tmp"), prefix, onlyMe);
    }

    // ---- for the pool and its tasks, in any thread

    OutputPump output() {
        return output;
    }

    /** What tasks have printed stands above what their caller prints next. The pool's own thread never waits for that. */
    void outputComesFirst() {
        if (Thread.currentThread() != ioThread) {
            output.drain();
        }
    }

    /**
     * A task of one call.
     *
     * @param job a Callable or Runnable
     * @param timeoutNanos how long it may run; 0 for ever; -1 for the pool's own
     * @param recording where its run is recorded; null for nowhere
     * @param convert makes the future's result of the call's
     * @param <T> the result's type
     * @return the task, not yet submitted
     */
    public <T> PoolTask<T> task(Object job, long timeoutNanos, Recording recording, Function<Object, T> convert) {
        return new PoolTask<>(
                this,
                shipper.call(job),
                recording,
                recording == null ? "" : recording.nextLabel(),
                1,
                timeoutNanos < 0 ? settings.timeoutNanos() : timeoutNanos,
                false,
                outcomes -> convert.apply(((Outcome[]) outcomes)[0].value()));
    }

    Shipper.Function function(Object function) {
        return shipper.function(function);
    }

    PoolTask<Outcome[]> chunk(Shipper.Function function, List<?> items, int firstIndex, Recording recording) {
        String label = "";
        if (recording != null) {
            label = items.size() == 1
                    ? recording.nextLabel()
                    : "items " + firstIndex + "-" + (firstIndex + items.size() - 1);
        }
        return new PoolTask<>(
                this,
                shipper.chunk(function, items, firstIndex),
                recording,
                label,
                items.size(),
                Math.min(settings.timeoutNanos(), LONGEST_TIMEOUT_NANOS / items.size()) * items.size(),
                true,
                outcomes -> (Outcome[]) outcomes);
    }

    PoolTask<Outcome[]> failed(Throwable failure, int items) {
        PoolTask<Outcome[]> task =
                new PoolTask<>(this, null, null, "", items, 0, true, outcomes -> (Outcome[]) outcomes);
        task.fail(failure);
        return task;
    }

    int lookAhead() {
        return settings.lookAhead();
    }

    int workerCount() {
        return settings.workers();
    }

    /**
     * Takes a task on.
     *
     * @param task a new one
     * @throws RejectedExecutionException if the pool was shut down or its workers cannot start
     */
    public void submit(PoolTask<?> task) {
        Set<WorkerHandle> touched = new HashSet<>();
        lock.lock();
        try {
            if (broken != null) {
                release(task);
                throw new RejectedExecutionException("this process pool is broken: " + broken.getMessage(), broken);
            }
            if (shutdown) {
                release(task);
                throw new RejectedExecutionException("this process pool was shut down");
            }
            queue.add(task);
            task.waiting = true;
            dispatch(touched);
            startMissing(queue.size());
        } finally {
            lock.unlock();
        }
        flush(touched);
    }

    /**
     * Takes a task on whose future nobody has, so that its failure is printed.
     *
     * @param task a new one
     * @throws RejectedExecutionException if the pool was shut down or its workers cannot start
     */
    public void submitUnwatched(PoolTask<?> task) {
        task.whenDone(done -> {
            Throwable failure = done.failure();
            if (failure != null) {
                StringWriter stack = new StringWriter();
                (failure instanceof Remote remote ? remote.getCause() : failure)
                        .printStackTrace(new PrintWriter(stack));
                String where = failure instanceof Remote remote ? " in " + remote.worker : "";
                output.line(
                        true,
                        "a command given to execute failed" + where + ": "
                                + stack.toString().strip());
            }
        });
        submit(task);
    }

    /** Cancels as {@link java.util.concurrent.Future#cancel} says, and stops the task's work if it may. */
    boolean cancel(PoolTask<?> task, boolean mayInterrupt) {
        if (!task.markCancelled()) {
            return false;
        }
        lock.lock();
        try {
            stopWork(task, mayInterrupt);
            if (queue.isEmpty()) {
                checkEnd();
            }
        } finally {
            lock.unlock();
        }
        selector.wakeup();
        return true;
    }

    private void stopWork(PoolTask<?> task, boolean mayInterrupt) {
        if (task.waiting) {
            task.waiting = false;
            // Linear, but tasks are rarely cancelled one by one, and cancelled first ones are found first.
            queue.remove(task);
            release(task);
            return;
        }
        WorkerHandle worker = task.worker;
        if (worker == null) {
            // It waits for its next attempt, or was never submitted.
            delayed.removeIf(later -> later.task == task);
            release(task);
            return;
        }
        for (Sent sent : worker.outstanding) {
            if (sent.task == task) {
                if (sent == worker.head() && mayInterrupt) {
                    interrupt(worker, sent, "its task was cancelled and did not stop");
                } else {
                    recall(worker, sent, mayInterrupt ? "its task was cancelled and did not stop" : "");
                }
            }
        }
    }

    /**
     * Asks for a task back that the worker has not begun, as far as is known here.
     *
     * @param stopReason why it is interrupted if it turns out that the worker has begun it; empty if it goes on then
     */
    private static void recall(WorkerHandle worker, Sent sent, String stopReason) {
        if (!stopReason.isEmpty()) {
            sent.stopReason = stopReason;
        }
        if (!sent.recalled) {
            sent.recalled = true;
            worker.control(Wire.CONTROL_RECALL, sent.number);
        }
    }

    /** The worker's first outstanding task is another one than before. */
    private void headChanged(WorkerHandle worker) {
        worker.headSince = System.nanoTime();
        if (worker.state != State.READY) {
            return;
        }
        worker.killAt = Long.MAX_VALUE;
        worker.killReason = "";
        Sent head = worker.head();
        if (head != null && !head.stopReason.isEmpty()) {
            // It was to be stopped before it was begun, but the worker may have begun it in the same moment.
            interrupt(worker, head, head.stopReason);
        }
    }

    private void interrupt(WorkerHandle worker, Sent head, String reason) {
        worker.control(Wire.CONTROL_INTERRUPT, head.number);
        worker.killAt = Math.min(worker.killAt, System.nanoTime() + settings.graceNanos());
        worker.killReason = reason + " within " + TimeUnit.NANOSECONDS.toMillis(settings.graceNanos()) + " ms";
    }

    /** Cancels everything that a thread has asked for: it was interrupted, and waits no more. */
    void giveUp(Thread submitter) {
        List<PoolTask<?>> all = new ArrayList<>();
        lock.lock();
        try {
            Iterator<PoolTask<?>> waiting = queue.iterator();
            while (waiting.hasNext()) {
                PoolTask<?> task = waiting.next();
                if (task.submitter == submitter) {
                    waiting.remove();
                    task.waiting = false;
                    release(task);
                    all.add(task);
                }
            }
            for (WorkerHandle worker : workers) {
                for (Sent sent : worker.outstanding) {
                    if (sent.task.submitter == submitter && sent.task != initializer) {
                        all.add(sent.task);
                    }
                }
            }
            for (Delayed later : delayed) {
                if (later.task.submitter == submitter) {
                    all.add(later.task);
                }
            }
        } finally {
            lock.unlock();
        }
        for (PoolTask<?> task : all) {
            cancel(task, true);
        }
    }

    /** No more tasks; those that were taken on are done. */
    public void shutdown() {
        lock.lock();
        try {
            shutdown = true;
            checkEnd();
        } finally {
            lock.unlock();
        }
        selector.wakeup();
    }

    /**
     * No more tasks, and those under way are stopped.
     *
     * @return those that were not begun; their futures are cancelled
     */
    public List<Runnable> shutdownNow() {
        List<Runnable> notBegun = new ArrayList<>();
        List<PoolTask<?>> cancelled = new ArrayList<>();
        lock.lock();
        try {
            shutdown = true;
            stopping = true;
            for (PoolTask<?> task : queue) {
                task.waiting = false;
                cancelled.add(task);
                release(task);
            }
            queue.clear();
            for (Delayed later : delayed) {
                cancelled.add(later.task);
                release(later.task);
            }
            delayed.clear();
            for (WorkerHandle worker : workers) {
                Sent head = worker.head();
                for (Sent sent : worker.outstanding) {
                    if (sent == head && worker.state != State.INITIALISING) {
                        interrupt(worker, head, "the pool was shut down and its task did not stop");
                    } else if (sent != head) {
                        recall(worker, sent, "the pool was shut down and its task did not stop");
                        cancelled.add(sent.task);
                    }
                }
            }
            checkEnd();
        } finally {
            lock.unlock();
        }
        for (PoolTask<?> task : cancelled) {
            if (task.markCancelled()) {
                notBegun.add(task);
            }
        }
        selector.wakeup();
        return notBegun;
    }

    /**
     * Whether the pool takes no more tasks.
     *
     * @return true after a shutdown, and when its workers cannot start
     */
    public boolean isShutdown() {
        lock.lock();
        try {
            return shutdown;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether everything has ended, workers included.
     *
     * @return true when nothing of the pool is left
     */
    public boolean isTerminated() {
        return terminated.getCount() == 0;
    }

    /**
     * Waits for the end.
     *
     * @param timeout how long
     * @param unit its unit
     * @return whether it came
     * @throws InterruptedException if this thread is interrupted; its tasks are then cancelled
     */
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            boolean ended = terminated.await(timeout, unit);
            output.drain();
            return ended;
        } catch (InterruptedException e) {
            giveUp(Thread.currentThread());
            throw e;
        }
    }

    /** What a worker looks like from outside. */
    public record Snapshot(String name, long pid, String state, long items, long busyNanos) {}

    /**
     * The workers that there are now.
     *
     * @return one entry each
     */
    public List<Snapshot> snapshot() {
        lock.lock();
        try {
            return workers.stream()
                    .map(w -> new Snapshot(w.name, w.pid, w.state.toString(), w.itemsDone, w.busyNanos))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many workers have taken a dead or retired one's place.
     *
     * @return 0 or more
     */
    public int workersReplaced() {
        lock.lock();
        try {
            return workersReplaced;
        } finally {
            lock.unlock();
        }
    }

    /** A failure as the caller of {@code get} sees it: a new exception each time, with the caller's stack. */
    ExecutionException report(Throwable failure) {
        if (failure instanceof Remote remote) {
            Throwable cause = remote.getCause();
            String worker = remote.worker;
            return new ExecutionException("in " + worker + ": " + text(cause), cause);
        }
        return new ExecutionException(failure.getMessage(), failure);
    }

    /** What an exception of somebody else's class says about itself. */
    private static String text(Throwable cause) {
        try {
            return cause instanceof RemoteTaskException ? String.valueOf(cause.getMessage()) : cause.toString();
        } catch (RuntimeException e) {
            return cause.getClass().getName();
        }
    }

    /** What a task threw, and where. */
    static final class Remote extends Exception {
        private static final long serialVersionUID = 1;
        private final String worker;

        Remote(Throwable cause, String worker) {
            super(null, cause, false, false);
            this.worker = worker;
        }

        String worker() {
            return worker;
        }
    }

    // ---- scheduling, with the lock held

    private void dispatch(Set<WorkerHandle> touched) {
        while (!queue.isEmpty()) {
            WorkerHandle best = null;
            for (WorkerHandle worker : workers) {
                if (worker.state == State.READY
                        && !worker.retiring
                        && !worker.finished
                        && worker.killAt == Long.MAX_VALUE
                        && worker.outstanding.size() < worker.window()
                        && (worker.outstanding.isEmpty() || worker.unsentBytes() < MAX_UNSENT_BYTES)
                        && (best == null || worker.outstanding.size() < best.outstanding.size())) {
                    best = worker;
                }
            }
            if (best == null) {
                return;
            }
            PoolTask<?> task = queue.poll();
            task.waiting = false;
            if (!task.isDone()) {
                assign(best, task);
                touched.add(best);
            }
        }
    }

    private void assign(WorkerHandle worker, PoolTask<?> task) {
        long now = System.nanoTime();
        if (task.firstSentNanos == 0) {
            task.firstSentNanos = now;
        }
        task.worker = worker;
        if (worker.outstanding.isEmpty()) {
            worker.headSince = now;
            if (task.timeoutNanos > 0) {
                // The thread that keeps the deadlines may sleep without one.
                selector.wakeup();
            }
        }
        long number = ++worker.lastNumber;
        worker.outstanding.add(new Sent(number, task));
        worker.enqueueTask(number, task.message);
        if (task != initializer) {
            worker.tasksTaken++;
            if (settings.maxTasksPerWorker() > 0 && worker.tasksTaken >= settings.maxTasksPerWorker()) {
                worker.retiring = true;
                if (!shutdown || !queue.isEmpty()) {
                    workersReplaced++;
                    startWorker();
                }
            }
        }
    }

    private void release(PoolTask<?> task) {
        if (task.message != null && task.message.block() != null) {
            blocks.release(task.message.block().id());
        }
    }

    private void startWorker() {
        byte[] secret = new byte[Wire.SECRET_BYTES];
        random.nextBytes(secret);
        WorkerHandle worker = new WorkerHandle("worker-" + nextWorker++, secret);
        worker.killAt = System.nanoTime() + START_NANOS;
        worker.killReason = "it did not start within " + TimeUnit.NANOSECONDS.toSeconds(START_NANOS) + " s";
        workers.add(worker);
        try {
            Thread.ofPlatform().daemon().name("parlab-start-" + worker.name).start(() -> launch(worker));
        } catch (OutOfMemoryError e) {
            // No more threads: as if its process could not be started.
            worker.remember(e.getMessage());
            post(() -> bury(worker));
        }
    }

    private void launch(WorkerHandle worker) {
        List<String> line = new ArrayList<>(command.command);
        line.add(socket.toString());
        ProcessBuilder builder = new ProcessBuilder(line);
        WorkerCommand.clean(builder.environment());
        try {
            Process process = builder.start();
            boolean unwanted;
            lock.lock();
            try {
                worker.process = process;
                worker.pid = process.pid();
                unwanted = stopped || worker.state == State.ENDING;
            } finally {
                lock.unlock();
            }
            var unused = process.onExit()
                    .thenRun(() -> post(() -> {
                        worker.exitedAt = System.nanoTime();
                        buryIfGone(worker);
                    }));
            Runnable streamEnded = () -> post(() -> {
                worker.openStreams--;
                buryIfGone(worker);
            });
            worker.pump(process.getInputStream(), false, settings.outputLimitBytes(), output, streamEnded);
            worker.pump(process.getErrorStream(), true, settings.outputLimitBytes(), output, streamEnded);
            if (unwanted) {
                process.destroyForcibly();
            } else {
                worker.configure(settings.outputLimitBytes());
            }
        } catch (IOException | RuntimeException | Error e) {
            if (worker.process == null) {
                worker.remember(String.valueOf(e.getMessage()));
                post(() -> bury(worker));
            } else {
                // If it has ended already, it says why on its streams; if there is no thread to read them, it must end.
                worker.process.destroyForcibly();
            }
        }
    }

    /** Ends idle workers when there is nothing left to do. */
    private void checkEnd() {
        if (!shutdown || !queue.isEmpty() || !delayed.isEmpty()) {
            return;
        }
        for (WorkerHandle worker : workers) {
            if (worker.outstanding.isEmpty() || worker.state == State.INITIALISING) {
                end(worker);
            }
        }
    }

    private void end(WorkerHandle worker) {
        if (worker.state == State.READY) {
            Bytes out = new Bytes(8);
            int frame = out.beginFrame(Wire.END);
            out.endFrame(frame);
            worker.enqueue(out.array(), out.size());
            worker.control(Wire.CONTROL_END, 0);
            worker.killAt = System.nanoTime() + END_NANOS;
            worker.killReason = "it did not end";
            worker.state = State.ENDING;
            post(() -> flushOrWait(worker));
        } else if (worker.state == State.STARTING || worker.state == State.INITIALISING) {
            // It has nothing to finish.
            worker.state = State.ENDING;
            if (worker.process != null) {
                worker.process.destroyForcibly();
            }
        }
    }

    // ---- writing

    private void flush(Set<WorkerHandle> touched) {
        for (WorkerHandle worker : touched) {
            flushOrWait(worker);
        }
    }

    private void flushOrWait(WorkerHandle worker) {
        if (worker.flush()) {
            SelectionKey key = worker.key;
            if (key != null) {
                try {
                    key.interestOpsOr(SelectionKey.OP_WRITE);
                    selector.wakeup();
                } catch (CancelledKeyException e) {
                    // It has died meanwhile: the reading side deals with it.
                    return;
                }
            }
        }
    }

    // ---- the pool's thread

    private void post(Runnable action) {
        posted.add(action);
        selector.wakeup();
    }

    private void run() {
        try {
            while (!stopped) {
                long wait = untilNextDeadline();
                if (wait >= NEVER) {
                    selector.select();
                } else if (wait > 0) {
                    selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(wait + 999_999)));
                } else {
                    selector.selectNow();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    serve(key);
                }
                selector.selectedKeys().clear();
                for (Runnable action = posted.poll(); action != null; action = posted.poll()) {
                    action.run();
                }
                keepDeadlines();
                stopIfDone();
            }
        } catch (IOException | RuntimeException | Error e) {
            freeMemory();
            breakDown(new IllegalStateException("the pool's own thread has failed: " + e, e));
        } finally {
            close();
        }
    }

    /** If it was memory that ran out, there must be some to say so. */
    private void freeMemory() {
        lock.lock();
        try {
            for (WorkerHandle worker : workers) {
                worker.frames.clear();
            }
        } finally {
            lock.unlock();
        }
    }

    private void serve(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        if (key.isAcceptable()) {
            accept(key);
        } else if (key.attachment() instanceof Guest guest) {
            serveGuest(key, guest);
        } else if (key.attachment() instanceof WorkerHandle worker) {
            if (key.isReadable()) {
                read(worker);
            }
            if (key.isValid() && key.isWritable()) {
                key.interestOpsAnd(~SelectionKey.OP_WRITE);
                flushOrWait(worker);
            }
        }
    }

    private void accept(SelectionKey key) {
        while (true) {
            SocketChannel channel = null;
            try {
                channel = server.accept();
                if (channel == null) {
                    return;
                }
                if (PeerCheck.isSameUser(channel, owner)) {
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_READ, new Guest(channel));
                    continue;
                }
            } catch (IOException e) {
                if (channel == null) {
                    // This process has no descriptor left: whoever waits is let in when it has one again.
                    key.interestOps(0);
                    acceptAgainAt = System.nanoTime() + ACCEPT_AGAIN_NANOS;
                    return;
                }
            }
            hangUp(channel);
        }
    }

    private static void hangUp(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone.
            return;
        }
    }

    private void serveGuest(SelectionKey key, Guest guest) {
        try {
            if (guest.unsent.hasRemaining()) {
                guest.channel.write(guest.unsent);
                if (guest.unsent.hasRemaining()) {
                    return;
                }
                key.interestOps(SelectionKey.OP_READ);
            }
            readBuffer.clear();
            if (guest.channel.read(readBuffer) < 0) {
                throw new EOFException();
            }
            guest.frames.feed(readBuffer.flip());
            for (Input in = guest.frames.next(); in != null; in = guest.frames.next()) {
                if (!guest.classes) {
                    if (welcome(key, guest, in)) {
                        return;
                    }
                } else {
                    sendClass(key, guest, in);
                }
            }
        } catch (IOException e) {
            // Somebody who is nobody, or a worker that has ended.
            key.cancel();
            hangUp(guest.channel);
        }
    }

    /** Returns whether the connection is now a worker's. */
    private boolean welcome(SelectionKey key, Guest guest, Input in) throws IOException {
        if (in.getByte() != Wire.HELLO) {
            throw new StreamCorruptedException("no greeting");
        }
        byte kind = in.getByte();
        long pid = in.getLong();
        byte[] secret = in.getBytes(Wire.SECRET_BYTES);
        Set<WorkerHandle> touched = new LinkedHashSet<>();
        lock.lock();
        try {
            WorkerHandle worker = null;
            for (WorkerHandle candidate : workers) {
                if (MessageDigest.isEqual(candidate.secret, secret)) {
                    worker = candidate;
                }
            }
            if (worker == null || worker.pid != pid) {
                throw new StreamCorruptedException("not a worker of this pool");
            }
            if (kind == Wire.FOR_CLASSES) {
                guest.classes = true;
                return false;
            }
            if (worker.state != State.STARTING) {
                throw new StreamCorruptedException("this worker is connected, or no longer wanted");
            }
            worker.channel = guest.channel;
            worker.key = key;
            key.attach(worker);
            worker.killAt = Long.MAX_VALUE;
            worker.killReason = "";
            if (initializer != null) {
                worker.state = State.INITIALISING;
                assign(worker, initializer);
                touched.add(worker);
            } else {
                ready(worker);
                dispatch(touched);
            }
        } finally {
            lock.unlock();
        }
        flush(touched);
        return true;
    }

    /** Starts workers, in parallel, until there is one starting for each waiting task or all are there. */
    private void startMissing(int waiting) {
        if (started >= settings.workers() || shutdown) {
            return;
        }
        long starting = workers.stream()
                .filter(w -> w.state == State.STARTING || w.state == State.INITIALISING)
                .count();
        for (long i = starting; i < waiting && started < settings.workers(); i++) {
            started++;
            startWorker();
        }
    }

    private void ready(WorkerHandle worker) {
        worker.state = State.READY;
        startsFailed = 0;
        startsKilled = 0;
        startMissing(settings.workers());
        checkEnd();
    }

    private void sendClass(SelectionKey key, Guest guest, Input in) throws IOException {
        if (in.getByte() != Wire.CLASS_WANTED) {
            throw new StreamCorruptedException("no question about a class");
        }
        CodeBase base = shipper.byId(in.getInt());
        String name = in.getText();
        byte[] found;
        try {
            found = base == null ? null : base.bytesFor(name);
        } catch (RuntimeException e) {
            // The kernel's loader failed: to the worker the class is not there.
            found = null;
        }
        guest.reply.truncate(0);
        int frame = guest.reply.beginFrame(Wire.CLASS);
        guest.reply.putByte(found == null ? 0 : 1);
        if (found != null) {
            guest.reply.putBytes(found, 0, found.length);
        }
        guest.reply.endFrame(frame);
        guest.unsent = ByteBuffer.wrap(guest.reply.toArray());
        guest.channel.write(guest.unsent);
        if (guest.unsent.hasRemaining()) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private void read(WorkerHandle worker) {
        Set<WorkerHandle> touched = new LinkedHashSet<>();
        try {
            int n;
            do {
                readBuffer.clear();
                n = worker.channel.read(readBuffer);
                if (n > 0) {
                    worker.frames.feed(readBuffer.flip());
                    for (Input in = worker.frames.next(); in != null; in = worker.frames.next()) {
                        handle(worker, in);
                    }
                }
            } while (n == readBuffer.capacity());
            if (n < 0) {
                throw new EOFException();
            }
        } catch (FrameReader.TooBigException | OutOfMemoryError e) {
            tooMuch(worker, e);
        } catch (IOException e) {
            disconnected(worker, e);
        }
        touched.add(worker);
        lock.lock();
        try {
            dispatch(touched);
            if (worker.retiring && worker.outstanding.isEmpty()) {
                end(worker);
            }
            checkEnd();
        } finally {
            lock.unlock();
        }
        flush(touched);
    }

    /** A message does not fit in here: what follows it in the stream cannot be told apart any more. */
    private void tooMuch(WorkerHandle worker, Throwable why) {
        worker.frames.clear();
        lock.lock();
        try {
            worker.exitReason = "a message of it needs more memory than this process has (" + why.getMessage()
                    + "): give it more with -Xmx, or return less";
            worker.killReason = "nothing more can be read from it";
            worker.killAt = System.nanoTime();
        } finally {
            lock.unlock();
        }
        disconnected(worker, new EOFException());
    }

    private void disconnected(WorkerHandle worker, IOException why) {
        lock.lock();
        try {
            if (worker.key != null) {
                worker.key.cancel();
            }
            worker.drained = true;
            if (!(why instanceof EOFException)
                    && worker.exitReason.isEmpty()
                    && !(why.getMessage() + "").contains("reset")) {
                worker.exitReason = "its messages made no sense: " + why.getMessage();
            }
            // The process usually ends in this very moment.
            worker.killAt = Math.min(worker.killAt, System.nanoTime() + EOF_NANOS);
        } finally {
            lock.unlock();
        }
        buryIfGone(worker);
    }

    private void handle(WorkerHandle worker, Input in) throws IOException {
        switch (in.getByte()) {
            case Wire.DONE -> done(worker, in);
            case Wire.RETURNED -> returned(worker, in.getLong());
            case Wire.OUTPUT -> {
                boolean error = in.getByte() == 2;
                int length = in.remaining();
                String text = new String(in.data, in.skip(length), length, java.nio.charset.StandardCharsets.UTF_8);
                if (error) {
                    worker.remember(text);
                }
                output.line(error, "[" + worker.name + "] " + text);
            }
            case Wire.EXITING -> worker.exitReason = in.getText();
            default -> throw new StreamCorruptedException("a frame of an unknown type");
        }
    }

    private void returned(WorkerHandle worker, long number) {
        lock.lock();
        try {
            Iterator<Sent> all = worker.outstanding.iterator();
            while (all.hasNext()) {
                Sent sent = all.next();
                if (sent.number == number) {
                    boolean head = sent == worker.head();
                    all.remove();
                    if (head) {
                        headChanged(worker);
                    }
                    sent.task.worker = null;
                    if (sent.task.isDone()) {
                        release(sent.task);
                    } else {
                        sent.task.waiting = true;
                        queue.addFirst(sent.task);
                    }
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void done(WorkerHandle worker, Input in) throws IOException {
        long number = in.getLong();
        long start = in.getLong();
        long end = in.getLong();
        boolean last = in.getByte() != 0;
        Sent head;
        lock.lock();
        try {
            head = worker.head();
        } finally {
            lock.unlock();
        }
        if (head == null || head.number != number) {
            throw new StreamCorruptedException("an answer to a question that was not asked");
        }
        PoolTask<?> task = head.task;
        int blockId = in.getInt();
        Outcome[] outcomes = null;
        Throwable unreadable = null;
        boolean abandoned = head.abandoned || task.isDone();
        if (abandoned) {
            // Nobody waits for it any more.
            outcomes = new Outcome[0];
        } else {
            try {
                MemorySegment block = blockId == 0 ? null : worker.blocks.memory(blockId, in.getText(), in.getLong());
                outcomes = outcomes(worker, task, in, block);
            } catch (Exception | StackOverflowError | OutOfMemoryError | LinkageError e) {
                unreadable = e;
            }
        }
        if (blockId != 0) {
            Bytes out = new Bytes(16);
            int frame = out.beginFrame(Wire.FREE);
            out.putInt(blockId);
            out.endFrame(frame);
            worker.enqueue(out.array(), out.size());
        }
        lock.lock();
        try {
            worker.outstanding.poll();
            headChanged(worker);
            worker.finished |= last;
            if (task.worker == worker) {
                task.worker = null;
            }
            if (task != initializer) {
                worker.ran(end - start, task.items);
            }
        } finally {
            lock.unlock();
        }
        if (task == initializer) {
            initialised(worker, unreadable != null ? unreadable : outcomes[0].failure());
            return;
        }
        if (task.recording != null && !abandoned) {
            task.recording.add(worker.name, task.label, start, end);
        }
        if (abandoned) {
            if (task.isDone()) {
                release(task);
            }
        } else if (unreadable != null) {
            settle(
                    task,
                    new Remote(
                            new IllegalStateException(
                                    "the task's result cannot be read here: " + unreadable.getMessage(), unreadable),
                            worker.name),
                    null);
        } else {
            Throwable failure = null;
            for (Outcome outcome : outcomes) {
                failure = failure == null ? outcome.failure() : failure;
            }
            settle(task, failure, outcomes);
        }
    }

    private Outcome[] outcomes(WorkerHandle worker, PoolTask<?> task, Input in, MemorySegment block)
            throws IOException, ClassNotFoundException {
        Unpacker unpacker = new Unpacker(in, new ResultHooks(shipper.loaderOf(task.message.codeBase())));
        unpacker.bigTable(block);
        int count = in.getInt();
        if (count != task.items) {
            throw new StreamCorruptedException(count + " outcomes for " + task.items + " items");
        }
        Outcome[] outcomes = new Outcome[count];
        for (int i = 0; i < count; i++) {
            if (in.getByte() == Wire.OK) {
                outcomes[i] = new Outcome(unpacker.value(), null);
            } else {
                outcomes[i] = new Outcome(null, new Remote(failure(in, unpacker), worker.name));
            }
        }
        return outcomes;
    }

    private static Throwable failure(Input in, Unpacker unpacker) throws IOException, ClassNotFoundException {
        String type = in.getText();
        String message = in.getText();
        String stackText = in.getText();
        StackTraceElement[] stack = (StackTraceElement[]) unpacker.value();
        RemoteTaskException text =
                new RemoteTaskException(type, message.equals("null") ? null : message, stackText, stack);
        if (type.equals("java.lang.OutOfMemoryError")) {
            OutOfMemoryError error = new OutOfMemoryError(message);
            error.setStackTrace(stack);
            unpacker.value();
            return error;
        }
        try {
            return unpacker.value() instanceof Throwable thrown ? thrown : text;
        } catch (IOException | ClassNotFoundException | RuntimeException e) {
            // A type that this process does not know, or does not admit. The rest of this message is lost with it
            // only if more objects follow in the same stream.
            text.addSuppressed(e);
            return text;
        }
    }

    private final class ResultHooks implements Unpacker.Hooks {
        private final ClassLoader loader;

        ResultHooks(ClassLoader loader) {
            this.loader = loader;
        }

        @Override
        public ClassLoader loader() {
            return loader;
        }

        @Override
        public Object resolve(Object object) throws IOException {
            if (!(object instanceof SharedHandle handle)) {
                return object;
            }
            WeakReference<AutoCloseable> known = shared.get(handle.id());
            AutoCloseable original = known == null ? null : known.get();
            if (original == null || !handle.isOpen(original)) {
                original = handle.open();
                shared.put(handle.id(), new WeakReference<>(original));
            }
            return original;
        }

        @Override
        public ObjectInputFilter filter(long messageBytes) {
            return new Admission(messageBytes, settings.admitted());
        }
    }

    private void sharedSeen(SharedHandle handle) {
        AutoCloseable original = handle.original();
        if (original == null) {
            return;
        }
        WeakReference<AutoCloseable> before = shared.put(handle.id(), new WeakReference<>(original));
        if (before == null) {
            WeakReference<Engine> self = new WeakReference<>(this);
            long id = handle.id();
            handle.whenClosed(() -> {
                Engine engine = self.get();
                if (engine != null) {
                    engine.releaseShared(id);
                }
            });
        }
    }

    private void releaseShared(long id) {
        shared.remove(id);
        List<WorkerHandle> all;
        lock.lock();
        try {
            all = List.copyOf(workers);
        } finally {
            lock.unlock();
        }
        for (WorkerHandle worker : all) {
            worker.control(Wire.CONTROL_RELEASE, id);
        }
    }

    /** Forgets a function that no more chunks will name. */
    void forget(Shipper.Function function) {
        post(() -> {
            Set<WorkerHandle> touched = new HashSet<>();
            lock.lock();
            try {
                int slot = function.definition().slot();
                for (WorkerHandle worker : workers) {
                    if (worker.forget(slot)) {
                        touched.add(worker);
                    }
                }
            } finally {
                lock.unlock();
            }
            flush(touched);
        });
    }

    private void initialised(WorkerHandle worker, Throwable failure) {
        if (failure == null) {
            Set<WorkerHandle> touched = new HashSet<>();
            lock.lock();
            try {
                if (worker.state == State.INITIALISING) {
                    ready(worker);
                    dispatch(touched);
                }
            } finally {
                lock.unlock();
            }
            flush(touched);
            return;
        }
        Throwable cause = failure instanceof Remote ? failure.getCause() : failure;
        breakDown(new IllegalStateException("the initializer failed in " + worker.name + ": " + cause, cause));
    }

    /** Gives a task its outcome, or another attempt. */
    private void settle(PoolTask<?> task, Throwable failure, Outcome[] outcomes) {
        if (failure != null) {
            task.failedAttempts++;
            long now = System.nanoTime();
            Throwable cause = failure instanceof Remote ? failure.getCause() : failure;
            long delay =
                    RetryDecision.delayNanos(settings.retry(), task.failedAttempts, cause, now - task.firstSentNanos);
            if (delay >= 0) {
                lock.lock();
                try {
                    if (!task.isDone() && !stopping && broken == null) {
                        if (delay == 0) {
                            task.waiting = true;
                            queue.addFirst(task);
                        } else {
                            delayed.add(new Delayed(now + delay, task));
                        }
                        return;
                    }
                } finally {
                    lock.unlock();
                }
            }
        }
        release(task);
        if (outcomes != null && (failure == null || task.chunk)) {
            task.succeed(outcomes);
        } else {
            task.fail(failure);
        }
    }

    // ---- deadlines

    private long untilNextDeadline() {
        lock.lock();
        try {
            long next = Long.MAX_VALUE;
            boolean idle = false;
            for (WorkerHandle worker : workers) {
                next = Math.min(next, worker.killAt);
                if (worker.exitedAt > 0) {
                    next = Math.min(next, worker.exitedAt + STREAMS_NANOS);
                }
                Sent head = worker.head();
                if (head != null && head.task.timeoutNanos > 0 && !head.abandoned && !head.task.isDone()) {
                    next = Math.min(next, worker.headSince + head.task.timeoutNanos);
                }
                idle |= worker.state == State.READY && head == null && !worker.retiring;
            }
            if (idle && queue.isEmpty()) {
                for (WorkerHandle worker : workers) {
                    if (stealable(worker)) {
                        next = Math.min(next, worker.headSince + STEAL_NANOS);
                    }
                }
            }
            if (!delayed.isEmpty()) {
                next = Math.min(next, delayed.peek().at);
            }
            if (acceptAgainAt > 0) {
                next = Math.min(next, acceptAgainAt);
            }
            return next >= NEVER ? next : Math.max(0, next - System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private static boolean stealable(WorkerHandle worker) {
        return worker.state == State.READY && worker.outstanding.size() > 1 && !worker.outstanding.getLast().recalled;
    }

    private void keepDeadlines() {
        Map<PoolTask<?>, String> late = new LinkedHashMap<>();
        Set<WorkerHandle> touched = new HashSet<>();
        List<WorkerHandle> gone = new ArrayList<>();
        if (acceptAgainAt > 0 && acceptAgainAt <= System.nanoTime()) {
            acceptAgainAt = 0;
            server.keyFor(selector).interestOps(SelectionKey.OP_ACCEPT);
        }
        lock.lock();
        try {
            long now = System.nanoTime();
            boolean idle = false;
            for (WorkerHandle worker : workers) {
                if (worker.killAt <= now) {
                    worker.killAt = NEVER;
                    worker.killedByPool = true;
                    if (worker.process != null) {
                        worker.process.destroyForcibly();
                    }
                }
                if (worker.exitedAt > 0 && worker.exitedAt + STREAMS_NANOS <= now) {
                    worker.openStreams = 0;
                    gone.add(worker);
                }
                Sent head = worker.head();
                if (head != null
                        && head.task.timeoutNanos > 0
                        && !head.abandoned
                        && !head.task.isDone()
                        && worker.state == State.READY
                        && worker.headSince + head.task.timeoutNanos <= now) {
                    late.put(head.task, worker.name);
                    head.abandoned = true;
                    head.task.worker = null;
                    interrupt(worker, head, "its task ran past its time-out and did not stop");
                }
                idle |= worker.state == State.READY && head == null && !worker.retiring;
            }
            while (!delayed.isEmpty() && delayed.peek().at <= now) {
                PoolTask<?> task = delayed.poll().task;
                if (task.isDone()) {
                    release(task);
                } else {
                    task.waiting = true;
                    queue.add(task);
                }
            }
            if (idle && queue.isEmpty()) {
                for (WorkerHandle worker : workers) {
                    if (stealable(worker) && worker.headSince + STEAL_NANOS <= now) {
                        Sent last = worker.outstanding.getLast();
                        last.recalled = true;
                        worker.control(Wire.CONTROL_RECALL, last.number);
                    }
                }
            }
            dispatch(touched);
        } finally {
            lock.unlock();
        }
        flush(touched);
        late.forEach((task, worker) -> settle(
                task,
                new TimeoutException("the task ran past its time-out of "
                        + TimeUnit.NANOSECONDS.toMillis(task.timeoutNanos) + " ms in " + worker + " and was stopped"),
                null));
        gone.forEach(this::buryIfGone);
    }

    // ---- the end of workers

    private void buryIfGone(WorkerHandle worker) {
        if (worker.exitedAt > 0 && worker.openStreams <= 0) {
            bury(worker);
        }
    }

    /** Deals with a worker whose process has ended and whose last words have been read. */
    private void bury(WorkerHandle worker) {
        if (worker.state == State.DEAD) {
            return;
        }
        drain(worker);
        List<PoolTask<?>> lost = new ArrayList<>();
        WorkerDiedException death;
        Throwable fatal = null;
        Set<WorkerHandle> touched = new HashSet<>();
        lock.lock();
        try {
            State before = worker.state;
            worker.state = State.DEAD;
            workers.remove(worker);
            death = death(worker);
            boolean first = true;
            List<PoolTask<?>> notBegun = new ArrayList<>();
            for (Sent sent : worker.outstanding) {
                sent.task.worker = null;
                if (sent.task != initializer) {
                    if (sent.abandoned) {
                        first = false;
                        continue;
                    }
                    if (first && before != State.STARTING && !worker.finished) {
                        lost.add(sent.task);
                    } else {
                        notBegun.add(sent.task);
                    }
                }
                first = false;
            }
            worker.outstanding.clear();
            for (PoolTask<?> task : notBegun.reversed()) {
                if (task.isDone()) {
                    release(task);
                } else {
                    task.waiting = true;
                    queue.addFirst(task);
                }
            }
            if (before == State.STARTING || before == State.INITIALISING) {
                boolean fromOutside = !worker.killedByPool && (death.signal() == SIGKILL || death.signal() == SIGTERM);
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
            boolean moreToDo = !shutdown || !queue.isEmpty() || !lost.isEmpty() || !delayed.isEmpty();
            long alive = workers.stream()
                    .filter(w -> !w.retiring && w.state != State.ENDING)
                    .count();
            if (fatal == null && broken == null && moreToDo && alive < started) {
                workersReplaced++;
                startWorker();
            }
        } finally {
            lock.unlock();
        }
        worker.blocks.close();
        if (fatal != null) {
            breakDown(fatal);
        }
        for (PoolTask<?> task : lost) {
            if (task.isDone()) {
                release(task);
            } else {
                settle(task, death, null);
            }
        }
        lock.lock();
        try {
            dispatch(touched);
            checkEnd();
        } finally {
            lock.unlock();
        }
        flush(touched);
    }

    private void drain(WorkerHandle worker) {
        if (worker.channel == null) {
            return;
        }
        try {
            while (!worker.drained) {
                readBuffer.clear();
                int n = worker.channel.read(readBuffer);
                if (n <= 0) {
                    break;
                }
                worker.frames.feed(readBuffer.flip());
                for (Input in = worker.frames.next(); in != null; in = worker.frames.next()) {
                    handle(worker, in);
                }
            }
        } catch (IOException e) {
            // What it had to say is read, as far as it said it.
            worker.drained = true;
        } finally {
            if (worker.key != null) {
                worker.key.cancel();
            }
            hangUp(worker.channel);
        }
    }

    private WorkerDiedException death(WorkerHandle worker) {
        int code = worker.process == null || worker.process.isAlive() ? -1 : worker.process.exitValue();
        StringBuilder text = new StringBuilder(worker.name);
        if (worker.pid > 0) {
            text.append(" (process ").append(worker.pid).append(")");
        }
        text.append(
                worker.process == null
                        ? " could not be started"
                        : worker.channel == null ? " ended: " : " died with its task: ");
        if (worker.process != null) {
            int signal = code > 128 && code < 193 ? code - 128 : 0;
            text.append(signal > 0 ? "signal " + signal + signalName(signal) : "exit code " + code);
        }
        if (!worker.exitReason.isEmpty()) {
            text.append(", ").append(worker.exitReason);
        }
        if (worker.killedByPool) {
            text.append(", killed by its pool: ")
                    .append(worker.killReason.isEmpty() ? "it closed its connection and went on" : worker.killReason);
        } else if (code == 137) {
            text.append(", killed from outside: the system does that too when it runs out of memory");
        }
        List<String> last = worker.lastErrors();
        if (!last.isEmpty()) {
            text.append(System.lineSeparator()).append("its last lines:");
            for (String line : last) {
                text.append(System.lineSeparator()).append("  ").append(line);
            }
        }
        return new WorkerDiedException(text.toString(), worker.name, worker.pid, code, last);
    }

    private static String signalName(int signal) {
        return switch (signal) {
            case 2 -> " (SIGINT)";
            case 6 -> " (SIGABRT: a crash)";
            case 7 -> " (SIGBUS: a crash)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV: a crash)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
    }

    private void breakDown(Throwable why) {
        List<PoolTask<?>> failed = new ArrayList<>();
        lock.lock();
        try {
            if (broken != null) {
                return;
            }
            broken = why;
            shutdown = true;
            failed.addAll(queue);
            queue.clear();
            for (Delayed later : delayed) {
                failed.add(later.task);
            }
            delayed.clear();
            for (WorkerHandle worker : workers) {
                for (Sent sent : worker.outstanding) {
                    if (sent.task != initializer) {
                        failed.add(sent.task);
                    }
                }
                worker.outstanding.clear();
                worker.killAt = System.nanoTime();
                if (worker.process != null) {
                    worker.process.destroyForcibly();
                }
                worker.state = State.ENDING;
            }
        } finally {
            lock.unlock();
        }
        for (PoolTask<?> task : failed) {
            release(task);
            task.fail(why);
        }
        selector.wakeup();
    }

    private void stopIfDone() {
        lock.lock();
        try {
            stopped = shutdown && workers.isEmpty() && queue.isEmpty() && delayed.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void close() {
        try {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
            server.close();
        } catch (IOException e) {
            // Nothing that could be done about it, and nothing that outlives the process.
            output.line(true, "closing a process pool: " + e.getMessage());
        }
        blocks.close();
        Leftovers.deleteWithContents(folder);
        output.end();
        terminated.countDown();
    }
}
