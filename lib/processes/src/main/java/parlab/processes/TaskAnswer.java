package parlab.processes;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.List;
import parlab.executors.RemoteExecutor.Outcome;

/**
 * What a worker has sent back, not yet read: reading makes objects of anybody's classes, and so it is done by the
 * thread that wants them. To be read once.
 */
final class TaskAnswer {
    private final Incoming in;
    private final Object[] bigs;
    private final String worker;

    /**
     * @param in the message, at its first outcome
     * @param bigs its big arrays
     * @param worker who has sent it
     */
    TaskAnswer(Incoming in, Object[] bigs, String worker) {
        this.in = in;
        this.bigs = bigs;
        this.worker = worker;
    }

    String worker() {
        return worker;
    }

    /**
     * Reads the outcomes. One that cannot be read here is a failure, and does not touch the others.
     *
     * @param expected how many there are
     * @param hooks of this process
     * @throws IOException if the message is damaged
     */
    List<Outcome<Object>> read(int expected, ValueReader.Hooks hooks) throws IOException {
        int count = in.readInt();
        if (count != expected) {
            throw new StreamCorruptedException(count + " outcomes for " + expected + " items");
        }
        ValueReader values = new ValueReader(in, bigs, hooks);
        List<Outcome<Object>> outcomes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (in.readByte() == Wire.OK) {
                outcomes.add(value(values));
            } else {
                outcomes.add(new Outcome<>(null, failure(values), worker));
            }
        }
        return outcomes;
    }

    private Outcome<Object> value(ValueReader values) {
        try {
            return new Outcome<>(values.read(), null, worker);
        } catch (Throwable e) {
            // Whatever a class does when it is deserialised, Errors too.
            return new Outcome<>(null, unreadable(e), worker);
        }
    }

    /** Says that a result cannot be read in this process. */
    static IllegalStateException unreadable(Throwable why) {
        return new IllegalStateException("the task's result cannot be read here: " + why.getMessage(), why);
    }

    private Throwable failure(ValueReader values) throws IOException {
        String type = in.readText();
        String message = in.readText();
        String stackText = in.readText();
        StackTraceElement[] stack;
        try {
            stack = (StackTraceElement[]) values.read();
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
        RemoteTaskException text =
                new RemoteTaskException(type, message.equals("null") ? null : message, stackText, stack);
        Object thrown = null;
        try {
            thrown = values.read();
        } catch (Throwable e) {
            // A type that this process does not know, or does not admit.
            text.addSuppressed(e);
        }
        if (type.equals("java.lang.OutOfMemoryError")) {
            // With the advice that the worker has added.
            OutOfMemoryError error = new OutOfMemoryError(message);
            error.setStackTrace(stack);
            return error;
        }
        return thrown instanceof Throwable failure ? failure : text;
    }

    /** Describes the failure of a task of one call, without making an object of it; empty if it succeeded. */
    String failureText() throws IOException {
        in.readInt();
        if (in.readByte() == Wire.OK) {
            return "";
        }
        in.readText();
        in.readText();
        return "in " + worker + ": " + in.readText();
    }
}
