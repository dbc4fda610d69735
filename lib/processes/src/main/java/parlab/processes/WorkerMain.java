package parlab.processes;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StreamCorruptedException;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import parlab.executors.ThrowingFunction;

/**
 * A worker process. Its main thread reads a task, runs it, answers, and reads the next one; nobody hands anything to
 * anybody, which is what makes a round trip short. A second thread reads commands from standard input and ends the
 * process at its end of file, which comes when the parent ends, however it ends and whatever the main
 * thread is doing.
 */
public final class WorkerMain {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int EXIT_OUT_OF_MEMORY = 3;
    /** Longer messages and stacks are cut; an exception that can be serialised has them whole. */
    private static final int LONGEST_DESCRIPTION = 100_000;

    /** The code of one code base. */
    private final class Context implements Unpacker.Hooks, Packer.Hooks {
        final ClassLoader loader;

        Context(ClassLoader loader) {
            this.loader = loader;
        }

        @Override
        public ClassLoader loader() {
            return loader;
        }

        @Override
        public Object resolve(Object object) throws IOException {
            try {
                if (object instanceof SharedHandle handle) {
                    return shared(handle);
                }
                return object instanceof Lambdas.Plain plain
                        ? Lambdas.maker(plain.form(), loader).make(plain.captured())
                        : object;
            } catch (IOException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IOException(e);
            }
        }
    }

    /** A lambda's form, and its maker once there was a use for it. */
    private static final class LambdaSlot {
        private final Context context;
        private final Lambdas.Form form;
        private Lambdas.Maker maker;

        LambdaSlot(Context context, Lambdas.Form form) {
            this.context = context;
            this.form = form;
        }

        Lambdas.Maker get() throws ReflectiveOperationException {
            if (maker == null) {
                maker = Lambdas.maker(form, context.loader);
            }
            return maker;
        }
    }

    private final String name;
    private final Path socket;
    private final byte[] secret;
    /** This process; it is told, because asking ProcessHandle would start that class's machinery. */
    private final long pid;

    private final SocketChannel channel;
    private final FrameReader frames = new FrameReader(Wire.MAX_FRAME_BYTES);
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer writeBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Object sending = new Object();
    private final WorkerOutput output;
    private final Blocks blocks = new Blocks();
    private final Blocks.Seen parentBlocks = new Blocks.Seen();
    private final Map<Integer, Context> contexts = new HashMap<>();
    private final Map<Integer, Object> slots = new HashMap<>();
    private final Map<Long, AutoCloseable> sharedById = new ConcurrentHashMap<>();
    private final Map<Integer, Throwable> failedDefinitions = new HashMap<>();
    private final Set<Long> recalled = new HashSet<>();
    private final Thread main = Thread.currentThread();
    private final Object state = new Object();
    private final ClassWire classWire;
    private long lastBegun;
    private long running;
    private Thread commands;
    private volatile boolean ending;

    private WorkerMain(DataInputStream config, Path socket) throws IOException {
        this.socket = socket;
        name = config.readUTF();
        secret = config.readNBytes(Wire.SECRET_BYTES);
        pid = config.readLong();
        long outputLimit = config.readLong();
        channel = connect(Wire.FOR_TASKS);
        classWire = new ClassWire();
        output = new WorkerOutput(this::send, outputLimit);
    }

