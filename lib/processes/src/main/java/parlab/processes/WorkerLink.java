package parlab.processes;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import parlab.processes.CodeBase.Definition;
import parlab.system.OutputTail;

/**
 * A worker process as its pool sees it, from its start to its end. A thread of its own starts the process, takes one task
 * after the other, writes it, waits for the answer and completes the future; and when the process ends, that thread
 * releases everything that belongs to it, in one place ({@link #release}).
 */
final class WorkerLink {
    private static final long LIMIT_SECONDS = 60;
    private static final long END_OF_MESSAGES_SECONDS = 2;
    private static final Duration LAST_WORDS = Duration.ofMillis(300);
    private static final int LAST_LINES = 20;
    private static final int TAIL_CHARS = 100_000;
    /** What a JVM says of the modules that it was asked for; this process has been told by its own JVM. */
    private static final String INCUBATOR_NOTE = "WARNING: Using incubator modules:";

    final String name;
    private final Scheduler scheduler;

    // Of the worker's own thread.
    private final MessageFolder folder = MessageFolder.create();
    private final Map<Integer, Integer> known = new HashMap<>();
    private OutputTail standardError;
    private boolean answersNoMore;

    // Shared with other threads.
    private final Queue<Integer> forgotten = new ConcurrentLinkedQueue<>();
    private final Deque<String> lastErrors = new ArrayDeque<>();
    private volatile MessageChannel channel;
    private volatile Process process;
    private volatile String exitReason = "";

    /** There may be something to do for this worker. */
    final Condition news;

    // Guarded by the scheduler's lock.
    WorkerState state = WorkerState.STARTING;
    PoolTask<?> current;
    long currentNumber;
    /** The present task was asked to stop. */
    boolean stopped;
    /** The process has ended, though its thread may not know yet. */
    boolean hasEnded;

    long itemsDone;
    long busyNanos;
    private String killReason = "";

    WorkerLink(Scheduler scheduler, String name) {
        this.scheduler = scheduler;
        this.name = name;
        news = scheduler.newCondition();
    }

    // ---- for other threads, with the scheduler's lock held

    void begin() {
        try {
            // Not a virtual one: that took chunks of one from 7.0 to 3.9 times CPython's rate.
            Thread.ofPlatform().daemon().name("parlab-" + name).start(this::run);
        } catch (OutOfMemoryError e) {
            // No more threads. Not here, because the lock is held.
            exitReason = String.valueOf(e.getMessage());
            Thread.ofVirtual().start(this::release);
        }
    }

    /** Kills the process; the worker's thread then hears of its end. */
    void kill(String reason) {
        if (killReason.isEmpty()) {
            killReason = reason;
        }
        if (process != null) {
            process.destroyForcibly();
        }
    }

    boolean wasKilled() {
        return !killReason.isEmpty();
    }

    /** Interrupts the present task, and kills the process if that has not helped after the pool's grace. */
    void stop(PoolTask<?> task, String reason) {
        if (current != task || stopped) {
            return;
        }
        stopped = true;
        long number = currentNumber;
        sendAside(Wire.INTERRUPT, Outgoing.of(out -> out.writeLong(number)));
        long grace = scheduler.settings.graceNanos();
        String why = reason + " within " + TimeUnit.NANOSECONDS.toMillis(grace) + " ms";
        var unused = scheduler.deadlines.schedule(
                () -> scheduler.locked(() -> {
                    if (current != null && currentNumber == number) {
                        kill(why);
                    }
                }),
                grace,
                TimeUnit.NANOSECONDS);
    }

    void release(UUID shared) {
        sendAside(Wire.RELEASE, Outgoing.of(out -> {
            out.writeLong(shared.getMostSignificantBits());
            out.writeLong(shared.getLeastSignificantBits());
        }));
    }

    void forget(int slot) {
        forgotten.add(slot);
    }

    /**
     * In a thread of its own: a process that stands still takes nothing, and whoever holds the lock must not wait. A
     * virtual one would wait where the notebook's own ones compute.
     */
    private void sendAside(byte type, Outgoing content) {
        MessageChannel to = channel;
        if (to != null) {
            Thread.ofPlatform().daemon().name("parlab-control-" + name).start(() -> {
                try {
                    to.send(type, content);
                } catch (IOException e) {
                    // It has ended: its own thread deals with that.
                    return;
                }
            });
        }
    }

    ProcessPool.WorkerInfo info() {
        long pid = pid();
        Duration cpu = pid == 0
                ? Duration.ZERO
                : ProcessHandle.of(pid)
                        .flatMap(handle -> handle.info().totalCpuDuration())
                        .orElse(Duration.ZERO);
        return new ProcessPool.WorkerInfo(
                name,
                pid,
                state.toString().toLowerCase(Locale.ROOT),
                itemsDone,
                Duration.ofNanos(busyNanos),
                cpu,
                Platform.statusBytes(pid, "VmRSS:"),
                Platform.statusBytes(pid, "RssShmem:"));
    }

    private long pid() {
        return process == null ? 0 : process.pid();
    }

