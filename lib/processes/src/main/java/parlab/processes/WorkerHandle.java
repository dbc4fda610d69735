package parlab.processes;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A worker process as its pool sees it. Guarded by the engine's lock where nothing else is said. */
final class WorkerHandle {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int LAST_LINES = 20;
    private static final int MAX_WINDOW = 64;
    private static final int LONGEST_LINE = 64 << 10;
    /** What a JVM says of the modules that it was asked for; this process has been told by its own JVM. */
    private static final String INCUBATOR_NOTE = "WARNING: Using incubator modules:";

    enum State {
        /** The process starts. */
        STARTING,
        /** It is connected and runs the initializer. */
        INITIALISING,
        /** It takes tasks. */
        READY,
        /** It was told that there is no more work. */
        ENDING,
        /** It is gone. */
        DEAD
    }

    /** A task on its way to this worker or in it. */
    static final class Sent {
        final long number;
        final PoolTask<?> task;
        boolean recalled;
        /** Why it is to be stopped should the worker have begun it; empty if it may go on. */
        String stopReason = "";
        /** Its task was given up here, and may be under way elsewhere. */
        boolean abandoned;

        Sent(long number, PoolTask<?> task) {
            this.number = number;
            this.task = task;
        }
    }

    final String name;
    final byte[] secret;
    final Blocks.Seen blocks = new Blocks.Seen();
    final Deque<Sent> outstanding = new ArrayDeque<>();
    final Map<Integer, Integer> known = new HashMap<>();
    // A message of half the heap cannot be read: its values take as much again. Better refused than no memory for
    // anything.
    final FrameReader frames = new FrameReader(
            Math.clamp(Runtime.getRuntime().maxMemory() / 2, Wire.MAX_QUESTION_BYTES, Wire.MAX_FRAME_BYTES));
    private final Deque<String> lastErrors = new ArrayDeque<>();

    volatile State state = State.STARTING;
    Process process;
    long pid;
    SocketChannel channel;
    SelectionKey key;
    long lastNumber;
    int tasksTaken;
    boolean retiring;
    boolean drained;
    /** It has said that it begins no more tasks. */
    boolean finished;

    int openStreams = 2;
    long headSince;
    long killAt = Long.MAX_VALUE;
    long exitedAt;
    String killReason = "";
    boolean killedByPool;
    String exitReason = "";
    long itemsDone;
    long busyNanos;
    private double callNanos = -1;

    // Guarded by itself.
    private final Deque<byte[]> controls = new ArrayDeque<>();
    private boolean configured;
    private boolean controlling;

    // Guarded by writeLock.
    private final Object writeLock = new Object();
    private Bytes pending = new Bytes(4096);
    private int pendingFrom;
    private ByteBuffer direct;

    WorkerHandle(String name, byte[] secret) {
        this.name = name;
        this.secret = secret;
    }

    // ---- what it can take

    /** How many tasks may be on their way: more for short ones, so that neither side ever waits for the other. */
    int window() {
        if (callNanos < 0) {
            return 1;
        }
        if (callNanos > 20_000_000) {
            return 1;
        }
        return (int) Math.clamp(1_500_000 / Math.max(1, callNanos), 2, MAX_WINDOW);
    }

    void ran(long nanos, int items) {
        itemsDone += items;
        busyNanos += nanos;
        callNanos = callNanos < 0 ? nanos : 0.8 * callNanos + 0.2 * nanos;
    }

    Sent head() {
        return outstanding.peekFirst();
    }

    // ---- sending

    /** Adds frames to what is to be sent; {@link #flush} sends it. */
    void enqueue(byte[] frames, int length) {
        synchronized (writeLock) {
            pending.putBytes(frames, 0, length);
        }
    }

    /** Says that a slot is not needed any more; returns whether this worker had heard of it. */
    boolean forget(int slot) {
        synchronized (writeLock) {
            if (known.remove(slot) == null) {
                return false;
            }
            int frame = pending.beginFrame(Wire.FORGET);
            pending.putInt(slot);
            pending.endFrame(frame);
            return true;
        }
    }

    void enqueueTask(long number, Shipper.Message message) {
        synchronized (writeLock) {
            for (Definition definition : message.needs()) {
                Integer version = known.put(definition.slot(), definition.version());
                if (version == null || version != definition.version()) {
                    pending.putBytes(definition.frame(), 0, definition.frame().length);
                }
            }
            int frame = pending.beginFrame(Wire.TASK);
            pending.putLong(number).putInt(message.codeBase()).putByte(message.kind());
            Blocks.Block block = message.block();
            if (block == null) {
                pending.putInt(0);
            } else {
                pending.putInt(block.id()).putText(block.file().path()).putLong(block.capacity());
            }
            pending.putInt(message.needs().size());
            for (Definition definition : message.needs()) {
                pending.putInt(definition.slot());
            }
            pending.putBytes(message.body(), 0, message.body().length);
            pending.endFrame(frame);
            // The next task that reads them gets the notebook's values again.
            message.changes().forEach(known::remove);
        }
    }

