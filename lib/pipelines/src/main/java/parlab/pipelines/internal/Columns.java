package parlab.pipelines.internal;

import java.util.Arrays;

/**
 * The colours of a decoded image, column by column, from its planes: chroma of half the resolution is made smooth as the IJG's
 * library does, three parts of the nearer sample and one of the farther, first down, then across; then luma and chroma become red,
 * green and blue in 16-bit fixed point.
 *
 * <p>Everything is a loop over the rows of a column. The JVM's compiler turns those into vector instructions that are short, have
 * no condition, hold nothing but integers, and index all their arrays alike: hence so many small ones. Within a column the rows are
 * in the order of {@link Plane}: all even ones, then all odd ones. Numbers are less 128. Not thread-safe.
 */
final class Columns {
    /** How many columns are written at once: 48 bytes. */
    private static final int STRIP = 16;

    private final int width;
    private final int height;
    private final Plane luma;
    private final Plane blue;
    private final Plane red;
    private final boolean halved;

    /** Of each plane of chroma the columns before, at and after the last one asked for, by their number modulo 4. */
    private final int[][] blues = new int[4][];

    private final int[][] reds = new int[4][];
    private final int[] cb;
    private final int[] cr;
    private final int[] spread;
    private final int[] odd;
    private final int[] held = {-1, -1, -1, -1};

    /** A grey image has one plane, a coloured one three. */
    Columns(int width, int height, Plane... planes) {
        this.width = width;
        this.height = height;
        luma = planes[0];
        blue = planes.length == 1 ? null : planes[1];
        red = planes.length == 1 ? null : planes[2];
        cb = new int[luma.rows];
        cr = new int[luma.rows];
        spread = new int[luma.rows];
        odd = new int[luma.rows];
        halved = blue != null && blue.rows < luma.rows;
        if (halved) {
            for (int i = 0; i < 4; i++) {
                blues[i] = new int[luma.rows];
                reds[i] = new int[luma.rows];
            }
        }
    }

    private int rows() {
        return luma.rows;
    }

    /** Adds column x to three columns of sums. */
    private void add(int x, int[] sumsOfRed, int[] sumsOfGreen, int[] sumsOfBlue) {
        int[] column = luma.column(x);
        int shift = Plane.shift(x);
        int rows = luma.rows;
        if (blue == null) {
            addGrey(column, shift, rows, sumsOfRed);
            System.arraycopy(sumsOfRed, 0, sumsOfGreen, 0, rows);
            System.arraycopy(sumsOfRed, 0, sumsOfBlue, 0, rows);
            return;
        }
        if (halved) {
            int near = x / 2;
            int far = Math.clamp(near + (x % 2 == 0 ? -1 : 1), 0, blue.width - 1);
            hold(near);
            hold(far);
            int half = x % 2 == 0 ? 8 : 7;
            smooth(blues[near & 3], blues[far & 3], half, rows, cb);
            smooth(reds[near & 3], reds[far & 3], half, rows, cr);
        } else {
            unpack(blue.column(x), shift, rows, cb);
            unpack(red.column(x), shift, rows, cr);
        }
        addRedAndBlue(column, shift, rows, cb, cr, sumsOfRed, sumsOfBlue);
        addGreen(column, shift, rows, cb, cr, sumsOfGreen);
    }

    private void hold(int column) {
        if (held[column & 3] != column) {
            held[column & 3] = column;
            smooth(blue, column, blues[column & 3]);
            smooth(red, column, reds[column & 3]);
        }
    }

    /** Four times a column of chroma at the full resolution, down; across it is still halved. */
    void smooth(Plane plane, int column, int[] out) {
        int[] in = spread;
        unpack(plane.column(column), Plane.shift(column), plane.rows, in);
        int last = plane.height - 1;
        out[0] = 4 * in[0];
        smoothEven(in, last, out);
        smoothOdd(in, last, odd);
        odd[last] = 4 * in[last];
        System.arraycopy(odd, 0, out, plane.rows, last + 1);
    }

    private static void smoothEven(int[] in, int count, int[] out) {
        for (int i = 0; i < count; i++) {
            out[i + 1] = 3 * in[i + 1] + in[i];
        }
    }

    private static void smoothOdd(int[] in, int count, int[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = 3 * in[i] + in[i + 1];
        }
    }

    private static void smooth(int[] near, int[] far, int half, int count, int[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = (3 * near[i] + far[i] + half) >> 4;
        }
    }

