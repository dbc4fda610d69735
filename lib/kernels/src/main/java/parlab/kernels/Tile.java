package parlab.kernels;

import java.util.Locale;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost part of a product of doubles: a tile of C that stays in registers while a panel of A and one of B
 * pass by.
 *
 * <p>Each step of the loop takes one column of A's panel and one row of B's: their outer product is added to the
 * tile. A tile of R rows and three vectors reads R + 3 times for 3 R multiplications, which is what lets the
 * multipliers and not the memory set the pace (K. Goto and R. van de Geijn, Anatomy of high-performance matrix
 * multiplication, ACM TOMS 34(3), 2008; F. Van Zee and R. van de Geijn, BLIS, ACM TOMS 41(3), 2015). The sums are
 * variables of their own, because a vector in an array would be an object on the heap. There are a few less of them
 * than would fit: the compiler loads all of a step's elements of A first, and would put sums on the stack for that,
 * which costs a fifth.
 */
final class Tile {
    /**
     * In a final static field, so that the compiler knows it: in any other place it costs a factor of ten and more.
     */
    static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;

    static final int L = S.length();
    static final int ROWS = rows(S.vectorBitSize());
    static final int COLUMNS = 3 * L;

    private Tile() {}

    /**
     * How many rows of sums fit into this processor's vector registers: seven rows of three vectors need up to 31,
     * and AVX-512 and ARM have 32; three rows need 15, and AVX2 has 16.
     */
    private static int rows(int vectorBits) {
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        boolean intel = processor.equals("amd64") || processor.equals("x86_64");
        return intel && vectorBits < 512 ? 3 : 7;
    }

    /**
     * The product of a panel of A and one of B.
     *
     * @param kc columns of A's panel, rows of B's
     * @param a A's panel, column after column, from index {@code ao}
     * @param b B's panel, row after row, from index {@code bo}
     * @param tile receives {@link #ROWS} x {@link #COLUMNS} sums
     */
    static void multiply(int kc, double[] a, int ao, double[] b, int bo, double[] tile) {
        if (ROWS == 7) {
            of7Rows(kc, a, ao, b, bo, tile);
        } else {
            of3Rows(kc, a, ao, b, bo, tile);
        }
    }

    /**
     * C = alpha tile, or C += alpha tile, for the part of a tile that lies in C.
     *
     * <p>Not a part of the method above: with more code in there the compiler gives up on keeping the sums in
     * registers.
     *
     * @param add whether to add to what is in {@code c}
     * @param at where the tile begins in {@code c}, its rows {@code n} apart
     */
    static void store(double[] tile, int rows, int columns, double alpha, boolean add, double[] c, int at, int n) {
        DoubleVector factor = DoubleVector.broadcast(S, alpha);
        for (int r = 0; r < rows; r++) {
            int from = r * COLUMNS;
            int to = at + r * n;
            int j = 0;
            for (; j <= columns - L; j += L) {
                DoubleVector sums = DoubleVector.fromArray(S, tile, from + j).mul(factor);
                (add ? sums.add(DoubleVector.fromArray(S, c, to + j)) : sums).intoArray(c, to + j);
            }
            for (; j < columns; j++) {
                double sum = alpha * tile[from + j];
                c[to + j] = add ? c[to + j] + sum : sum;
            }
        }
    }

