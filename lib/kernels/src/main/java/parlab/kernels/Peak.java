package parlab.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The two limits of a roofline chart, measured: how fast this processor multiplies, and how fast it reads memory.
 *
 * <p>Both are what a JVM can reach with vectors of the preferred width, the best of a few tries of some ten
 * milliseconds; the true limit can only be higher. S. Williams, A. Waterman and D. Patterson, <i>Roofline</i>, CACM
 * 52(4), 2009, tells how to read the chart. Thread-safe, but what runs beside it takes a part.
 */
public final class Peak {
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final int SUMS = 12;
    private static final int STEPS = 4_000_000;
    private static final int TRIES = 15;

    private Peak() {}

    /**
     * Multiplications and additions of doubles in a second, of so many threads together, a fused multiply-add counted
     * as two, with nothing to load.
     *
     * @throws UnsupportedOperationException if multiply-and-add is not one instruction here
     */
    public static double doubleFlops(int threads) throws InterruptedException {
        Fma.require();
        return 2.0 * SUMS * DOUBLES.length() * STEPS * threads / best(threads, i -> () -> doubles(STEPS, 1e-9));
    }

    /**
     * Bytes read in a second, by so many threads together, while arrays are added up, one for each thread. Take some
     * several times as big as the caches to see the memory, or small ones to see a cache.
     *
     * @param bytes the size of all arrays together, from 1024 bytes to 8 GB for each thread
     */
    public static double bandwidth(int threads, long bytes) throws InterruptedException {
        check(threads);
        long each = bytes / threads / Double.BYTES;
        if (each < 128 || each > 1L << 30) {
            throw new IllegalArgumentException("each of " + threads + " threads needs 1024 bytes to 8 GB, of " + bytes
                    + " bytes it would have " + each * Double.BYTES);
        }
        double[][] arrays = new double[threads][(int) each];
        for (double[] array : arrays) {
            Arrays.fill(array, 1); // untouched pages would all be one and the same page of zeros
        }
        int rounds = (int) Math.max(1, 4_000_000 / each);
        double seconds = best(threads, i -> () -> {
            double sum = 0;
            for (int round = 0; round < rounds; round++) {
                sum += sum(arrays[i]);
            }
            return sum;
        });
        return (double) rounds * each * Double.BYTES * threads / seconds;
    }

    private interface Bodies {
        Callable<Double> body(int thread);
    }

    /** Seconds from the first start to the last end, in the best of some tries. */
    private static double best(int threads, Bodies bodies) throws InterruptedException {
        check(threads);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            double best = Double.POSITIVE_INFINITY;
            for (int i = 0; i < TRIES; i++) {
                List<Callable<Double>> all = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    all.add(bodies.body(thread));
                }
                long start = System.nanoTime();
                for (Future<Double> one : pool.invokeAll(all)) {
                    if (Double.isNaN(one.get())) {
                        throw new IllegalStateException("not a number"); // uses the result, so that it is computed
                    }
                }
                best = Math.min(best, (System.nanoTime() - start) / 1e9);
            }
            return best;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void check(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be from 1 to 1024, got " + threads);
        }
    }

    /**
     * Twelve sums, because one multiply-add takes about four steps and two can begin in each: eight would be just
     * enough.
     */
    private static double doubles(int steps, double factor) {
        DoubleVector x = DoubleVector.broadcast(DOUBLES, factor);
        DoubleVector s0 = DoubleVector.zero(DOUBLES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        DoubleVector s4 = s0;
        DoubleVector s5 = s0;
        DoubleVector s6 = s0;
        DoubleVector s7 = s0;
        DoubleVector s8 = s0;
        DoubleVector s9 = s0;
        DoubleVector s10 = s0;
        DoubleVector s11 = s0;
        for (int i = 0; i < steps; i++) {
            s0 = x.fma(x, s0);
            s1 = x.fma(x, s1);
            s2 = x.fma(x, s2);
            s3 = x.fma(x, s3);
            s4 = x.fma(x, s4);
            s5 = x.fma(x, s5);
            s6 = x.fma(x, s6);
            s7 = x.fma(x, s7);
            s8 = x.fma(x, s8);
            s9 = x.fma(x, s9);
            s10 = x.fma(x, s10);
            s11 = x.fma(x, s11);
        }
        return s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9)
                .add(s10)
                .add(s11)
                .reduceLanes(VectorOperators.ADD);
    }

    private static double sum(double[] array) {
        int step = DOUBLES.length();
        DoubleVector s0 = DoubleVector.zero(DOUBLES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int i = 0;
        for (; i <= array.length - 4 * step; i += 4 * step) {
            s0 = s0.add(DoubleVector.fromArray(DOUBLES, array, i));
            s1 = s1.add(DoubleVector.fromArray(DOUBLES, array, i + step));
            s2 = s2.add(DoubleVector.fromArray(DOUBLES, array, i + 2 * step));
            s3 = s3.add(DoubleVector.fromArray(DOUBLES, array, i + 3 * step));
        }
        double sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; i < array.length; i++) {
            sum += array[i];
        }
        return sum;
    }
}
