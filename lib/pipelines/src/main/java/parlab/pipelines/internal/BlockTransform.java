package parlab.pipelines.internal;

import java.util.Arrays;

/**
 * The inverse cosine transform, {@value #BLOCKS} blocks at a time: that of Loeffler, Ligtenberg and Moschytz with 13-bit
 * constants, as the IJG's {@code jidctint} has it, bit by bit.
 *
 * <p>Before its rounding each half, down the columns and along the rows, is linear in integers: it is a product with
 * {@link #BASIS}. The first half adds up what each value of a block contributes, for few of them are not zero. The second one is done
 * for the rows of all blocks at once, in loops so short that the compiler turns them into vector instructions. Not thread-safe.
 */
final class BlockTransform {
    private static final int BLOCKS = 32;
    private static final int LANES = 4 * BLOCKS;
    private static final int COLUMN = 2 * LANES; // first the sums over values of even rows, then those of odd ones

    /** What a value in row v adds to rows 0 to 3 of its column; and to rows 7 to 4 for an even v, subtracted for an odd one. */
    private static final int[] BASIS = {
        8192, 8192, 8192, 8192, // 0
        11363, 9633, 6437, 2260,
        10703, 4433, -4433, -10703, // 2
        9633, -2259, -11362, -6436,
        8192, -8192, -8192, 8192, // 4
        6437, -11362, 2261, 9633,
        4433, -10704, 10704, -4433, // 6
        2260, -6436, 9633, -11363
    };

    /** By place in the zigzag: where in BASIS, and where in the sums. */
    private static final int[] ROW = new int[64];

    private static final int[] SUM = new int[64];

    static {
        int[] zigzag = {
            0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
            14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
            53, 60, 61, 54, 47, 55, 62, 63
        };
        for (int k = 0; k < 64; k++) {
            int row = zigzag[k] / 8;
            ROW[k] = 4 * row;
            SUM[k] = zigzag[k] % 8 * COLUMN + row % 2 * LANES;
        }
    }

    private final int[] sums = new int[8 * COLUMN];
    private final int[][] out = new int[8][COLUMN];
    private final Plane[] planes = new Plane[BLOCKS];
    private final int[] across = new int[BLOCKS];
    private final int[] down = new int[BLOCKS];
    private int blocks;

    /** Adds a value to the block that the next {@link #end} ends; k is its place in the zigzag, from 0 to 63. */
    void add(int k, int value) {
        int to = SUM[k] + 4 * blocks;
        int row = ROW[k];
        sums[to] += value * BASIS[row];
        sums[to + 1] += value * BASIS[row + 1];
        sums[to + 2] += value * BASIS[row + 2];
        sums[to + 3] += value * BASIS[row + 3];
    }

    /** The block is complete, and will be found in its place in the plane after the next {@link #flush} at the latest. */
    void end(Plane plane, int blocksAcross, int blocksDown) {
        planes[blocks] = plane;
        across[blocks] = blocksAcross;
        down[blocks] = blocksDown;
        if (++blocks == BLOCKS) {
            flush();
        }
    }

    void flush() {
        for (int column = 0; column < sums.length; column += COLUMN) {
            columns(sums, column);
        }
        for (int x = 0; x < 4; x++) {
            rows(sums, x, out[x], out[7 - x]);
        }
        pack(out[0], out[1], out[2], out[3]);
        pack(out[4], out[5], out[6], out[7]);
        for (int b = 0; b < blocks; b++) {
            Plane plane = planes[b];
            plane.store(across[b], down[b], 0, out[0], 4 * b, 4 * b + LANES);
            plane.store(across[b], down[b], 1, out[4], 4 * b, 4 * b + LANES);
        }
        Arrays.fill(sums, 0);
        blocks = 0;
    }

    /** The end of the first half: a column's rows 0 to 3 of all blocks in place of the even sums, 7 to 4 of the odd ones. */
    private static void columns(int[] sums, int from) {
        for (int i = from; i < from + LANES; i++) {
            int even = sums[i] + 1024;
            int odd = sums[i + LANES];
            sums[i] = (even + odd) >> 11;
            sums[i + LANES] = (even - odd) >> 11;
        }
    }

    /** Columns x and 7 - x of all blocks' rows; x is from 0 to 3. */
    private static void rows(int[] in, int x, int[] left, int[] right) {
        int b1 = BASIS[4 + x];
        int b2 = BASIS[8 + x];
        int b3 = BASIS[12 + x];
        int b4 = BASIS[16 + x];
        int b5 = BASIS[20 + x];
        int b6 = BASIS[24 + x];
        int b7 = BASIS[28 + x];
        for (int i = 0; i < COLUMN; i++) {
            int even = (in[i] << 13) + in[i + 2 * COLUMN] * b2 + in[i + 4 * COLUMN] * b4 + in[i + 6 * COLUMN] * b6;
            int odd = in[i + COLUMN] * b1 + in[i + 3 * COLUMN] * b3 + in[i + 5 * COLUMN] * b5 + in[i + 7 * COLUMN] * b7;
            left[i] = Math.max(-128, Math.min(127, (even + odd + 131072) >> 18));
            right[i] = Math.max(-128, Math.min(127, (even - odd + 131072) >> 18));
        }
    }

    /** Four columns, a byte each, into the first of them. */
    private static void pack(int[] first, int[] second, int[] third, int[] fourth) {
        for (int i = 0; i < COLUMN; i++) {
            first[i] = (first[i] & 0xff) | (second[i] & 0xff) << 8 | (third[i] & 0xff) << 16 | fourth[i] << 24;
        }
    }
}