    /**
     * Runs a worker until its pool ends it.
     *
     * @param args the pool's socket; what nobody else may know comes on standard input
     * @throws IOException if the parent is gone already
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("This is the worker process of a ProcessPool: only a pool can start it.");
            System.exit(2);
        }
        InputStream commands = new FileInputStream(FileDescriptor.in);
        System.setIn(InputStream.nullInputStream());
        DataInputStream config = new DataInputStream(commands);
        Path socket = Path.of(args[0]);
        WorkerMain worker;
        try {
            worker = new WorkerMain(config, socket);
        } catch (EOFException | ConnectException e) {
            // The parent has ended while this process started, and nobody else may be there to clean up.
            Leftovers.deleteWithContents(socket.getParent());
            Runtime.getRuntime().halt(1);
            return;
        }
        Singletons.ofThisProcess().becomeWorker(worker.name);
        worker.commands = Thread.ofPlatform().daemon().name("parlab-parent").start(() -> worker.obey(config));
        Runtime.getRuntime().addShutdownHook(new Thread(worker::sayWhyItEnds, "parlab-exit"));
        worker.output.install();
        try {
            worker.work();
        } catch (IOException e) {
            // The parent has closed the connection without a word: it is gone, or it has given this worker up.
            worker.ending = true;
            Runtime.getRuntime().halt(1);
        } catch (RuntimeException | Error e) {
            // Such as no memory to answer with. Nobody else would tell the parent.
            worker.ending = true;
            worker.sendExiting("it could not answer: " + safely(e::toString));
            Runtime.getRuntime().halt(1);
        }
    }

    private SocketChannel connect(byte kind) throws IOException {
        SocketChannel made = SocketChannel.open(StandardProtocolFamily.UNIX);
        made.connect(UnixDomainSocketAddress.of(socket));
        Bytes hello = new Bytes(64);
        int frame = hello.beginFrame(Wire.HELLO);
        hello.putByte(kind).putLong(pid).putBytes(secret, 0, secret.length);
        hello.endFrame(frame);
        ByteBuffer buffer = ByteBuffer.wrap(hello.array(), 0, hello.size());
        while (buffer.hasRemaining()) {
            made.write(buffer);
        }
        return made;
    }

    // ---- what the parent says on standard input

    private void obey(DataInputStream commands) {
        try {
            while (true) {
                byte command = commands.readByte();
                long number = commands.readLong();
                switch (command) {
                    case Wire.CONTROL_RECALL -> recall(number);
                    case Wire.CONTROL_INTERRUPT -> {
                        boolean begun;
                        synchronized (state) {
                            begun = number <= lastBegun;
                            if (running == number) {
                                main.interrupt();
                            }
                        }
                        if (!begun) {
                            recall(number);
                        }
                    }
                    case Wire.CONTROL_RELEASE -> {
                        AutoCloseable shared = sharedById.remove(number);
                        if (shared != null) {
                            shared.close();
                        }
                    }
                    case Wire.CONTROL_END -> {
                        ending = true;
                        return;
                    }
                    default -> throw new StreamCorruptedException("command " + command);
                }
            }
        } catch (Exception e) {
            // End of file: the parent has ended. Nothing here is worth finishing, and an endless task must not live on.
            if (!ending) {
                Leftovers.deleteWithContents(socket.getParent());
                endAtOnce();
            }
        }
    }

    /** Halting waits for a compiler that is at work, for up to ten seconds; SIGKILL waits for nothing. */
    private static void endAtOnce() {
        try {
            // By reflection: the compiler warns of this class, and there is no other way to it without native access.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Object kill = signal.getConstructor(String.class).newInstance("KILL");
            signal.getMethod("raise", signal).invoke(null, kill);
        } catch (ReflectiveOperationException e) {
            // Not every system has that signal.
            Runtime.getRuntime().halt(1);
        }
    }

    private void recall(long task) throws IOException {
        // The parent must hear of this before it hears of a later task, which the main thread may do, and answer, as
        // soon as this one is marked: so the way to the parent is taken first.
        synchronized (sending) {
            synchronized (state) {
                if (task <= lastBegun) {
                    return;
                }
                recalled.add(task);
            }
            Bytes out = new Bytes(32);
            int frame = out.beginFrame(Wire.RETURNED);
            out.putLong(task);
            out.endFrame(frame);
            send(out.array(), out.size());
        }
    }

