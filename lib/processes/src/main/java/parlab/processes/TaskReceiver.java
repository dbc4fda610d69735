package parlab.processes;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Runs the tasks of one {@link TaskSender} in another JVM: what a worker process does, for tasks that come as bytes by
 * some other way. Tasks are for one thread at a time; {@link #stop} is for any.
 */
public final class TaskReceiver {
    static final byte DONE = 0;
    /** Something that the task needs is not known here, or in another version: it is to be sent again with all. */
    static final byte UNKNOWN = 1;

    private final String name;
    private final WorkerCode code;
    private final CurrentTask current = new CurrentTask();
    /** What is known here: the version of each slot. */
    private final Map<Integer, Integer> versions = new HashMap<>();

    /**
     * Makes this process a worker of this name.
     *
     * @param classBytes asks the sender for a class of one of its code bases by name; null if it has none. Called from
     *     any thread that needs a class
     */
    public TaskReceiver(String name, BiFunction<Integer, String, byte[]> classBytes) {
        this.name = name;
        this.code = new WorkerCode(classBytes);
        Worker.become(name);
    }

    /** Interrupts a task, or keeps it from beginning if it is the next one. */
    public void stop(long number) {
        current.stop(number);
    }

    /**
     * Runs a task to its end, whatever it throws.
     *
     * @param number what {@link #stop} calls it; not 0
     * @param parcel from {@link TaskSender.Parcel#bytes}
     * @return what {@link TaskSender.Parcel#open} takes
     * @throws IOException if the bytes are damaged
     */
    public byte[] run(long number, byte[] parcel) throws IOException {
        Incoming in = new Incoming(Wire.TASK, parcel);
        takeDefinitions(in);
        WorkerCode.Context context = code.context(in.readInt());
        byte kind = in.readByte();
        int count = in.readInt();
        int[] needs = new int[in.readInt()];
        boolean known = true;
        for (int i = 0; i < needs.length; i++) {
            needs[i] = in.readInt();
            int wanted = in.readInt();
            known &= versions.getOrDefault(needs[i], -1) == wanted;
        }
        if (!known) {
            return new byte[] {UNKNOWN};
        }
        for (int n = in.readInt(); n > 0; n--) {
            // The task assigns it: the next one that reads it wants the sender's value again.
            versions.remove(in.readInt());
        }
        return run(number, kind, count, needs, in, context);
    }

    private void takeDefinitions(Incoming in) throws IOException {
        for (int n = in.readInt(); n > 0; n--) {
            int slot = in.readInt();
            code.forget(slot);
            versions.remove(slot);
        }
        for (int n = in.readInt(); n > 0; n--) {
            int slot = in.readInt();
            int version = in.readInt();
            code.define(new Incoming(Wire.DEFINE, in.readBytes(in.readInt())));
            versions.put(slot, version);
        }
    }

    private byte[] run(long number, byte kind, int count, int[] needs, Incoming in, WorkerCode.Context context)
            throws IOException {
        WorkerAnswer answer = new WorkerAnswer(name, null, context);
        answer.expect(count);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(context.loader());
        current.begin(number);
        long start = System.nanoTime();
        try {
            for (int slot : needs) {
                code.check(slot);
            }
            current.run(number, kind, count, in, new ValueReader(in, WorkerCode.NO_BIGS, context), code, answer);
        } catch (Throwable e) {
            answer.failRest(e);
        } finally {
            current.end();
            thread.setContextClassLoader(before);
        }
        long end = System.nanoTime();
        Outgoing out = new Outgoing(128);
        out.writeByte(DONE);
        out.writeLong(start);
        out.writeLong(end);
        answer.appendTo(out);
        return out.toArray();
    }
}
