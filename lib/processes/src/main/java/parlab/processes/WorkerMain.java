package parlab.processes;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A worker process. One thread reads all messages; it obeys those that cannot wait, and ends the process at the end of
 * the stream, which comes when the parent ends, however it ends and whatever a task is doing. The main thread takes the
 * other messages in their order, runs tasks and answers.
 */
final class WorkerMain {
    private static final int EXIT_OUT_OF_MEMORY = 3;

    private final MessageChannel channel;
    private final String name;
    private final MessageFolder folder;
    private final WorkerOutput output;
    private final WorkerCode code = new WorkerCode(this::askForClass);
    private final BlockingQueue<Incoming> work = new LinkedBlockingQueue<>();
    private final BlockingQueue<Incoming> classes = new LinkedBlockingQueue<>();
    private final Object asking = new Object();
    private volatile boolean ending;

    private final CurrentTask current = new CurrentTask();

    private WorkerMain(MessageChannel channel, Incoming configuration) throws IOException {
        this.channel = channel;
        name = configuration.readText();
        List<Path> folders = new ArrayList<>();
        for (int n = configuration.readInt(); n > 0; n--) {
            folders.add(Path.of(configuration.readText()));
        }
        folder = new MessageFolder(folders, "w");
        output = new WorkerOutput(channel, configuration.readLong());
    }

    /**
     * Runs a worker until its pool ends it.
     *
     * @param args none: everything comes on standard input
     */
    public static void main(String[] args) {
        WorkerMain worker;
        try {
            MessageChannel channel = new MessageChannel(takeInput(), takeOutput(), Wire.MAX_MESSAGE_BYTES);
            Incoming configuration = channel.receive();
            if (configuration.type != Wire.CONFIGURE) {
                throw new StreamCorruptedException("no configuration");
            }
            worker = new WorkerMain(channel, configuration);
        } catch (IOException e) {
            System.err.println("This is the worker process of a ProcessPool: only a pool can start it.");
            Runtime.getRuntime().halt(2);
            return;
        }
        Worker.become(worker.name);
        worker.output.install();
        Runtime.getRuntime().addShutdownHook(new Thread(worker::sayWhyItEnds, "parlab-exit"));
        Thread.ofPlatform().daemon().name("parlab-parent").start(worker::listen);
        try {
            worker.channel.send(Wire.READY, new Outgoing(0));
            worker.run();
        } catch (IOException e) {
            // The parent is gone, or has given this worker up.
            worker.endAtOnce();
        } catch (Throwable e) {
            // Such as no memory to answer with. Nobody else would tell the parent.
            worker.ending = true;
            worker.sendExiting("it could not answer: " + WorkerAnswer.safely(e::toString));
            Runtime.getRuntime().halt(1);
        }
    }

    // ---- streams

    /**
     * Takes the standard input for messages alone: no task reads it, and no process that a task starts inherits it. On
     * Linux, where a descriptor can be opened once more, the standard one then leads to nothing, also for native code.
     */
    private static InputStream takeInput() throws IOException {
        FileInputStream standard = new FileInputStream(FileDescriptor.in);
        System.setIn(InputStream.nullInputStream());
        if (Platform.descriptors().isEmpty()) {
            return standard;
        }
        FileInputStream own =
                new FileInputStream(Platform.descriptors().get().resolve("0").toFile());
        standard.close();
        return own;
    }

    /** Takes the standard output likewise. */
    private static OutputStream takeOutput() throws IOException {
        FileOutputStream standard = new FileOutputStream(FileDescriptor.out);
        if (Platform.descriptors().isEmpty()) {
            return standard;
        }
        FileOutputStream own =
                new FileOutputStream(Platform.descriptors().get().resolve("1").toFile());
        standard.close();
        return own;
    }

    // ---- the thread that listens to the parent

