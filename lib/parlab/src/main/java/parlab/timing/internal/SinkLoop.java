package parlab.timing.internal;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The loop for a JVM without compiler black holes: every result is stored to a field, and as the volatile
 * read that follows is a barrier, no store can be dropped as overwritten. Only the template of the classes
 * that {@link Loops} defines.
 *
 * <p>References are stored once in 1024 calls, since a store of one costs the garbage collector's barrier.
 * The compiler can not tell which object will be kept, so it allocates them all; but it may move other
 * work that only serves the result into the rare branch.
 */
public final class SinkLoop implements BatchLoop {

    private static final int OBJECT_SINK_MASK = 1023;

    @Override
    public long booleans(BooleanSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            control.intSink = body.getAsBoolean() ? 1 : 0;
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }

    @Override
    public long ints(IntSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            control.intSink = body.getAsInt();
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }

    @Override
    public long longs(LongSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            control.longSink = body.getAsLong();
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }

    @Override
    public long doubles(DoubleSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            control.doubleSink = body.getAsDouble();
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }

    @Override
    public long objects(Supplier<?> body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            Object value = body.get();
            if ((calls & OBJECT_SINK_MASK) == 0) {
                control.objectSink = value;
            }
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }

    @Override
    public long nothings(Runnable body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            body.run();
            calls++;
        } while (calls < control.limit);
        long end = System.nanoTime();
        control.calls = calls;
        return end - start;
    }
}
