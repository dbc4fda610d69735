package parlab.kernels;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The product of two matrices in pure Java, with the Vector API: {@code C = alpha A B + beta C}.
 *
 * <p>Matrices are arrays, row after row: element (i, j) of an m x n matrix is at index {@code i * n + j}. An array
 * may be longer than its matrix; the rest is not touched. As in BLAS, with beta 0 what is in C does not count, and
 * with alpha 0 A and B do not, not even a NaN in them. The sums are taken in another order than a simple loop takes
 * them, and with fused multiply-add, so that the last digits differ; each element of C is within about
 * {@code (k + 3) eps |A||B|} of the true one. The order does not depend on the number of threads: one and many give
 * the same bits.
 *
 * <p>The algorithm is the one of K. Goto and R. van de Geijn, <i>Anatomy of high-performance matrix
 * multiplication</i>, ACM TOMS 34(3), 2008, in the form of F. Van Zee and R. van de Geijn, <i>BLIS</i>, ACM TOMS
 * 41(3), 2015: blocks for each cache, packed copies of both matrices, a tile of C in registers. The tile is as wide
 * as this processor's vectors allow. Products with up to four rows, or one column, are limited by memory and go
 * without copies.
 *
 * <p>The JVM needs {@code --add-modules jdk.incubator.vector}, and a processor with fused multiply-add, without which
 * every product throws {@link UnsupportedOperationException}. Thread-safe: one Gemm may be used by many threads at
 * once. Each thread that calls keeps a buffer of some MB for the next call, as long as memory is not short.
 * Overlapping arguments (C the same array as A or B) are refused.
 */
public final class Gemm implements AutoCloseable {
    private static final Gemm SERIAL = new Gemm(1, null);

    /**
     * Products with fewer multiplications than this are done by the caller alone: a hand-over takes some
     * microseconds.
     */
    private static final long WORTH_SHARING = 100_000;

    /** With fewer rows than this, packing B would cost more than it saves. */
    private static final int FEW_ROWS = 4;

    private final int threads;
    private final ExecutorService pool;

    private Gemm(int threads, ExecutorService pool) {
        this.threads = threads;
        this.pool = pool;
    }

    /** Products on the caller's thread alone; it needs no closing. */
    public static Gemm serial() {
        return SERIAL;
    }

    /**
     * Products on the caller's thread and on {@code threads - 1} threads of its own, up to 1023, which end with {@link
     * #close}, or when they have had nothing to do for ten seconds, and never keep the JVM alive.
     */
    public static Gemm threads(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be from 1 to 1024, got " + threads);
        }
        if (threads == 1) {
            return SERIAL;
        }
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads - 1, threads - 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "parlab-gemm");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return new Gemm(threads, pool);
    }

    /**
     * C = A B for A m x k, B k x n and C m x n.
     *
     * @throws IllegalArgumentException if a size is negative, an array too small, or c is a or b
     */
    public void multiply(int m, int n, int k, double[] a, double[] b, double[] c) {
        multiply(m, n, k, 1, a, b, 0, c);
    }

    /** C = alpha A B + beta C, as {@link #multiply(int, int, int, double[], double[], double[])}. */
    public void multiply(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        Shapes.check(m, n, k, a.length, b.length, c.length);
        Shapes.checkApart(m, n, c == a && k > 0, c == b && k > 0);
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0 || alpha == 0) {
            Product.scale(beta, c, 0, m * n);
            return;
        }
        Fma.require();
        int workers = (long) m * n * k < WORTH_SHARING ? 1 : threads;
        Product product = new Product(m, n, k, alpha, a, b, beta, c);
        List<ParallelFor.Loop> loops = n == 1
                ? ThinProduct.oneColumn(product, workers)
                : m <= FEW_ROWS ? ThinProduct.fewRows(product) : BlockedProduct.loops(product, workers);
        ParallelFor.run(pool, workers, loops);
    }

    /** Ends the threads that this made, if any; products after that run on the caller's thread. */
    @Override
    public void close() {
        if (pool != null) {
            pool.shutdown();
        }
    }

    @Override
    public String toString() {
        return "Gemm on " + threads + (threads == 1 ? " thread" : " threads");
    }
}
