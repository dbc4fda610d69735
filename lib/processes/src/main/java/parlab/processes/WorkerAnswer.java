package parlab.processes;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * The outcomes of a task in the making: each is written when it is there, as it is then, whatever the task does to the
 * same object later. Not thread-safe.
 */
final class WorkerAnswer {
    /** Longer messages and stacks are cut; an exception that can be serialised has them whole. */
    private static final int LONGEST_DESCRIPTION = 100_000;

    private final String worker;
    private final Outgoing values = new Outgoing(128);
    private final BigArrays.InFiles bigs;
    private final ValueWriter writer;
    private int expected = 1;
    private int written;
    private boolean outOfMemory;

    /**
     * @param worker this process's name
     * @param bigs where big arrays go; null if they are written like small ones
     * @param hooks of the task's code base
     */
    WorkerAnswer(String worker, BigArrays.InFiles bigs, ValueWriter.Hooks hooks) {
        this.worker = worker;
        this.bigs = bigs;
        this.writer = new ValueWriter(values, bigs, hooks);
    }

    /** Says how many outcomes there will be, if it is not one. */
    void expect(int count) {
        expected = count;
    }

    /** Whether memory has run out, after which a JVM is not to be trusted. */
    boolean outOfMemory() {
        return outOfMemory;
    }

    void ok(Object result) throws IOException {
        int mark = values.length();
        try {
            values.writeByte(Wire.OK);
            writer.write(result);
            written++;
        } catch (OutOfMemoryError e) {
            values.truncate(mark);
            fail(e);
        } catch (Throwable e) {
            // Anything: a class's own way of writing itself is anybody's code.
            values.truncate(mark);
            fail(new UnsendableException(
                    "the task's result cannot be sent back from " + worker + ": " + culprit(result, e)
                            + ". Return plain data: numbers, texts, arrays, records that implement Serializable.",
                    null));
        }
    }

    private static String culprit(Object result, Throwable e) {
        return safely(() -> SerialPath.find(result, "result", MemorySegment.class::isInstance)
                .map(found -> found.path() + " is a " + found.type().getName() + ", which is not Serializable")
                .orElse(e.toString()));
    }

    /** Gives the next item this failure. */
    void fail(Throwable e) throws IOException {
        written++;
        outOfMemory |= e instanceof OutOfMemoryError;
        values.writeByte(Wire.FAILED);
        values.writeText(e.getClass().getName());
        values.writeText(safely(() -> outOfMemory ? memoryAdvice(e) : String.valueOf(e.getMessage())));
        values.writeText(safely(() -> stackText(e)));
        writer.write(stackOf(e));
        try {
            writer.write(e);
        } catch (Throwable notSerialisable) {
            writer.write(null);
        }
    }

    /** Gives all items that have no outcome yet this failure. */
    void failRest(Throwable e) throws IOException {
        while (written < expected) {
            fail(e);
        }
    }

    /** Sends everything. */
    void send(MessageChannel channel, long number, long startNanos, long endNanos) throws IOException {
        Outgoing out = new Outgoing(values.length() + 64);
        out.writeLong(number);
        out.writeLong(startNanos);
        out.writeLong(endNanos);
        out.writeBoolean(outOfMemory);
        bigs.writeTable(out);
        appendTo(out);
        channel.send(Wire.DONE, out);
    }

    /** Appends what {@link TaskAnswer} reads. */
    void appendTo(Outgoing out) {
        out.writeInt(written);
        out.append(values);
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

    /** What an exception says about itself, which is anybody's code and may fail, or never end. */
    static String safely(Supplier<String> description) {
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
}