    // ---- the worker's own thread

    private void run() {
        try {
            start();
            initialise();
            PoolTask<?> task = scheduler.next(this);
            while (task != null) {
                exchange(task);
                task = answersNoMore ? null : scheduler.next(this);
            }
            end();
        } catch (StreamCorruptedException e) {
            exitReason = "its messages made no sense: " + e.getMessage()
                    + ". A JVM option that prints, such as -Xlog:gc, must be told another place than standard output:"
                    + " -Xlog:gc:stderr";
            scheduler.locked(() -> kill("nothing more can be read from it"));
        } catch (IOException e) {
            // The process has ended: its exit code says how. Or it could not be started.
            if (process == null) {
                exitReason = String.valueOf(e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            exitReason = "its pool failed: " + e;
            scheduler.locked(() -> kill(exitReason));
        } finally {
            release();
        }
    }

    private void start() throws IOException {
        Process made = scheduler.command.builder().start();
        process = made;
        standardError = new OutputTail(made.getErrorStream(), TAIL_CHARS, this::nativeLine);
        Thread.ofPlatform().daemon().name("parlab-exit-" + name).start(this::awaitExit);
        Future<?> limit = deadline("it did not start within " + LIMIT_SECONDS + " s");
        scheduler.locked(() -> {
            if (wasKilled()) {
                made.destroyForcibly();
            }
        });
        // A message of half the heap cannot be read: its values take as much again.
        int maxBytes = (int) Math.min(Runtime.getRuntime().maxMemory() / 2, Wire.MAX_MESSAGE_BYTES);
        MessageChannel messages = new MessageChannel(made.getInputStream(), made.getOutputStream(), maxBytes);
        messages.send(Wire.CONFIGURE, Outgoing.of(out -> {
            out.writeText(name);
            out.writeInt(folder.folders().size());
            for (var one : folder.folders()) {
                out.writeText(one.toString());
            }
            out.writeLong(scheduler.settings.outputLimitBytes());
        }));
        channel = messages;
        await(Wire.READY);
        limit.cancel(false);
    }

    /** Waits for a message of this type, and handles what comes before it. */
    private Incoming await(byte type) throws IOException {
        Incoming message = channel.receive();
        while (message.type != type) {
            handle(message);
            message = channel.receive();
        }
        return message;
    }

    private Future<?> deadline(String reason) {
        return scheduler.deadlines.schedule(
                () -> scheduler.locked(() -> kill(reason)), LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** A worker without a task reads nothing, so that somebody else must notice its end. */
    private void awaitExit() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody does, the next write finds out.
            return;
        }
        scheduler.processEnded(this);
    }

    private void initialise() throws IOException {
        PoolTask<Object> first = scheduler.initialisation();
        if (first != null) {
            scheduler.locked(() -> state = WorkerState.INITIALISING);
            scheduler.assign(this, first);
            exchange(first);
            awaitInitialised(first);
        }
        scheduler.ready(this);
    }

    /** Its failure is read in a thread apart, because that makes objects of anybody's classes. */
    private void awaitInitialised(PoolTask<Object> first) {
        Thread reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                first.get();
            } catch (ExecutionException e) {
                scheduler.breakDown(new IllegalStateException(
                        "the initializer failed in " + name + ": " + e.getCause(), e.getCause()));
            } catch (InterruptedException | CancellationException e) {
                // The pool is being shut down.
                return;
            }
        });
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes a task, waits for its answer, and completes its future. */
    private void exchange(PoolTask<?> task) throws IOException {
        PoolTask.Request<?> request = task.request();
        if (request == null) {
            scheduler.answered(this, task, 0, 0);
            return;
        }
        long timeout = request.timeoutNanos();
        Future<?> deadline = timeout == 0
                ? null
                : scheduler.deadlines.schedule(
                        () -> scheduler.timedOut(this, task, timeout), timeout, TimeUnit.NANOSECONDS);
        try {
            if (send(task, request.message(), request.items())) {
                receive(task, request);
            }
        } finally {
            if (deadline != null) {
                deadline.cancel(false);
            }
        }
    }

    /** Returns false if the task could not be written, and has failed. */
    private boolean send(PoolTask<?> task, TaskSerializer.Message message, int items) throws IOException {
        BigArrays.InFiles bigs = new BigArrays.InFiles(folder);
        Outgoing content = new Outgoing(message.content().length() + 64);
        List<byte[]> definitions = new ArrayList<>();
        try {
            for (Object array : message.bigs()) {
                bigs.add(array);
            }
            content.writeLong(currentNumber);
            content.writeInt(message.codeBase());
            content.writeByte(message.kind());
            content.writeInt(items);
            content.writeInt(message.needs().size());
            for (Definition needed : message.needs()) {
                content.writeInt(needed.slot());
                Integer version = known.get(needed.slot());
                if (version == null || version != needed.version()) {
                    definitions.add(needed.message());
                }
            }
            bigs.writeTable(content);
            content.append(message.content());
        } catch (IOException | RuntimeException | Error e) {
            bigs.discard();
            scheduler.answered(this, task, 0, 0);
            task.fail(new UnsendableException("the task cannot be sent to " + name + ": " + e.getMessage(), e), "");
            return false;
        }
        forgetSlots();
        channel.send(definitions, Wire.TASK, content);
        for (Definition needed : message.needs()) {
            known.put(needed.slot(), needed.version());
        }
        // The next task that reads them gets the notebook's values again.
        message.changes().forEach(known::remove);
        return true;
    }

