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
 * <p>Both matrices are cut into blocks KC deep and copied ("packed") into the order in which {@link DoubleTile} reads them,
 * so that it walks through memory without a jump; a copy costs n² steps where the product costs n³. What does not fill a
 * tile is filled up with zeros, and the tile goes through a small array of its own.
 *
 * <p>Each thread packs blocks of B of its own, KC x NC, which stay in its second-level cache while the panels of A pass by;
 * the tiles of a panel are stored from left to right, so that the prefetcher brings the rows of C in time. The other order, in
 * which OpenBLAS keeps a block of A, jumps from row to row of C; it needs prefetch instructions, which Java has not.
 *
 * <p>The same code as {@link FloatGemm}, for another type.
 */
public final class DoubleGemm {
    private static final int MR = DoubleTile.ROWS;
    private static final int NR = DoubleTile.COLUMNS;
    private static final int L = DoubleTile.L;

    /** Depth of a block: long enough for C to be read and written seldom. */
    private static final int KC = 384;

    /** Columns of a block of B: about 740 kB of it. */
    private static final int NC = up(1920 / Double.BYTES, NR);

    /** Rows of A that are packed at once at most. */
    private static final int TALLEST = 4096;

    /** Panels of B that are packed side by side. */
    private static final int SIDE_BY_SIDE = 8;

    /**
     * Where packed panels begin. The elements of an array begin 16 bytes after the array itself, and G1 puts big arrays at
     * round addresses: so no vector crosses a cache line. In another place it is slower, and nothing else.
     */
    private static final int ALIGN = (64 - 16) / Double.BYTES;

    /**
     * Big enough to count as big: half a region, of which G1 makes some 2048, of 1 to 32 MB. What is small it would put
     * anywhere, and a tile whose vectors cross cache lines takes one and a half times as long.
     */
    private static final int SMALLEST_BUFFER = Math.clamp(
            Long.highestOneBit(Runtime.getRuntime().maxMemory() / 2048) / Double.BYTES,
            1 << 19,
            (16 << 20) / Double.BYTES);

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
        Fma.require();
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
        int height = even(m, TALLEST, MR);
        double[] packedA = Buffers.mine().a(height * depth);
        int panelsB = ceil(n, NR);
        int shares = Math.min(panelsB, up(ceil(n, NC), workers));
        for (int p0 = 0; p0 < k; p0 += depth) {
            int pFrom = p0;
            int kc = Math.min(depth, k - p0);
            double factor = pFrom == 0 ? beta : 1;
            for (int i0 = 0; i0 < m; i0 += height) {
                int iFrom = i0;
                int mc = Math.min(height, m - i0);
                int panelsA = ceil(mc, MR);
                int sharesA = Math.min(panelsA, workers == 1 ? 1 : 4 * workers);
                phases.add(new Phase(sharesA, item -> {
                    int first = part(panelsA, item, sharesA);
                    int last = part(panelsA, item + 1, sharesA);
                    packA(a, k, iFrom, mc, pFrom, kc, packedA, first, last);
                }));
                int rows = Math.min(panelsA, ceil(workers, shares));
                phases.add(new Phase(rows * shares, item -> {
                    int top = part(panelsA, item % rows, rows) * MR;
                    int bottom = Math.min(mc, part(panelsA, item % rows + 1, rows) * MR);
                    int left = part(panelsB, item / rows, shares) * NR;
                    int right = Math.min(n, part(panelsB, item / rows + 1, shares) * NR);
                    Buffers buffers = Buffers.mine();
                    double[] packedB = buffers.b(ALIGN + up(right - left, NR) * kc);
                    packB(b, n, pFrom, kc, left, right - left, packedB);
                    block(top, bottom, kc, packedA, packedB, right - left, alpha, factor, c, iFrom * n + left, n);
                }));
            }
        }
    }

    /** Rows i0 to i1 of packed A times a block of packed B, one row of tiles after the other; C begins at {@code co}. */
    private static void block(
            int i0,
            int i1,
            int kc,
            double[] packedA,
            double[] packedB,
            int nc,
            double alpha,
            double beta,
            double[] c,
            int co,
            int n) {
        if (beta != 0 && beta != 1) {
            for (int i = i0; i < i1; i++) {
                scale(beta, c, co + i * n, nc);
            }
        }
        double[] tile = Buffers.mine().tile;
        for (int i = i0; i < i1; i += MR) {
            int rows = Math.min(MR, i1 - i);
            for (int j = 0; j < nc; j += NR) {
                DoubleTile.multiply(kc, packedA, i * kc, packedB, ALIGN + j * kc, tile);
                DoubleTile.store(tile, rows, Math.min(NR, nc - j), alpha, beta != 0, c, co + i * n + j, n);
            }
        }
    }

    /** MR rows at a time, column after column. */
    private static void packA(double[] a, int k, int i0, int mc, int p0, int kc, double[] packed, int first, int last) {
        for (int panel = first; panel < last; panel++) {
            int ir = panel * MR;
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

    /** NR columns at a time, row after row. A few panels at once: rows of B are read in longer pieces then. */
    private static void packB(double[] b, int n, int p0, int kc, int j0, int nc, double[] packed) {
        int whole = nc / NR;
        for (int first = 0; first < whole; first += SIDE_BY_SIDE) {
            int panels = Math.min(SIDE_BY_SIDE, whole - first);
            int to = ALIGN + first * NR * kc;
            for (int p = 0; p < kc; p++) {
                copyRow(b, (p0 + p) * n + j0 + first * NR, packed, to + p * NR, kc * NR, panels);
            }
        }
        if (whole * NR < nc) {
            packNarrow(b, n, p0 * n + j0 + whole * NR, kc, nc - whole * NR, packed, ALIGN + whole * NR * kc);
        }
    }

    /** A piece of a row of B, cut up for so many panels. */
    private static void copyRow(double[] b, int from, double[] packed, int to, int step, int panels) {
        for (int i = 0; i < panels; i++) {
            int source = from + i * NR;
            int target = to + i * step;
            DoubleVector.fromArray(DoubleTile.S, b, source).intoArray(packed, target);
            DoubleVector.fromArray(DoubleTile.S, b, source + L).intoArray(packed, target + L);
            DoubleVector.fromArray(DoubleTile.S, b, source + 2 * L).intoArray(packed, target + 2 * L);
        }
    }

    /** The last panel, where it has fewer columns. */
    private static void packNarrow(double[] b, int n, int from, int kc, int columns, double[] packed, int to) {
        for (int p = 0; p < kc; p++) {
            for (int j = 0; j < NR; j++) {
                packed[to + p * NR + j] = j < columns ? b[from + p * n + j] : 0;
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
            int from = (int) Math.min(n, (long) part(ceil(n, L), item, shares) * L);
            int to = (int) Math.min(n, (long) part(ceil(n, L), item + 1, shares) * L);
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
        return (int) ((x + y - 1L) / y);
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
