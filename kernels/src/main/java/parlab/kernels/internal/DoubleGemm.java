package parlab.kernels.internal;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The product of two matrices of doubles, in blocks that fit the caches.
 *
 * <p>B is cut into blocks of KC rows and NC columns, A into blocks of MC rows and KC columns. Both are copied ("packed")
 * into the order in which {@link DoubleTile} reads them, so that it walks through memory without a jump; a copy costs
 * n² steps where the product costs n³. What does not fill a tile is filled up with zeros, and the tile goes through a
 * small array of its own.
 *
 * <p>The same code as {@link FloatGemm}, for another type.
 */
public final class DoubleGemm {
    private static final int MR = DoubleTile.ROWS;
    private static final int NR = DoubleTile.COLUMNS;
    private static final int L = DoubleTile.L;

    /** Depth of a block: one panel of B, KC x NR, stays in a first-level cache of 48 KB, or 32 KB with narrower vectors. */
    private static final int KC = Integer.getInteger("parlab.kc", Math.min(256, 36_864 / (NR * Double.BYTES)));

    /** Rows of a block of A at most: MC x KC takes a part of the second-level cache. */
    private static final int MC = up(Integer.getInteger("parlab.mc", 240), MR);

    /** Columns of a block of B at most: KC x NC stays in the third-level cache, or in memory. */
    private static final int NC = up(Integer.getInteger("parlab.nc", 3072), NR);

    /**
     * Where packed panels begin. The elements of an array begin 16 bytes after the array itself, and G1 puts big arrays at
     * round addresses: so no vector crosses a cache line. In another place it is a little slower, and nothing else.
     */
    private static final int ALIGN = (64 - 16) / Double.BYTES;

    /** Big enough to count as big. */
    private static final int SMALLEST_BUFFER = 1 << 19;

    /** Products with fewer multiplications than this are done by the caller alone: a hand-over takes some microseconds. */
    private static final long WORTH_SHARING = 100_000;

    /** With fewer rows than this, packing B would cost more than it saves. */
    private static final int FEW_ROWS = 4;

    /** Buffers of a thread, kept from call to call; the garbage collector takes them when memory is short. */
    private static final ThreadLocal<SoftReference<Buffers>> BUFFERS = new ThreadLocal<>();

    private DoubleGemm() {}

    static final class Buffers {
        double[] a = {};
        double[] b = {};

        /** Keeps the result of touching, so that the compiler can not leave it out. */
        long touched;

        final double[] tile = new double[MR * NR];

        static Buffers mine() {
            SoftReference<Buffers> reference = BUFFERS.get();
            Buffers buffers = reference == null ? null : reference.get();
            if (buffers == null) {
                buffers = new Buffers();
                BUFFERS.set(new SoftReference<>(buffers));
            }
            return buffers;
        }

        double[] a(int length) {
            if (a.length < length) {
                a = new double[length];
            }
            return a;
        }

        double[] b(int length) {
            if (b.length < length) {
                b = new double[Math.max(length, SMALLEST_BUFFER)];
            }
            return b;
        }
    }

