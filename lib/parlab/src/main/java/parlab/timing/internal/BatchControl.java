package parlab.timing.internal;

/**
 * What a batch loop reads and writes beside its body.
 *
 * <p>{@link #limit} is volatile although one thread alone uses it: reading it in every iteration is an
 * acquire barrier, so that the compiler neither hoists the body's loads out of the loop nor fuses
 * iterations, and the loop is no counted one that it could unroll or vectorise. An int, since HotSpot
 * compares two longs twice in such a loop: the safepoint between the bytecodes {@code lcmp} and {@code iflt}
 * needs the first's result.
 */
public final class BatchControl {
    /** How many calls make a batch. */
    public volatile int limit = 1;

    /** How many calls the last batch made. */
    public int calls;

    /** Where {@link SinkLoop} leaves ints and booleans. */
    int intSink;

    /** Where {@link SinkLoop} leaves longs. */
    long longSink;

    /** Where {@link SinkLoop} leaves doubles. */
    double doubleSink;

    /** Where {@link SinkLoop} leaves references, now and then. */
    Object objectSink;
}
