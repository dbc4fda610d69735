package parlab.timing;

/**
 * What a batch loop reads and writes beside its body.
 *
 * <p>{@link #limit} is volatile although one thread alone uses it: reading it in every iteration is an acquire barrier,
 * so that the compiler neither hoists the body's loads out of the loop nor fuses iterations, and the loop is no counted
 * one that it could unroll or vectorise. An int, since HotSpot compares two longs twice in such a loop: the safepoint
 * between the bytecodes {@code lcmp} and {@code iflt} needs the first's result.
 */
final class BatchControl {
    /** How many calls make a batch. */
    volatile int limit = 1;

    /** How many calls the last batch made. */
    int calls;

    // Where results go in a JVM without compiler black holes.
    int intSink;
    long longSink;
    double doubleSink;
    Object objectSink;

    /** Notes how many calls a batch has made since start, and returns the nanoseconds that it took. */
    long ended(long start, int calls) {
        long end = System.nanoTime();
        this.calls = calls;
        return end - start;
    }
}
