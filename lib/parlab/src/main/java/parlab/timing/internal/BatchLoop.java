package parlab.timing.internal;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Calls a body over and over, {@link BatchControl#limit} times but at least once, and returns the
 * nanoseconds that it took. Every measurement uses a class of its own, made by {@link Loops}.
 */
public interface BatchLoop {

    /** Runs a batch of a body that returns a boolean. */
    long booleans(BooleanSupplier body, BatchControl control);

    /** Runs a batch of a body that returns an int, or what widens to one. */
    long ints(IntSupplier body, BatchControl control);

    /** Runs a batch of a body that returns a long. */
    long longs(LongSupplier body, BatchControl control);

    /** Runs a batch of a body that returns a double or a float. */
    long doubles(DoubleSupplier body, BatchControl control);

    /** Runs a batch of a body that returns a reference. */
    long objects(Supplier<?> body, BatchControl control);

    /** Runs a batch of a body that returns nothing. */
    long nothings(Runnable body, BatchControl control);
}