    private void forgetSlots() throws IOException {
        for (Integer slot = forgotten.poll(); slot != null; slot = forgotten.poll()) {
            if (known.remove(slot) != null) {
                int number = slot;
                channel.send(Wire.FORGET, Outgoing.of(out -> out.writeInt(number)));
            }
        }
    }

    private void receive(PoolTask<?> task, PoolTask.Request<?> request) throws IOException {
        Incoming message;
        try {
            message = await(Wire.DONE);
        } catch (MessageChannel.TooBigException e) {
            folder.discardReceived();
            scheduler.answered(this, task, 0, request.items());
            task.fail(TaskAnswer.unreadable(e), name);
            return;
        }
        if (message.readLong() != currentNumber) {
            throw new StreamCorruptedException("an answer to a question that was not asked");
        }
        long start = message.readLong();
        long end = message.readLong();
        answersNoMore = message.readBoolean();
        Object[] bigs = null;
        Throwable unreadable = null;
        try {
            bigs = BigArrays.read(message, folder);
        } catch (IOException | RuntimeException | Error e) {
            unreadable = e;
        }
        scheduler.answered(this, task, end - start, request.items());
        if (request.recording() != null && !task.isDone()) {
            request.recording().add(name, request.label(), start, end);
        }
        if (unreadable != null) {
            task.fail(TaskAnswer.unreadable(unreadable), name);
        } else {
            task.answer(new TaskAnswer(message, bigs, name));
        }
    }

    /** What a worker says besides its answers. */
    private void handle(Incoming message) throws IOException {
        switch (message.type) {
            case Wire.OUTPUT -> print(message.readBoolean(), message.readText());
            case Wire.EXITING -> exitReason = message.readText();
            case Wire.CLASS_WANTED -> sendClass(message.readInt(), message.readText());
            default -> throw new StreamCorruptedException("a message of type " + message.type);
        }
    }

    private void sendClass(int codeBase, String className) throws IOException {
        byte[] found;
        try {
            found = scheduler.requests.serializer.classBytes(codeBase, className);
        } catch (RuntimeException | Error e) {
            // The kernel's loader failed: to the worker the class is not there.
            found = null;
        }
        byte[] bytes = found;
        channel.send(Wire.CLASS, Outgoing.of(out -> {
            out.writeInt(codeBase);
            out.writeText(className);
            out.writeBoolean(bytes != null);
            if (bytes != null) {
                out.write(bytes);
            }
        }));
    }

    /** A line on the process's own standard error: of the JVM, or of native code. */
    private void nativeLine(String line) {
        if (!line.startsWith(INCUBATOR_NOTE)) {
            print(true, line);
        }
    }

    private void print(boolean error, String line) {
        if (error) {
            synchronized (lastErrors) {
                lastErrors.add(line);
                if (lastErrors.size() > LAST_LINES) {
                    lastErrors.remove();
                }
            }
        }
        scheduler.printer.line(error, "[" + name + "] " + line);
    }

    /** Tells the process that there is no more work, and reads what it says until it has ended. */
    private void end() throws IOException {
        scheduler.locked(() -> state = WorkerState.ENDING);
        Future<?> limit = deadline("it did not end within " + LIMIT_SECONDS + " s");
        try {
            if (!answersNoMore) {
                channel.send(Wire.END, new Outgoing(0));
            }
            while (true) {
                handle(channel.receive());
            }
        } finally {
            limit.cancel(false);
        }
    }

    /** Waits until the process has ended, lets go of all that belongs to it, and tells the scheduler. */
    private void release() {
        try {
            if (process != null) {
                // It usually ends in the very moment in which its messages do.
                if (!process.waitFor(END_OF_MESSAGES_SECONDS, TimeUnit.SECONDS)) {
                    scheduler.locked(() -> kill("it closed its connection and went on"));
                    process.waitFor();
                }
                standardError.awaitEnd(LAST_WORDS);
                standardError.close();
                process.getInputStream().close();
                process.getOutputStream().close();
            }
        } catch (IOException | InterruptedException e) {
            // A pipe to a process that has ended: there is nothing left to lose.
        } finally {
            folder.delete();
            scheduler.onWorkerExit(this, death());
        }
    }

    private WorkerDiedException death() {
        List<String> last;
        synchronized (lastErrors) {
            last = List.copyOf(lastErrors);
        }
        return WorkerDiedException.of(
                name,
                pid(),
                process == null || process.isAlive() ? -1 : process.exitValue(),
                channel != null,
                exitReason,
                killReason,
                last);
    }
}
