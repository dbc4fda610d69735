package parlab.kernels;

import static parlab.kernels.Product.ceil;
import static parlab.kernels.Product.part;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import parlab.kernels.ParallelFor.Loop;

/**
 * Products with few rows, or one column: every element of the big matrix is used once or a few times, so that memory
 * sets the pace and it is read where it lies.
 */
final class ThinProduct {
    private static final VectorSpecies<Double> S = Tile.S;
    private static final int L = Tile.L;

    /**
     * Rows of B in a block, which one thread reads from the first byte to the last: a long stretch, as the prefetcher
     * likes it, but one of many, since a helper begins some 50 µs later than the caller.
     */
    private static final int DEPTH = 128;

    /** Columns of a block: 16 kB of sums, which stay in the first-level cache. */
    private static final int WIDTH = 2048;

    /** More parts than threads, so that who has been held up does fewer. */
    private static final int PARTS_A_THREAD = 8;

    private ThinProduct() {}

    /**
     * x B for every row x of A. Blocks of B have sums of their own, which are added up in order afterwards: so the
     * result does not depend on how many threads there are.
     */
    static List<Loop> fewRows(Product p) {
        int deep = ceil(p.k, DEPTH);
        int wide = ceil(p.n, WIDTH);
        double[] sums = BlockedProduct.Buffers.mine().a(deep * p.m * p.n);
        Loop blocks = new Loop(deep * wide, item -> {
            int block = item / wide;
            int from = part(p.k, block, deep);
            int to = part(p.k, block + 1, deep);
            int left = item % wide * WIDTH;
            int right = Math.min(p.n, left + WIDTH);
            for (int i = 0; i < p.m; i++) {
                rowTimesBlock(p, i, from, to, left, right, sums, (block * p.m + i) * p.n);
            }
        });
        Loop total = new Loop(1, item -> {
            int size = p.m * p.n;
            Product.scale(p.beta, p.c, 0, size);
            for (int block = 0; block < deep; block++) {
                add(sums, block * size, size, p.c);
            }
        });
        return List.of(blocks, total);
    }

    /** A y for a column y: one dot product a row. */
    static List<Loop> oneColumn(Product p, int workers) {
        int parts = Math.min(p.m, workers == 1 ? 1 : PARTS_A_THREAD * workers);
        return List.of(new Loop(parts, item -> {
            for (int i = part(p.m, item, parts); i < part(p.m, item + 1, parts); i++) {
                double sum = p.alpha * dot(p.k, p.a, i * p.k, p.b, 0);
                p.c[i] = p.beta == 0 ? sum : Math.fma(p.beta, p.c[i], sum);
            }
        }));
    }

    /** Four sums side by side, because each addition waits for the one before. */
    static double dot(int k, double[] x, int xo, double[] y, int yo) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int p = 0;
        for (; p <= k - 4 * L; p += 4 * L) {
            s0 = DoubleVector.fromArray(S, x, xo + p).fma(DoubleVector.fromArray(S, y, yo + p), s0);
            s1 = DoubleVector.fromArray(S, x, xo + p + L).fma(DoubleVector.fromArray(S, y, yo + p + L), s1);
            s2 = DoubleVector.fromArray(S, x, xo + p + 2 * L).fma(DoubleVector.fromArray(S, y, yo + p + 2 * L), s2);
            s3 = DoubleVector.fromArray(S, x, xo + p + 3 * L).fma(DoubleVector.fromArray(S, y, yo + p + 3 * L), s3);
        }
        double sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; p < k; p++) {
            sum = Math.fma(x[xo + p], y[yo + p], sum);
        }
        return sum;
    }

    /** y = alpha x B for row x of A and a block of B, eight rows at a time: y is read and written once for eight. */
    private static void rowTimesBlock(
            Product product, int row, int from, int to, int left, int right, double[] y, int yo) {
        int n = product.n;
        double[] b = product.b;
        Arrays.fill(y, yo + left, yo + right, 0);
        double[] x = new double[to - from];
        for (int p = from; p < to; p++) {
            x[p - from] = product.alpha * product.a[row * product.k + p];
        }
        int p = from;
        for (; p + 8 <= to; p += 8) {
            eightRows(x, p - from, b, p * n, n, left, right, y, yo);
        }
        for (; p < to; p++) {
            double factor = x[p - from];
            for (int j = left; j < right; j++) {
                y[yo + j] = Math.fma(factor, b[p * n + j], y[yo + j]);
            }
        }
    }

    /**
     * Eight streams are enough for the prefetcher; two sums side by side, because each addition waits for the one
     * before.
     */
    private static void eightRows(
            double[] x, int xo, double[] b, int at, int n, int left, int right, double[] y, int yo) {
        int b1 = at + n;
        int b2 = b1 + n;
        int b3 = b2 + n;
        int b4 = b3 + n;
        int b5 = b4 + n;
        int b6 = b5 + n;
        int b7 = b6 + n;
        DoubleVector x0 = DoubleVector.broadcast(S, x[xo]);
        DoubleVector x1 = DoubleVector.broadcast(S, x[xo + 1]);
        DoubleVector x2 = DoubleVector.broadcast(S, x[xo + 2]);
        DoubleVector x3 = DoubleVector.broadcast(S, x[xo + 3]);
        DoubleVector x4 = DoubleVector.broadcast(S, x[xo + 4]);
        DoubleVector x5 = DoubleVector.broadcast(S, x[xo + 5]);
        DoubleVector x6 = DoubleVector.broadcast(S, x[xo + 6]);
        DoubleVector x7 = DoubleVector.broadcast(S, x[xo + 7]);
        int j = left;
        for (; j <= right - L; j += L) {
            DoubleVector s = DoubleVector.fromArray(S, y, yo + j);
            DoubleVector t = DoubleVector.fromArray(S, b, b1 + j).mul(x1);
            s = DoubleVector.fromArray(S, b, at + j).fma(x0, s);
            t = DoubleVector.fromArray(S, b, b3 + j).fma(x3, t);
            s = DoubleVector.fromArray(S, b, b2 + j).fma(x2, s);
            t = DoubleVector.fromArray(S, b, b5 + j).fma(x5, t);
            s = DoubleVector.fromArray(S, b, b4 + j).fma(x4, s);
            t = DoubleVector.fromArray(S, b, b7 + j).fma(x7, t);
            s = DoubleVector.fromArray(S, b, b6 + j).fma(x6, s);
            s.add(t).intoArray(y, yo + j);
        }
        for (; j < right; j++) {
            double s = Math.fma(x[xo], b[at + j], y[yo + j]);
            double t = x[xo + 1] * b[b1 + j];
            s = Math.fma(x[xo + 2], b[b2 + j], s);
            t = Math.fma(x[xo + 3], b[b3 + j], t);
            s = Math.fma(x[xo + 4], b[b4 + j], s);
            t = Math.fma(x[xo + 5], b[b5 + j], t);
            s = Math.fma(x[xo + 6], b[b6 + j], s);
            t = Math.fma(x[xo + 7], b[b7 + j], t);
            y[yo + j] = s + t;
        }
    }

    private static void add(double[] from, int offset, int length, double[] to) {
        for (int i = 0; i < length; i++) {
            to[i] += from[offset + i];
        }
    }
}