    private void listen() {
        try {
            while (true) {
                Incoming message = channel.receive();
                switch (message.type) {
                    case Wire.INTERRUPT -> current.stop(message.readLong());
                    case Wire.CLASS -> classes.add(message);
                    case Wire.RELEASE -> release(new UUID(message.readLong(), message.readLong()));
                    default -> work.add(message);
                }
            }
        } catch (MessageChannel.TooBigException | OutOfMemoryError e) {
            ending = true;
            sendExiting("a task was too big for its heap of "
                    + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB: give it more with jvmOptions(\"-Xmx...\"), or send less at a time");
            Runtime.getRuntime().halt(EXIT_OUT_OF_MEMORY);
        } catch (Throwable e) {
            // End of file: the parent has ended. Nothing here is worth finishing, and an endless task must not live on.
            if (!ending) {
                folder.delete();
                endAtOnce();
            }
        }
    }

    private void release(UUID id) {
        if (!code.release(id)) {
            // Native code holds it, perhaps for ever, as a channel to which nobody listens.
            current.interrupt();
        }
    }

    private void endAtOnce() {
        ending = true;
        Runtime.getRuntime().halt(1);
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
        } catch (IOException e) {
            // The parent is gone: nobody wants to know.
            return;
        }
        sendExiting(reason);
    }

    private void sendExiting(String reason) {
        try {
            channel.send(Wire.EXITING, Outgoing.of(out -> out.writeText(reason)));
        } catch (IOException e) {
            // The parent is gone: nobody wants to know.
            return;
        }
    }

    // ---- classes that the parent has

    /** Any thread may need a class at any time. The parent answers while a task runs here. */
    private byte[] askForClass(int codeBase, String className) {
        synchronized (asking) {
            boolean interrupted = false;
            try {
                channel.send(Wire.CLASS_WANTED, Outgoing.of(out -> {
                    out.writeInt(codeBase);
                    out.writeText(className);
                }));
                while (true) {
                    try {
                        Incoming answer = classes.take();
                        // Whoever asked before may have given up, for want of stack, and left its answer here.
                        if (answer.readInt() == codeBase && answer.readText().equals(className)) {
                            return answer.readBoolean() ? answer.rest() : null;
                        }
                    } catch (InterruptedException e) {
                        // It is meant for the task, not for the class that it needs.
                        interrupted = true;
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException("the pool cannot be asked for class " + className, e);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    // ---- the main thread

    private void run() throws IOException, InterruptedException {
        while (true) {
            Incoming message = work.take();
            switch (message.type) {
                case Wire.DEFINE -> code.define(message);
                case Wire.FORGET -> code.forget(message.readInt());
                case Wire.TASK -> task(message);
                case Wire.END -> {
                    ending = true;
                    System.exit(0);
                }
                default -> throw new StreamCorruptedException("a message of an unknown type");
            }
        }
    }

    private void task(Incoming in) throws IOException {
        long number = in.readLong();
        WorkerCode.Context context = code.context(in.readInt());
        Thread.currentThread().setContextClassLoader(context.loader());
        WorkerAnswer answer = new WorkerAnswer(name, new BigArrays.InFiles(folder), context);
        current.begin(number);
        long start = System.nanoTime();
        try {
            run(number, in, context, answer);
        } catch (Throwable e) {
            answer.failRest(e);
        }
        long end = System.nanoTime();
        current.end();
        code.releaseRest();
        output.taskEnded();
        answer.send(channel, number, start, end);
        if (answer.outOfMemory()) {
            ending = true;
            sendExiting("it ran out of memory");
            Runtime.getRuntime().halt(EXIT_OUT_OF_MEMORY);
        }
    }

    private void run(long number, Incoming in, WorkerCode.Context context, WorkerAnswer answer) throws Throwable {
        byte kind = in.readByte();
        int count = in.readInt();
        answer.expect(count);
        int[] needs = new int[in.readInt()];
        for (int i = 0; i < needs.length; i++) {
            needs[i] = in.readInt();
        }
        ValueReader values = new ValueReader(in, BigArrays.read(in, folder), context);
        for (int slot : needs) {
            code.check(slot);
        }
        current.run(number, kind, count, in, values, code, answer);
    }
}
