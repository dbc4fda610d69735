package parlab.timing;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What is measured, and a body of the same type that does nothing: what is left of that is the loop itself. */
record Body(Batch batch, Batch empty) {
    /** Runs a batch in a loop of the caller's choice and returns the nanoseconds that it took. */
    @FunctionalInterface
    interface Batch {
        long run(BatchLoop loop, BatchControl control);
    }

    static Body of(BooleanSupplier body) {
        return new Body((loop, c) -> loop.booleans(body, c), (loop, c) -> loop.booleans(() -> false, c));
    }

    static Body of(IntSupplier body) {
        return new Body((loop, c) -> loop.ints(body, c), (loop, c) -> loop.ints(() -> 0, c));
    }

    static Body of(LongSupplier body) {
        return new Body((loop, c) -> loop.longs(body, c), (loop, c) -> loop.longs(() -> 0, c));
    }

    static Body of(DoubleSupplier body) {
        return new Body((loop, c) -> loop.doubles(body, c), (loop, c) -> loop.doubles(() -> 0, c));
    }

    static Body of(Supplier<?> body) {
        return new Body((loop, c) -> loop.objects(body, c), (loop, c) -> loop.objects(() -> null, c));
    }

    static Body of(Runnable body) {
        return new Body((loop, c) -> loop.nothings(body, c), (loop, c) -> loop.nothings(() -> {}, c));
    }
}
