package parlab.pipelines.internal;

import java.util.Arrays;

/**
 * One component of a JPEG image: its samples, less 128. Four that follow each other in a row are one number, the first in the
 * lowest byte, and these numbers lie column by column. A column begins with its rows 0, 2, 4 and so on, and its second half has
 * rows 1, 3, 5; or, where a row of it stands for two rows of the image, it is in order.
 *
 * <p>So whatever is done to a column is a loop over integers, which the compiler can do for 8 or 16 rows at a time: both rows of the
 * image that share a row of chroma are found by the same index. Not thread-safe.
 */
final class Plane {
    /** Columns of samples that belong to the image, not to its padding. */
    final int width;

    /** Rows that do. */
    final int height;

    /** Numbers in a column: the rows, padding included; a multiple of 8. */
    final int rows;

    /** Column by column: one array each, for loops that index arrays alike are those that become vector instructions. */
    private final int[][] columns;

    private final boolean split;

    /** @param columns of samples, and rows, the padding included; multiples of 8 */
    Plane(int width, int height, int columns, int rows, boolean split) {
        this.width = width;
        this.height = height;
        this.rows = rows;
        this.split = split;
        this.columns = new int[columns / 4][rows];
    }

    /** Column x and its neighbours. */
    int[] column(int x) {
        return columns[x >> 2];
    }

    /** By how much to shift a number to the left, so that the sample of column x is on top. */
    static int shift(int x) {
        return 24 - 8 * (x & 3);
    }

    /** The block that is so many blocks from the left and from the top becomes one of a single value. */
    void fill(int across, int down, int value) {
        int four = (value & 0xff) * 0x01010101;
        for (int half = 0; half < 2; half++) {
            int[] out = columns[2 * across + half];
            if (split) {
                Arrays.fill(out, 4 * down, 4 * down + 4, four);
                Arrays.fill(out, 4 * down + rows / 2, 4 * down + rows / 2 + 4, four);
            } else {
                Arrays.fill(out, 8 * down, 8 * down + 8, four);
            }
        }
    }

    /**
     * Half of a block: four columns.
     *
     * @param half 0 for the left one, 1 for the right one
     * @param in rows 0 to 3 from {@code upper} on, rows 7 to 4 from {@code lower} on
     */
    void store(int across, int down, int half, int[] in, int upper, int lower) {
        int[] out = columns[2 * across + half];
        if (split) {
            int even = 4 * down;
            int odd = even + rows / 2;
            out[even] = in[upper];
            out[even + 1] = in[upper + 2];
            out[even + 2] = in[lower + 3];
            out[even + 3] = in[lower + 1];
            out[odd] = in[upper + 1];
            out[odd + 1] = in[upper + 3];
            out[odd + 2] = in[lower + 2];
            out[odd + 3] = in[lower];
        } else {
            int top = 8 * down;
            for (int y = 0; y < 4; y++) {
                out[top + y] = in[upper + y];
                out[top + 7 - y] = in[lower + y];
            }
        }
    }
}
