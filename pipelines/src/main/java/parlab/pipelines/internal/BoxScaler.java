package parlab.pipelines.internal;

import java.util.Arrays;

/**
 * Scales by the mean of the pixels whose centres lie in the area of the new one, as Pillow's box filter does, and with the same
 * rounding: 22-bit fixed point, to bytes after each of the two passes. Stateless.
 */
public final class BoxScaler {
    private static final int BITS = 22;

    /** Which pixels a new one is made of: as many as {@code count}, each weighing {@code weight / 2^22}. */
    private static final class Boxes {
        final int[] first;
        final int[] count;
        final int[] weight;

        Boxes(int[] first, int[] count, int[] weight) {
            this.first = first;
            this.count = count;
            this.weight = weight;
        }

        static Boxes of(int from, int to) {
            double scale = (double) from / to;
            double filterScale = Math.max(scale, 1);
            double support = 0.5 * filterScale;
            int[] first = new int[to];
            int[] count = new int[to];
            int[] weight = new int[to];
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                int low = Math.max(0, (int) (centre - support + 0.5));
                int high = Math.min(from, (int) (centre + support + 0.5));
                // A pixel on the very border of two areas belongs to one of them.
                while (low < high && !within((low - centre + 0.5) / filterScale)) {
                    low++;
                }
                while (high > low && !within((high - 1 - centre + 0.5) / filterScale)) {
                    high--;
                }
                first[i] = low;
                count[i] = high - low;
                weight[i] = high == low ? 0 : (int) (0.5 + 1.0 / (high - low) * (1 << BITS));
            }
            return new Boxes(first, count, weight);
        }

        private static boolean within(double x) {
            return x > -0.5 && x <= 0.5;
        }
    }

    private BoxScaler() {}

    /** The pixels of the new image; three bytes each, row by row, as those of the old one. */
    public static byte[] scale(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        byte[] narrow = width == newWidth ? rgb : across(rgb, width, height, newWidth);
        return height == newHeight ? narrow : down(narrow, 3 * newWidth, height, newHeight);
    }

    private static byte[] across(byte[] rgb, int width, int height, int newWidth) {
        Boxes boxes = Boxes.of(width, newWidth);
        byte[] out = new byte[3 * newWidth * height];
        for (int y = 0, to = 0; y < height; y++) {
            int row = 3 * y * width;
            for (int x = 0; x < newWidth; x++, to += 3) {
                int red = 0;
                int green = 0;
                int blue = 0;
                int at = row + 3 * boxes.first[x];
                for (int end = at + 3 * boxes.count[x]; at < end; at += 3) {
                    red += rgb[at] & 0xff;
                    green += rgb[at + 1] & 0xff;
                    blue += rgb[at + 2] & 0xff;
                }
                int weight = boxes.weight[x];
                out[to] = mean(red, weight);
                out[to + 1] = mean(green, weight);
                out[to + 2] = mean(blue, weight);
            }
        }
        return out;
    }

    private static byte[] down(byte[] rgb, int rowLength, int height, int newHeight) {
        Boxes boxes = Boxes.of(height, newHeight);
        byte[] out = new byte[rowLength * newHeight];
        int[] sums = new int[rowLength];
        for (int y = 0; y < newHeight; y++) {
            Arrays.fill(sums, 0);
            for (int k = 0; k < boxes.count[y]; k++) {
                int row = (boxes.first[y] + k) * rowLength;
                for (int x = 0; x < rowLength; x++) {
                    sums[x] += rgb[row + x] & 0xff;
                }
            }
            for (int x = 0; x < rowLength; x++) {
                out[y * rowLength + x] = mean(sums[x], boxes.weight[y]);
            }
        }
        return out;
    }

    /** In 64 bits: a weight is rounded, so that the sum of weights may be a little over one. */
    private static byte mean(int sum, int weight) {
        return (byte) Math.min(255, ((long) sum * weight + (1 << (BITS - 1))) >> BITS);
    }
}
