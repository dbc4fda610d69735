package parlab.timing.internal;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The loop whose bodies' results go to {@link Blackhole}: an increment, a load, a compare and the
 * safepoint poll beside the body. Only the template of the classes that {@link Loops} defines.
 */
public final class BlackholeLoop implements BatchLoop {

    @Override
    public long booleans(BooleanSupplier body, BatchControl control) {
        int calls = 0;
        long start = System.nanoTime();
        do {
            Blackhole.consume(body.getAsBoolean());
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
            Blackhole.consume(body.getAsInt());
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
            Blackhole.consume(body.getAsLong());
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
            Blackhole.consume(body.getAsDouble());
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
            Blackhole.consume(body.get());
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