    private static void unpack(int[] in, int shift, int count, int[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = in[i] << shift >> 24;
        }
    }

    private static void addGrey(int[] in, int shift, int count, int[] sums) {
        for (int i = 0; i < count; i++) {
            sums[i] += in[i] << shift >> 24;
        }
    }

    // Green apart from the others: a loop of three sums is too long for the compiler.

    private static void addRedAndBlue(
            int[] luma, int shift, int count, int[] cb, int[] cr, int[] sumsOfRed, int[] sumsOfBlue) {
        for (int i = 0; i < count; i++) {
            int l = luma[i] << shift >> 24;
            sumsOfRed[i] += limited(l + ((91881 * cr[i] + 32768) >> 16));
            sumsOfBlue[i] += limited(l + ((116130 * cb[i] + 32768) >> 16));
        }
    }

    private static void addGreen(int[] luma, int shift, int count, int[] cb, int[] cr, int[] sumsOfGreen) {
        for (int i = 0; i < count; i++) {
            int l = luma[i] << shift >> 24;
            sumsOfGreen[i] += limited(l + ((-22554 * cb[i] - 46802 * cr[i] + 32768) >> 16));
        }
    }

    private static int limited(int value) {
        return Math.max(-128, Math.min(127, value));
    }

    /** The image as it is: red, green and blue, row by row. */
    byte[] rgb() {
        byte[] rgb = new byte[3 * width * height];
        int[][] sums = new int[3][rows()];
        int[][] strip =
                new int[STRIP][rows()]; // some columns at a time, or each byte would go to a cache line of its own
        for (int left = 0; left < width; left += STRIP) {
            int count = Math.min(STRIP, width - left);
            for (int k = 0; k < count; k++) {
                clear(sums);
                add(left + k, sums[0], sums[1], sums[2]);
                pack(sums[0], sums[1], sums[2], rows(), strip[k]);
            }
            for (int y = 0; y < height; y++) {
                int i = (y >> 1) + (y & 1) * (rows() / 2);
                int to = 3 * (y * width + left);
                for (int k = 0; k < count; k++, to += 3) {
                    int pixel = strip[k][i];
                    rgb[to] = (byte) pixel;
                    rgb[to + 1] = (byte) (pixel >> 8);
                    rgb[to + 2] = (byte) (pixel >> 16);
                }
            }
        }
        return rgb;
    }

    private static void clear(int[][] sums) {
        for (int[] colour : sums) {
            Arrays.fill(colour, 0);
        }
    }

    private static void pack(int[] red, int[] green, int[] blue, int count, int[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = (red[i] + 128) | (green[i] + 128) << 8 | (blue[i] + 128) << 16;
        }
    }

    /** The image scaled as {@link BoxScaler} scales it, and never in full: red, green and blue, row by row. */
    byte[] scaled(int newWidth, int newHeight) {
        Boxes across = Boxes.of(width, newWidth);
        Boxes down = Boxes.of(height, newHeight);
        byte[] rgb = new byte[3 * newWidth * newHeight];
        int rows = rows();
        int[][] sums = new int[3][rows];
        int[] totals = new int[height + 1];
        for (int x = 0; x < newWidth; x++) {
            clear(sums);
            int first = across.first[x];
            int count = across.count[x];
            for (int k = 0; k < count; k++) {
                add(first + k, sums[0], sums[1], sums[2]);
            }
            for (int c = 0; c < 3; c++) {
                means(sums[c], rows, 128 * count, across.weight[x]);
                total(sums[c], rows / 2, height, totals);
                for (int y = 0, to = 3 * x + c; y < newHeight; y++, to += 3 * newWidth) {
                    int begin = down.first[y];
                    int sum = totals[begin + down.count[y]] - totals[begin];
                    rgb[to] = (byte) Boxes.mean(sum, down.weight[y]);
                }
            }
        }
        return rgb;
    }

    private static void means(int[] sums, int count, int bias, int weight) {
        for (int i = 0; i < count; i++) {
            sums[i] = Boxes.mean(sums[i] + bias, weight);
        }
    }

    /** For each row, in their own order, the sum of those before it. */
    private static void total(int[] column, int odd, int height, int[] totals) {
        int sum = 0;
        int y = 0;
        for (; y < height - 1; y += 2) {
            sum += column[y >> 1];
            totals[y + 1] = sum;
            sum += column[odd + (y >> 1)];
            totals[y + 2] = sum;
        }
        if (y < height) {
            totals[height] = sum + column[y >> 1];
        }
    }
}
