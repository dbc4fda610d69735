package parlab.timing.internal;

import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What is measured, bound to the loop's method for the type of what it returns.
 *
 * @param batch runs a batch of it
 * @param empty runs a batch of a body of the same type that does nothing: what is left is the loop itself
 */
public record Body(Batch batch, Batch empty) {

    /** Runs a batch in a loop of the caller's choice. */
    @FunctionalInterface
    public interface Batch {
        /** The nanoseconds that the batch took. */
        long run(BatchLoop loop, BatchControl control);
    }

    /** A body that returns a boolean. */
    public static Body of(BooleanSupplier body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.booleans(body, control), (loop, c) -> loop.booleans(() -> false, c));
    }

    /** A body that returns an int. */
    public static Body of(IntSupplier body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.ints(body, control), (loop, c) -> loop.ints(() -> 0, c));
    }

    /** A body that returns a long. */
    public static Body of(LongSupplier body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.longs(body, control), (loop, c) -> loop.longs(() -> 0, c));
    }

    /** A body that returns a double. */
    public static Body of(DoubleSupplier body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.doubles(body, control), (loop, c) -> loop.doubles(() -> 0, c));
    }

    /** A body that returns a reference. */
    public static Body of(Supplier<?> body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.objects(body, control), (loop, c) -> loop.objects(() -> null, c));
    }

    /** A body that returns nothing. */
    public static Body of(Runnable body) {
        Objects.requireNonNull(body, "body");
        return new Body((loop, control) -> loop.nothings(body, control), (loop, c) -> loop.nothings(() -> {}, c));
    }
}
