package parlab.kernels;

import static parlab.kernels.Product.ceil;
import static parlab.kernels.Product.even;
import static parlab.kernels.Product.part;
import static parlab.kernels.Product.up;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import parlab.kernels.ParallelFor.Loop;

/**
 * The product of two matrices in blocks that fit the caches.
 *
 * <p>Both matrices are cut into blocks KC deep and copied ("packed") into the order in which {@link Tile} reads them,
 * so that it walks through memory without a jump; a copy costs n² steps where the product costs n³. What does not
 * fill a tile is filled up with zeros, and the tile goes through a small array of its own.
 *
 * <p>Each thread packs blocks of B of its own, KC x NC, which stay in its second-level cache while the panels of A
 * pass by; the tiles of a panel are stored from left to right, so that the prefetcher brings the rows of C in time.
 * The other order, in which OpenBLAS keeps a block of A, jumps from row to row of C; it needs prefetch instructions,
 * which Java has not.
 */
final class BlockedProduct {
    private static final int MR = Tile.ROWS;
    private static final int NR = Tile.COLUMNS;
    private static final int L = Tile.L;

    /** Depth of a block: long enough for C to be read and written seldom. */
    private static final int KC = 384;

    /** Columns of a block of B: about 740 kB of it. */
    private static final int NC = up(1920 / Double.BYTES, NR);

    /** Rows of A that are packed at once at most. */
    private static final int TALLEST = 4096;

    /** Panels of B that are packed side by side. */
    private static final int SIDE_BY_SIDE = 8;

    /**
     * Where packed panels begin. The elements of an array begin 16 bytes after the array itself, and G1 puts big
     * arrays at round addresses: so no vector crosses a cache line. In another place it is slower, and nothing else.
     */
    private static final int ALIGN = (64 - 16) / Double.BYTES;

    /**
     * Big enough to count as big: half a region, of which G1 makes some 2048, of 1 to 32 MB. What is small it would
     * put anywhere, and a tile whose vectors cross cache lines takes one and a half times as long.
     */
    private static final int SMALLEST_BUFFER = Math.clamp(
            Long.highestOneBit(Runtime.getRuntime().maxMemory() / 2048) / Double.BYTES,
            1 << 19,
            (16 << 20) / Double.BYTES);

    /** Buffers of a thread, kept from call to call; the garbage collector takes them when memory is short. */
    private static final ThreadLocal<SoftReference<Buffers>> BUFFERS = new ThreadLocal<>();

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

    private BlockedProduct() {}

    /** Two loops for each block of A: it is packed, then multiplied with all blocks of B. */
    static List<Loop> loops(Product product, int workers) {
        int m = product.m;
        int n = product.n;
        int k = product.k;
        List<Loop> loops = new ArrayList<>();
        int depth = even(k, KC, 1);
        int height = even(m, TALLEST, MR);
        double[] packedA = Buffers.mine().a(height * depth);
        int panelsB = ceil(n, NR);
        int shares = Math.min(panelsB, up(ceil(n, NC), workers));
        for (int p0 = 0; p0 < k; p0 += depth) {
            int pFrom = p0;
            int kc = Math.min(depth, k - p0);
            double beta = pFrom == 0 ? product.beta : 1;
            for (int i0 = 0; i0 < m; i0 += height) {
                int iFrom = i0;
                int mc = Math.min(height, m - i0);
                int panelsA = ceil(mc, MR);
                int sharesA = Math.min(panelsA, workers == 1 ? 1 : 4 * workers);
                loops.add(new Loop(sharesA, item -> {
                    int first = part(panelsA, item, sharesA);
                    int last = part(panelsA, item + 1, sharesA);
                    packA(product.a, k, iFrom, mc, pFrom, kc, packedA, first, last);
                }));
                int rows = Math.min(panelsA, ceil(workers, shares));
                loops.add(new Loop(rows * shares, item -> {
                    int top = part(panelsA, item % rows, rows) * MR;
                    int bottom = Math.min(mc, part(panelsA, item % rows + 1, rows) * MR);
                    int left = part(panelsB, item / rows, shares) * NR;
                    int right = Math.min(n, part(panelsB, item / rows + 1, shares) * NR);
                    double[] packedB = Buffers.mine().b(ALIGN + up(right - left, NR) * kc);
                    packB(product.b, n, pFrom, kc, left, right - left, packedB);
                    block(product, beta, top, bottom, kc, packedA, packedB, right - left, iFrom * n + left);
                }));
            }
        }
        return loops;
    }

    /**
     * Rows i0 to i1 of packed A times a block of packed B, one row of tiles after the other; C begins at {@code co}.
     */
    private static void block(
            Product product, double beta, int i0, int i1, int kc, double[] packedA, double[] packedB, int nc, int co) {
        double[] c = product.c;
        int n = product.n;
        if (beta != 0 && beta != 1) {
            for (int i = i0; i < i1; i++) {
                Product.scale(beta, c, co + i * n, nc);
            }
        }
        double[] tile = Buffers.mine().tile;
        for (int i = i0; i < i1; i += MR) {
            int rows = Math.min(MR, i1 - i);
            for (int j = 0; j < nc; j += NR) {
                Tile.multiply(kc, packedA, i * kc, packedB, ALIGN + j * kc, tile);
                Tile.store(tile, rows, Math.min(NR, nc - j), product.alpha, beta != 0, c, co + i * n + j, n);
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
            DoubleVector.fromArray(Tile.S, b, source).intoArray(packed, target);
            DoubleVector.fromArray(Tile.S, b, source + L).intoArray(packed, target + L);
            DoubleVector.fromArray(Tile.S, b, source + 2 * L).intoArray(packed, target + 2 * L);
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
}
