package parlab.timing;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Calls a body over and over, {@link BatchControl#limit} times but at least once, and returns the nanoseconds that it
 * took; one method for each type that a body may return. Every measurement has a class of its own, see
 * {@link LoopTemplate}.
 */
interface BatchLoop {
    long booleans(BooleanSupplier body, BatchControl control);

    long ints(IntSupplier body, BatchControl control);

    long longs(LongSupplier body, BatchControl control);

    long doubles(DoubleSupplier body, BatchControl control);

    long objects(Supplier<?> body, BatchControl control);

    long nothings(Runnable body, BatchControl control);
}
