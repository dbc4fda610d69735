package parlab.timing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The template of the loops' classes, of which each measurement gets a copy that has seen no other body.
 *
 * <p>HotSpot keeps its type profile per method: a loop that was shared by all bodies would call the third and every
 * later one through the interface's table instead of inlining it. A copy is a hidden class (JEP 371) and is unloaded
 * with its last instance.
 *
 * <p>Results go to {@link Blackhole}. In a JVM without compiler black holes every result is stored to a field instead,
 * and as the volatile read that follows is a barrier, no store can be dropped as overwritten. References are stored
 * once in 1024 calls, since a store of one costs the garbage collector's barrier: the compiler cannot tell which object
 * will be kept, so it allocates them all, but it may move other work that only serves the result into the rare branch.
 */
final class LoopTemplate implements BatchLoop {
    private static final int OBJECT_SINK_MASK = 1023;

    /** A constant for the compiler, so that one of the two ways is not there at all. */
    private static final boolean BLACKHOLE = isBlackhole();

    /** Makes a new class from this one, and its only instance. */
    static BatchLoop fresh(boolean compilerBlackhole) {
        try (InputStream in = LoopTemplate.class.getResourceAsStream("LoopTemplate.class")) {
            if (in == null) {
                throw new IllegalStateException("the class file of LoopTemplate is not on the class path");
            }
            return (BatchLoop) MethodHandles.lookup()
                    .defineHiddenClassWithClassData(in.readAllBytes(), compilerBlackhole, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no copy of LoopTemplate could be defined", e);
        }
    }

    private static boolean isBlackhole() {
        try {
            Boolean data = MethodHandles.classData(MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, Boolean.class);
            return data != null && data; // null in the template itself, which only makes copies
        } catch (IllegalAccessException e) {
            throw new LinkageError("a class may read its own data", e);
        }
    }

    @Override
    public long booleans(BooleanSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            boolean value = body.getAsBoolean();
            if (BLACKHOLE) {
                Blackhole.consume(value);
            } else {
                control.intSink = value ? 1 : 0;
            }
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }

    @Override
    public long ints(IntSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            int value = body.getAsInt();
            if (BLACKHOLE) {
                Blackhole.consume(value);
            } else {
                control.intSink = value;
            }
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }

    @Override
    public long longs(LongSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            long value = body.getAsLong();
            if (BLACKHOLE) {
                Blackhole.consume(value);
            } else {
                control.longSink = value;
            }
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }

    @Override
    public long doubles(DoubleSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            double value = body.getAsDouble();
            if (BLACKHOLE) {
                Blackhole.consume(value);
            } else {
                control.doubleSink = value;
            }
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }

    @Override
    public long objects(Supplier<?> body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            Object value = body.get();
            if (BLACKHOLE) {
                Blackhole.consume(value);
            } else if ((calls & OBJECT_SINK_MASK) == 0) {
                control.objectSink = value;
            }
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }

    @Override
    public long nothings(Runnable body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            body.run();
            calls++;
        } while (calls < control.limit);
        return control.ended(start, calls);
    }
}