    /** C = alpha A B + beta C on arguments that have been checked; see {@code parlab.kernels.Gemm}. */
    public static void multiply(
            Executor executor,
            int threads,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            double[] b,
            double beta,
            double[] c) {
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0 || alpha == 0) {
            scale(beta, c, 0, m * n);
            return;
        }
        int workers = (long) m * n * k < WORTH_SHARING ? 1 : threads;
        List<Phase> phases = new ArrayList<>();
        if (n == 1) {
            rowsTimesColumn(phases, workers, m, k, alpha, a, b, beta, c);
        } else if (m <= FEW_ROWS) {
            fewRows(phases, workers, m, n, k, alpha, a, b, beta, c);
        } else {
            blocks(phases, workers, m, n, k, alpha, a, b, beta, c);
        }
        Team.run(executor, workers, phases);
    }

    private static void blocks(
            List<Phase> phases,
            int workers,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            double[] b,
            double beta,
            double[] c) {
        int depth = even(k, KC, 1);
        int width = even(n, NC, NR);
        double[] packed = Buffers.mine().b(ALIGN + depth * width);
        int rowBlocks = ceil(m, MC);
        if (workers > 1) {
            rowBlocks = ceil(Math.max(rowBlocks, 2 * workers), workers) * workers;
        }
        int height = up(ceil(m, rowBlocks), MR);
        int rows = ceil(m, height);
        int columns = ceil(workers, rows);
        for (int j0 = 0; j0 < n; j0 += width) {
            int jFrom = j0;
            int nc = Math.min(width, n - j0);
            int panels = ceil(nc, NR);
            for (int p0 = 0; p0 < k; p0 += depth) {
                int pFrom = p0;
                int kc = Math.min(depth, k - p0);
                int shares = workers == 1 ? 1 : Math.min(panels, 4 * workers);
                phases.add(new Phase(
                        shares,
                        item -> packB(
                                b,
                                n,
                                pFrom,
                                kc,
                                jFrom,
                                nc,
                                packed,
                                part(panels, item, shares),
                                part(panels, item + 1, shares))));
                phases.add(new Phase(rows * columns, item -> {
                    int iFrom = item / columns * height;
                    int mc = Math.min(height, m - iFrom);
                    int column = item % columns;
                    int first = part(panels, column, columns);
                    int last = part(panels, column + 1, columns);
                    block(iFrom, mc, jFrom, nc, pFrom, kc, n, k, first, last, alpha, a, packed, beta, c);
                }));
            }
        }
    }

    /** One block of A against the panels {@code first} to {@code last} of a block of B. */
    private static void block(
            int i0,
            int mc,
            int j0,
            int nc,
            int p0,
            int kc,
            int n,
            int k,
            int first,
            int last,
            double alpha,
            double[] a,
            double[] packedB,
            double beta,
            double[] c) {
        Buffers buffers = Buffers.mine();
        double[] packedA = buffers.a(up(mc, MR) * kc);
        packA(a, k, i0, mc, p0, kc, packedA);
        if (p0 == 0 && beta != 0 && beta != 1) {
            int from = first * NR;
            int length = Math.min(last * NR, nc) - from;
            for (int i = i0; i < i0 + mc; i++) {
                scale(beta, c, i * n + j0 + from, length);
            }
        }
        boolean add = p0 > 0 || beta != 0;
        double[] tile = buffers.tile;
        for (int panel = first; panel < last; panel++) {
            int jr = panel * NR;
            int columns = Math.min(NR, nc - jr);
            for (int ir = 0; ir < mc; ir += MR) {
                int at = (i0 + ir) * n + j0 + jr;
                int rows = Math.min(MR, mc - ir);
                buffers.touched ^= DoubleTile.touch(rows, columns, c, at, n);
                DoubleTile.multiply(kc, packedA, ir * kc, packedB, ALIGN + jr * kc, tile);
                DoubleTile.store(tile, rows, columns, alpha, add, c, at, n);
            }
        }
    }

    /** MR rows at a time, column after column. */
    private static void packA(double[] a, int k, int i0, int mc, int p0, int kc, double[] packed) {
        for (int ir = 0; ir < mc; ir += MR) {
            int rows = Math.min(MR, mc - ir);
            for (int r = 0; r < MR; r++) {
                int to = ir * kc + r;
                if (r < rows) {
                    int from = (i0 + ir + r) * k + p0;
                    for (int p = 0; p < kc; p++) {
                        packed[to + p * MR] = a[from + p];
                    }
                } else {
                    for (int p = 0; p < kc; p++) {
                        packed[to + p * MR] = 0;
                    }
                }
            }
        }
    }

    /** NR columns at a time, row after row. */
    private static void packB(double[] b, int n, int p0, int kc, int j0, int nc, double[] packed, int first, int last) {
        for (int panel = first; panel < last; panel++) {
            int jr = panel * NR;
            int columns = Math.min(NR, nc - jr);
            int from = p0 * n + j0 + jr;
            int to = ALIGN + jr * kc;
            if (columns == NR) {
                for (int p = 0; p < kc; p++) {
                    DoubleVector.fromArray(DoubleTile.S, b, from + p * n).intoArray(packed, to + p * NR);
                    DoubleVector.fromArray(DoubleTile.S, b, from + p * n + L).intoArray(packed, to + p * NR + L);
                    DoubleVector.fromArray(DoubleTile.S, b, from + p * n + 2 * L)
                            .intoArray(packed, to + p * NR + 2 * L);
                }
            } else {
                for (int p = 0; p < kc; p++) {
                    for (int j = 0; j < NR; j++) {
                        packed[to + p * NR + j] = j < columns ? b[from + p * n + j] : 0;
                    }
                }
            }
        }
    }

    /** x W for every row x of A: nothing of W is used twice, so it is read where it lies. The columns are shared out. */
    private static void fewRows(
            List<Phase> phases,
            int workers,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            double[] b,
            double beta,
            double[] c) {
        int shares = workers == 1 ? 1 : Math.min(workers, ceil(n, 4 * L));
        phases.add(new Phase(shares, item -> {
            int from = part(ceil(n, L), item, shares) * L;
            int to = Math.min(n, part(ceil(n, L), item + 1, shares) * L);
            for (int i = 0; i < m; i++) {
                scale(beta, c, i * n + from, to - from);
                rowTimesMatrix(alpha, a, i * k, k, b, n, from, to, c, i * n);
            }
        }));
    }

    /** y += alpha x W, eight rows of W at a time: y is read and written once for eight, and eight streams are enough for the prefetcher. */
    private static void rowTimesMatrix(
            double alpha, double[] x, int xo, int k, double[] w, int n, int from, int to, double[] y, int yo) {
        int p = 0;
        for (; p + 8 <= k; p += 8) {
            eightRows(
                    alpha * x[xo + p],
                    alpha * x[xo + p + 1],
                    alpha * x[xo + p + 2],
                    alpha * x[xo + p + 3],
                    alpha * x[xo + p + 4],
                    alpha * x[xo + p + 5],
                    alpha * x[xo + p + 6],
                    alpha * x[xo + p + 7],
                    w,
                    p * n,
                    n,
                    from,
                    to,
                    y,
                    yo);
        }
        for (; p < k; p++) {
            double factor = alpha * x[xo + p];
            for (int j = from; j < to; j++) {
                y[yo + j] = Math.fma(factor, w[p * n + j], y[yo + j]);
            }
        }
    }

    private static void eightRows(
            double x0,
            double x1,
            double x2,
            double x3,
            double x4,
            double x5,
            double x6,
            double x7,
            double[] w,
            int at,
            int n,
            int from,
            int to,
            double[] y,
            int yo) {
        int w1 = at + n;
        int w2 = w1 + n;
        int w3 = w2 + n;
        int w4 = w3 + n;
        int w5 = w4 + n;
        int w6 = w5 + n;
        int w7 = w6 + n;
        int j = from;
        DoubleVector v0 = DoubleVector.broadcast(DoubleTile.S, x0);
        DoubleVector v1 = DoubleVector.broadcast(DoubleTile.S, x1);
        DoubleVector v2 = DoubleVector.broadcast(DoubleTile.S, x2);
        DoubleVector v3 = DoubleVector.broadcast(DoubleTile.S, x3);
        DoubleVector v4 = DoubleVector.broadcast(DoubleTile.S, x4);
        DoubleVector v5 = DoubleVector.broadcast(DoubleTile.S, x5);
        DoubleVector v6 = DoubleVector.broadcast(DoubleTile.S, x6);
        DoubleVector v7 = DoubleVector.broadcast(DoubleTile.S, x7);
        for (; j <= to - L; j += L) {
            DoubleVector s = DoubleVector.fromArray(DoubleTile.S, y, yo + j);
            DoubleVector t = DoubleVector.fromArray(DoubleTile.S, w, w1 + j).mul(v1);
            s = DoubleVector.fromArray(DoubleTile.S, w, at + j).fma(v0, s);
            t = DoubleVector.fromArray(DoubleTile.S, w, w3 + j).fma(v3, t);
            s = DoubleVector.fromArray(DoubleTile.S, w, w2 + j).fma(v2, s);
            t = DoubleVector.fromArray(DoubleTile.S, w, w5 + j).fma(v5, t);
            s = DoubleVector.fromArray(DoubleTile.S, w, w4 + j).fma(v4, s);
            t = DoubleVector.fromArray(DoubleTile.S, w, w7 + j).fma(v7, t);
            s = DoubleVector.fromArray(DoubleTile.S, w, w6 + j).fma(v6, s);
            s.add(t).intoArray(y, yo + j);
        }
        for (; j < to; j++) {
            double s = Math.fma(x0, w[at + j], y[yo + j]);
            double t = x1 * w[w1 + j];
            s = Math.fma(x2, w[w2 + j], s);
            t = Math.fma(x3, w[w3 + j], t);
            s = Math.fma(x4, w[w4 + j], s);
            t = Math.fma(x5, w[w5 + j], t);
            s = Math.fma(x6, w[w6 + j], s);
            t = Math.fma(x7, w[w7 + j], t);
            y[yo + j] = s + t;
        }
    }

    /** A y for a column y: one dot product a row. */
    private static void rowsTimesColumn(
            List<Phase> phases,
            int workers,
            int m,
            int k,
            double alpha,
            double[] a,
            double[] b,
            double beta,
            double[] c) {
        int shares = Math.min(workers, m);
        phases.add(new Phase(shares, item -> {
            for (int i = part(m, item, shares); i < part(m, item + 1, shares); i++) {
                double sum = alpha * dot(k, a, i * k, b, 0);
                c[i] = beta == 0 ? sum : Math.fma(beta, c[i], sum);
            }
        }));
    }

    /** Four sums side by side, because each addition waits for the one before. */
    static double dot(int k, double[] x, int xo, double[] y, int yo) {
        DoubleVector s0 = DoubleVector.zero(DoubleTile.S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int p = 0;
        for (; p <= k - 4 * L; p += 4 * L) {
            s0 = DoubleVector.fromArray(DoubleTile.S, x, xo + p)
                    .fma(DoubleVector.fromArray(DoubleTile.S, y, yo + p), s0);
            s1 = DoubleVector.fromArray(DoubleTile.S, x, xo + p + L)
                    .fma(DoubleVector.fromArray(DoubleTile.S, y, yo + p + L), s1);
            s2 = DoubleVector.fromArray(DoubleTile.S, x, xo + p + 2 * L)
                    .fma(DoubleVector.fromArray(DoubleTile.S, y, yo + p + 2 * L), s2);
            s3 = DoubleVector.fromArray(DoubleTile.S, x, xo + p + 3 * L)
                    .fma(DoubleVector.fromArray(DoubleTile.S, y, yo + p + 3 * L), s3);
        }
        double sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; p < k; p++) {
            sum = Math.fma(x[xo + p], y[yo + p], sum);
        }
        return sum;
    }

    /** With beta 0 what is there does not count, not even a NaN. */
    private static void scale(double beta, double[] c, int from, int length) {
        if (beta == 0) {
            Arrays.fill(c, from, from + length, 0);
        } else if (beta != 1) {
            for (int i = from; i < from + length; i++) {
                c[i] *= beta;
            }
        }
    }

    private static int ceil(int x, int y) {
        return (x + y - 1) / y;
    }

    private static int up(int x, int multiple) {
        return ceil(x, multiple) * multiple;
    }

    /** Cuts x into as few pieces as possible, of about the same size, each at most {@code most} and a multiple. */
    private static int even(int x, int most, int multiple) {
        return up(ceil(x, ceil(x, most)), multiple);
    }

    /** Where share number {@code item} of {@code shares} begins. */
    private static int part(int x, int item, int shares) {
        return (int) ((long) x * item / shares);
    }
}