    private void sayWhyItEnds() {
        if (ending) {
            return;
        }
        ending = true;
        String reason = "a signal asked it to end";
        for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
            for (int i = 0; i < stack.length; i++) {
                if (stack[i].getClassName().equals("java.lang.Runtime")
                        && stack[i].getMethodName().equals("exit")) {
                    int caller = i + 1;
                    while (caller < stack.length && stack[caller].getClassName().equals("java.lang.System")) {
                        caller++;
                    }
                    reason = "System.exit was called" + (caller < stack.length ? " at " + stack[caller] : "");
                }
            }
        }
        try {
            output.taskEnded();
            sendExiting(reason);
        } catch (IOException e) {
            // The parent is gone: nobody wants to know.
            return;
        }
    }

    private void sendExiting(String reason) throws IOException {
        Bytes out = new Bytes(128);
        int frame = out.beginFrame(Wire.EXITING);
        out.putText(reason);
        out.endFrame(frame);
        send(out.array(), out.size());
    }

    private void send(byte[] data, int length) throws IOException {
        synchronized (sending) {
            for (int at = 0; at < length; ) {
                int n = Math.min(writeBuffer.capacity(), length - at);
                writeBuffer.clear().put(data, at, n).flip();
                while (writeBuffer.hasRemaining()) {
                    channel.write(writeBuffer);
                }
                at += n;
            }
        }
    }

    // ---- the main thread

    private void work() throws IOException {
        while (true) {
            Input frame = frames.next();
            while (frame == null) {
                readBuffer.clear();
                if (channel.read(readBuffer) < 0) {
                    throw new EOFException();
                }
                frames.feed(readBuffer.flip());
                frame = frames.next();
            }
            switch (frame.getByte()) {
                case Wire.DEFINE -> define(frame);
                case Wire.FORGET -> {
                    int slot = frame.getInt();
                    slots.remove(slot);
                    failedDefinitions.remove(slot);
                }
                case Wire.TASK -> task(frame);
                case Wire.FREE -> blocks.release(frame.getInt());
                case Wire.END -> {
                    ending = true;
                    // A JVM that ends waits a third of a second for a thread that still reads.
                    join(commands);
                    System.exit(0);
                }
                default -> throw new StreamCorruptedException("a frame of an unknown type");
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(500);
        } catch (InterruptedException e) {
            // Then it ends a little later.
            Thread.currentThread().interrupt();
        }
    }

    private Context context(int id) {
        return contexts.computeIfAbsent(
                id,
                i -> new Context(
                        i == 0
                                ? ClassLoader.getSystemClassLoader()
                                : new WorkerLoader(
                                        ClassLoader.getSystemClassLoader(), className -> classWire.ask(i, className))));
    }

    private void define(Input in) throws IOException {
        byte kind = in.getByte();
        Context context = context(in.getInt());
        int slot = in.getInt();
        failedDefinitions.remove(slot);
        try {
            switch (kind) {
                case Wire.DEFINE_CODE_BASE -> {
                    int n = in.getInt();
                    for (int i = 0; i < n; i++) {
                        String url = in.getText();
                        if (context.loader instanceof WorkerLoader loader) {
                            loader.addPath(url);
                        }
                    }
                }
                case Wire.DEFINE_CLASS -> {
                    String className = in.getText();
                    byte[] bytes = in.getBytes(in.remaining());
                    if (context.loader instanceof WorkerLoader loader) {
                        loader.declare(className, bytes);
                    }
                }
                case Wire.DEFINE_VARIABLE -> {
                    String owner = in.getText();
                    String variable = in.getText();
                    Field field = Class.forName(owner, true, context.loader).getDeclaredField(variable);
                    field.setAccessible(true);
                    field.set(null, new Unpacker(in, context).value());
                }
                case Wire.DEFINE_LAMBDA, Wire.DEFINE_PLAIN_LAMBDA ->
                    slots.put(slot, new LambdaSlot(context, Lambdas.Form.read(in)));
                case Wire.DEFINE_FUNCTION -> slots.put(slot, job(in, new Unpacker(in, context)));
                default -> throw new StreamCorruptedException("a definition of an unknown kind");
            }
        } catch (Throwable e) {
            // The tasks that need this fail with it.
            failedDefinitions.put(slot, e);
        }
    }

    private Object job(Input in, Unpacker unpacker) throws Throwable {
        if (in.getByte() == Wire.JOB_VALUE) {
            return unpacker.value();
        }
        LambdaSlot slot = (LambdaSlot) slots.get(in.getInt());
        Object[] captured = new Object[in.getInt()];
        for (int i = 0; i < captured.length; i++) {
            captured[i] = unpacker.value();
        }
        try {
            return slot.get().make(captured);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void task(Input in) throws IOException {
        long number = in.getLong();
        Context context = context(in.getInt());
        synchronized (state) {
            if (recalled.remove(number)) {
                return;
            }
            lastBegun = number;
            running = number;
        }
        Thread.currentThread().setContextClassLoader(context.loader);
        Answer answer = new Answer(context);
        long start = System.nanoTime();
        try {
            byte kind = in.getByte();
            Unpacker unpacker = new Unpacker(in, context);
            MemorySegment block = block(in);
            checkDefinitions(in);
            unpacker.bigTable(block);
            if (kind == Wire.TASK_CALL) {
                Object job = job(in, unpacker);
                answer.begin(1);
                answer.ok(call(job));
            } else {
                chunk(in, unpacker, answer);
            }
        } catch (Throwable e) {
            answer.fail(e);
        }
        long end = System.nanoTime();
        synchronized (state) {
            running = 0;
            // An interrupt was meant for the task, and must not reach the connection.
            Thread.interrupted();
        }
        output.taskEnded();
        answer.send(number, start, end);
        if (answer.outOfMemory) {
            ending = true;
            sendExiting("it ran out of memory");
            Runtime.getRuntime().halt(EXIT_OUT_OF_MEMORY);
        }
    }

    private void checkDefinitions(Input in) throws Throwable {
        int count = in.getInt();
        int at = in.skip(4 * count);
        if (!failedDefinitions.isEmpty()) {
            for (int i = 0; i < count; i++) {
                Throwable failure = failedDefinitions.get(Bytes.intAt(in.data, at + 4 * i));
                if (failure != null) {
                    throw failure;
                }
            }
        }
    }

    private MemorySegment block(Input in) throws IOException {
        int id = in.getInt();
        return id == 0 ? null : parentBlocks.memory(id, in.getText(), in.getLong());
    }

    private static Object call(Object job) throws Exception {
        if (job instanceof Callable<?> callable) {
            return callable.call();
        }
        ((Runnable) job).run();
        return null;
    }

    @SuppressWarnings("unchecked")
    private void chunk(Input in, Unpacker unpacker, Answer answer) throws Throwable {
        Object function = slots.get(in.getInt());
        if (function == null) {
            throw new IllegalStateException("the function of this chunk is not known here");
        }
        int count = in.getInt();
        answer.begin(count);
        for (int i = 0; i < count; i++) {
            Object item = unpacker.value();
            try {
                answer.ok(((ThrowingFunction<Object, Object>) function).apply(item));
            } catch (Throwable e) {
                answer.failItem(e);
                if (Thread.currentThread().isInterrupted() || answer.outOfMemory) {
                    answer.failRest(e, count - i - 1);
                    return;
                }
            }
        }
    }

    private AutoCloseable shared(SharedHandle handle) throws IOException {
        AutoCloseable known = sharedById.get(handle.id());
        if (known == null || !handle.isOpen(known)) {
            known = handle.open();
            sharedById.put(handle.id(), known);
        }
        return known;
    }

    private record Thrown(Throwable thrown) {}

    /** The outcome of a task in the making. */
    private final class Answer {
        private final Context context;
        private final Bytes values = new Bytes(256);
        private Packer packer;
        private final List<Object> outcomes = new ArrayList<>();
        private int expected = 1;
        private int written;
        private boolean outOfMemory;

        Answer(Context context) {
            this.context = context;
            this.packer = new Packer(values, context, true);
        }

        void begin(int count) {
            expected = count;
        }

        void ok(Object result) {
            outcomes.add(result);
            int mark = values.size();
            try {
                values.putByte(Wire.OK);
                packer.value(result);
                written++;
            } catch (OutOfMemoryError e) {
                values.truncate(mark);
                packer.restart();
                outcomes.removeLast();
                failItem(e);
            } catch (Throwable e) {
                // Anything: a class's own way of writing itself is anybody's code.
                values.truncate(mark);
                packer.restart();
                outcomes.removeLast();
                String culprit = safely(() -> SerialPath.find(result, "result", MemorySegment.class::isInstance)
                        .map(found -> found.path() + " is a " + found.type().getName() + ", which is not Serializable")
                        .orElse(e.toString()));
                failItem(new UnsendableException(
                        "the task's result cannot be sent back from " + name + ": " + culprit
                                + ". Return plain data: numbers, texts, arrays, records that implement Serializable.",
                        null));
            }
        }

        void fail(Throwable e) {
            failItem(e);
            failRest(e, expected - written);
        }

        void failRest(Throwable e, int count) {
            for (int i = 0; i < count; i++) {
                failItem(e);
            }
        }

        void failItem(Throwable e) {
            if (written == expected) {
                return;
            }
            written++;
            outcomes.add(new Thrown(e));
            outOfMemory |= e instanceof OutOfMemoryError;
            values.putByte(Wire.FAILED).putText(e.getClass().getName());
            values.putText(safely(() -> outOfMemory ? memoryAdvice(e) : String.valueOf(e.getMessage())));
            values.putText(safely(() -> stackText(e)));
            StackTraceElement[] stack = stackOf(e);
            int mark = values.size();
            try {
                packer.value(stack);
                packer.value(e);
            } catch (Throwable notSerializable) {
                values.truncate(mark);
                packer.restart();
                try {
                    packer.value(stack);
                    packer.value(null);
                } catch (IOException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
            // Whether the parent can read this object or not, the next one stands in a stream of its own.
            packer.restart();
        }

        private static StackTraceElement[] stackOf(Throwable e) {
            try {
                return e.getStackTrace().clone();
            } catch (RuntimeException | Error hostile) {
                return new StackTraceElement[0];
            }
        }

        private static String memoryAdvice(Throwable e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("direct buffer")) {
                return message + "; give the worker more with jvmOptions(\"-XX:MaxDirectMemorySize=...\")";
            }
            return message + ": the worker's heap may grow to "
                    + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB; give it more with jvmOptions(\"-Xmx...\"), or send less at a time";
        }

        /** There is no room in shared memory: everything once more, for the socket. */
        private void packInline() {
            Object[] again = outcomes.toArray();
            outcomes.clear();
            packer = new Packer(values, context, false);
            values.truncate(0);
            written = 0;
            for (Object outcome : again) {
                if (outcome instanceof Thrown(Throwable thrown)) {
                    failItem(thrown);
                } else {
                    ok(outcome);
                }
            }
        }

        void send(long number, long start, long end) throws IOException {
            Bytes out = new Bytes(values.size() + 128);
            int frame = out.beginFrame(Wire.DONE);
            out.putLong(number).putLong(start).putLong(end).putByte(outOfMemory ? 1 : 0);
            Blocks.Block block = packer.blockBytes() == 0 ? null : blocks.take(packer.blockBytes());
            if (packer.blockBytes() > 0 && block == null) {
                packInline();
            }
            if (block != null) {
                packer.fill(block.memory());
                out.putInt(block.id()).putText(block.file().path()).putLong(block.capacity());
            } else {
                out.putInt(0);
            }
            packer.bigTable(out);
            out.putInt(written).putBytes(values.array(), 0, values.size());
            out.endFrame(frame);
            WorkerMain.this.send(out.array(), out.size());
        }
    }

    /** What an exception says about itself, which is anybody's code and may fail, or never end. */
    private static String safely(Supplier<String> description) {
        try {
            String text = description.get();
            return text.length() <= LONGEST_DESCRIPTION
                    ? text
                    : text.substring(0, LONGEST_DESCRIPTION) + "... (" + text.length() + " characters)";
        } catch (RuntimeException | Error e) {
            return "(no description: asking for it gave a " + e.getClass().getName() + ")";
        }
    }

    private static String stackText(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** The second connection: any thread may need a class at any time, also while the main thread waits for a task. */
    private final class ClassWire {
        private SocketChannel wire;
        private FrameReader replies;

        /** Asks in a thread of its own: an interrupt of the asking thread must not close the connection. */
        byte[] ask(int codeBase, String className) {
            byte[][] reply = new byte[1][];
            RuntimeException[] failure = new RuntimeException[1];
            Thread asker = Thread.ofPlatform().daemon().name("parlab-classes").start(() -> {
                try {
                    reply[0] = exchange(codeBase, className);
                } catch (IOException e) {
                    failure[0] = new IllegalStateException("the pool cannot be asked for class " + className, e);
                }
            });
            boolean interrupted = false;
            while (true) {
                try {
                    asker.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure[0] != null) {
                throw failure[0];
            }
            return reply[0];
        }

        private synchronized byte[] exchange(int codeBase, String className) throws IOException {
            if (wire == null) {
                wire = connect(Wire.FOR_CLASSES);
                replies = new FrameReader(Wire.MAX_FRAME_BYTES);
            }
            Bytes out = new Bytes(256);
            int frame = out.beginFrame(Wire.CLASS_WANTED);
            out.putInt(codeBase).putText(className);
            out.endFrame(frame);
            ByteBuffer request = ByteBuffer.wrap(out.array(), 0, out.size());
            while (request.hasRemaining()) {
                wire.write(request);
            }
            ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
            Input in = replies.next();
            while (in == null) {
                buffer.clear();
                if (wire.read(buffer) < 0) {
                    throw new EOFException("the pool has closed the connection for classes");
                }
                replies.feed(buffer.flip());
                in = replies.next();
            }
            in.getByte();
            return in.getByte() == 0 ? null : in.getBytes(in.remaining());
        }
    }
}