    /**
     * Writes as much as the connection takes.
     *
     * @return whether something is left for when it takes more
     */
    boolean flush() {
        synchronized (writeLock) {
            if (channel == null) {
                return false;
            }
            if (direct == null) {
                direct = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
            }
            try {
                while (true) {
                    if (!direct.hasRemaining()) {
                        int left = pending.size() - pendingFrom;
                        if (left == 0) {
                            pending.truncate(0);
                            pendingFrom = 0;
                            if (pending.array().length > (4 << 20)) {
                                pending = new Bytes(4096);
                            }
                            return false;
                        }
                        int n = Math.min(left, direct.capacity());
                        direct.clear().put(pending.array(), pendingFrom, n).flip();
                        pendingFrom += n;
                    }
                    if (channel.write(direct) == 0) {
                        return true;
                    }
                }
            } catch (IOException e) {
                // It has ended: the reading side notices, and deals with it.
                return false;
            }
        }
    }

    /** How much of what was enqueued the connection has not taken yet. */
    int unsentBytes() {
        synchronized (writeLock) {
            return pending.size() - pendingFrom;
        }
    }

    /**
     * Says something on the worker's standard input, in a thread of its own: the input of a worker that is stopped fills
     * up, and whoever holds the engine's lock must not wait for it.
     */
    void control(byte command, long number) {
        synchronized (controls) {
            if (!configured) {
                // It has nothing that could be recalled, interrupted or released.
                return;
            }
            controls.add(ByteBuffer.allocate(9).put(command).putLong(number).array());
            if (!controlling) {
                controlling = true;
                Thread.ofVirtual().name("parlab-control-" + name).start(this::sendControls);
            }
        }
    }

    private void sendControls() {
        OutputStream out = process.getOutputStream();
        while (true) {
            byte[] message;
            synchronized (controls) {
                message = controls.poll();
                if (message == null) {
                    controlling = false;
                    return;
                }
            }
            try {
                out.write(message);
                out.flush();
            } catch (IOException e) {
                // It has ended: there is nobody to tell, and the flag stays set.
                return;
            }
        }
    }

    void configure(long outputLimit) throws IOException {
        DataOutputStream data = new DataOutputStream(process.getOutputStream());
        data.writeUTF(name);
        data.write(secret);
        data.writeLong(process.pid());
        data.writeLong(outputLimit);
        data.flush();
        synchronized (controls) {
            configured = true;
        }
    }

    // ---- what it says

    void remember(String errorLine) {
        synchronized (lastErrors) {
            lastErrors.add(errorLine);
            if (lastErrors.size() > LAST_LINES) {
                lastErrors.poll();
            }
        }
    }

    List<String> lastErrors() {
        synchronized (lastErrors) {
            return List.copyOf(lastErrors);
        }
    }

    /** Reads what the process writes past Java's streams, such as the JVM's or native code's messages. */
    void pump(InputStream stream, boolean error, long limit, OutputPump output, Runnable ended) {
        Thread.ofPlatform()
                .daemon()
                .stackSize(128 << 10)
                .name("parlab-" + name + (error ? "-err" : "-out"))
                .start(() -> {
                    try (stream) {
                        byte[] buffer = new byte[8192];
                        Bytes line = new Bytes(256);
                        long seen = 0;
                        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                            boolean show = seen <= limit;
                            seen += n;
                            for (int i = 0; i < n; i++) {
                                if (buffer[i] != '\n' && buffer[i] != '\r') {
                                    line.putByte(buffer[i]);
                                }
                                if (buffer[i] == '\n' || line.size() > LONGEST_LINE) {
                                    emit(line, error, show, output);
                                }
                            }
                            if (show && seen > limit) {
                                output.line(
                                        true,
                                        "[" + name + "] ... more than " + limit
                                                + " bytes of raw output: the rest is not shown");
                            }
                        }
                        if (line.size() > 0) {
                            emit(line, error, seen <= limit, output);
                        }
                    } catch (IOException e) {
                        // Closed under our hands: the process is gone.
                        return;
                    } finally {
                        ended.run();
                    }
                });
    }

    private void emit(Bytes line, boolean error, boolean show, OutputPump output) {
        String text = new String(line.array(), 0, line.size(), StandardCharsets.UTF_8);
        line.truncate(0);
        if (error && text.startsWith(INCUBATOR_NOTE)) {
            return;
        }
        // A JVM that cannot start says so on standard output.
        if (error || state == State.STARTING || text.startsWith("#")) {
            remember(text);
        }
        if (show) {
            output.line(error, "[" + name + "] " + text);
        }
    }
}