    /** 7 rows, three vectors wide: 21 vectors of sums, three of B and at most seven of A fill 31 registers. */
    private static void of7Rows(int kc, double[] a, int ao, double[] b, int bo, double[] tile) {
        DoubleVector c00 = DoubleVector.zero(S), c01 = c00, c02 = c00;
        DoubleVector c10 = DoubleVector.zero(S), c11 = c10, c12 = c10;
        DoubleVector c20 = DoubleVector.zero(S), c21 = c20, c22 = c20;
        DoubleVector c30 = DoubleVector.zero(S), c31 = c30, c32 = c30;
        DoubleVector c40 = DoubleVector.zero(S), c41 = c40, c42 = c40;
        DoubleVector c50 = DoubleVector.zero(S), c51 = c50, c52 = c50;
        DoubleVector c60 = DoubleVector.zero(S), c61 = c60, c62 = c60;
        for (int p = 0; p < kc; p++) {
            int i = ao + 7 * p;
            int j = bo + 3 * L * p;
            DoubleVector b0 = DoubleVector.fromArray(S, b, j);
            DoubleVector b1 = DoubleVector.fromArray(S, b, j + L);
            DoubleVector b2 = DoubleVector.fromArray(S, b, j + 2 * L);
            DoubleVector x = DoubleVector.broadcast(S, a[i]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            c02 = x.fma(b2, c02);
            x = DoubleVector.broadcast(S, a[i + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            c12 = x.fma(b2, c12);
            x = DoubleVector.broadcast(S, a[i + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            c22 = x.fma(b2, c22);
            x = DoubleVector.broadcast(S, a[i + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            c32 = x.fma(b2, c32);
            x = DoubleVector.broadcast(S, a[i + 4]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            c42 = x.fma(b2, c42);
            x = DoubleVector.broadcast(S, a[i + 5]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            c52 = x.fma(b2, c52);
            x = DoubleVector.broadcast(S, a[i + 6]);
            c60 = x.fma(b0, c60);
            c61 = x.fma(b1, c61);
            c62 = x.fma(b2, c62);
        }
        c00.intoArray(tile, 0);
        c01.intoArray(tile, L);
        c02.intoArray(tile, 2 * L);
        c10.intoArray(tile, 3 * L);
        c11.intoArray(tile, 4 * L);
        c12.intoArray(tile, 5 * L);
        c20.intoArray(tile, 6 * L);
        c21.intoArray(tile, 7 * L);
        c22.intoArray(tile, 8 * L);
        c30.intoArray(tile, 9 * L);
        c31.intoArray(tile, 10 * L);
        c32.intoArray(tile, 11 * L);
        c40.intoArray(tile, 12 * L);
        c41.intoArray(tile, 13 * L);
        c42.intoArray(tile, 14 * L);
        c50.intoArray(tile, 15 * L);
        c51.intoArray(tile, 16 * L);
        c52.intoArray(tile, 17 * L);
        c60.intoArray(tile, 18 * L);
        c61.intoArray(tile, 19 * L);
        c62.intoArray(tile, 20 * L);
    }

    /** 3 rows, three vectors wide: 9 vectors of sums, three of B and at most three of A fill 15 registers. */
    private static void of3Rows(int kc, double[] a, int ao, double[] b, int bo, double[] tile) {
        DoubleVector c00 = DoubleVector.zero(S), c01 = c00, c02 = c00;
        DoubleVector c10 = DoubleVector.zero(S), c11 = c10, c12 = c10;
        DoubleVector c20 = DoubleVector.zero(S), c21 = c20, c22 = c20;
        for (int p = 0; p < kc; p++) {
            int i = ao + 3 * p;
            int j = bo + 3 * L * p;
            DoubleVector b0 = DoubleVector.fromArray(S, b, j);
            DoubleVector b1 = DoubleVector.fromArray(S, b, j + L);
            DoubleVector b2 = DoubleVector.fromArray(S, b, j + 2 * L);
            DoubleVector x = DoubleVector.broadcast(S, a[i]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            c02 = x.fma(b2, c02);
            x = DoubleVector.broadcast(S, a[i + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            c12 = x.fma(b2, c12);
            x = DoubleVector.broadcast(S, a[i + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            c22 = x.fma(b2, c22);
        }
        c00.intoArray(tile, 0);
        c01.intoArray(tile, L);
        c02.intoArray(tile, 2 * L);
        c10.intoArray(tile, 3 * L);
        c11.intoArray(tile, 4 * L);
        c12.intoArray(tile, 5 * L);
        c20.intoArray(tile, 6 * L);
        c21.intoArray(tile, 7 * L);
        c22.intoArray(tile, 8 * L);
    }
}
