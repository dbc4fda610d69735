package parlab.pipelines;

import java.util.Arrays;

/**
 * Scales by the mean of the pixels whose centres lie in the area of the new one, as Pillow's box filter does, and with the same
 * rounding: 22-bit fixed point, to bytes after each of the two passes. The JDK's area averaging also takes parts of pixels, so that
 * its result could not be compared bit by bit. Stateless.
 */
final class BoxScaler {
    private static final int BITS = 22;

    /** Which pixels a new one is made of, and the weight of each in units of 2^-22. */
    private record Box(int first, int count, int weight) {
        /** The mean of so many bytes from their sum; the weight is rounded, so that it may be a little over 255. */
        byte mean(int sum) {
            return (byte) Math.min(255, (sum * weight + (1 << (BITS - 1))) >> BITS);
        }
    }

    private BoxScaler() {}

    private static Box[] boxes(int from, int to) {
        double scale = (double) from / to;
        double width = Math.max(scale, 1);
        Box[] boxes = new Box[to];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int low = Math.max(0, (int) (centre - width / 2 + 0.5));
            int high = Math.min(from, (int) (centre + width / 2 + 0.5));
            // A pixel on the very border of two areas belongs to one of them.
            while (low < high && !isWithin((low - centre + 0.5) / width)) {
                low++;
            }
            while (high > low && !isWithin((high - 1 - centre + 0.5) / width)) {
                high--;
            }
            int count = high - low;
            boxes[i] = new Box(low, count, count == 0 ? 0 : (int) (0.5 + 1.0 / count * (1 << BITS)));
        }
        return boxes;
    }

    private static boolean isWithin(double x) {
        return x > -0.5 && x <= 0.5;
    }

    /** The pixels of the new image; three bytes each, row by row, as those of the old one. */
    static byte[] scale(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        byte[] narrow = width == newWidth ? rgb : across(rgb, width, height, newWidth);
        return height == newHeight ? narrow : down(narrow, 3 * newWidth, height, newHeight);
    }

    private static byte[] across(byte[] rgb, int width, int height, int newWidth) {
        Box[] boxes = boxes(width, newWidth);
        byte[] out = new byte[3 * newWidth * height];
        for (int y = 0, to = 0; y < height; y++) {
            for (Box box : boxes) {
                int red = 0;
                int green = 0;
                int blue = 0;
                int at = 3 * (y * width + box.first);
                for (int end = at + 3 * box.count; at < end; at += 3) {
                    red += rgb[at] & 0xff;
                    green += rgb[at + 1] & 0xff;
                    blue += rgb[at + 2] & 0xff;
                }
                out[to++] = box.mean(red);
                out[to++] = box.mean(green);
                out[to++] = box.mean(blue);
            }
        }
        return out;
    }

    private static byte[] down(byte[] rgb, int rowLength, int height, int newHeight) {
        byte[] out = new byte[rowLength * newHeight];
        int[] sums = new int[rowLength];
        int to = 0;
        for (Box box : boxes(height, newHeight)) {
            Arrays.fill(sums, 0);
            for (int row = box.first * rowLength; row < (box.first + box.count) * rowLength; row += rowLength) {
                for (int x = 0; x < rowLength; x++) {
                    sums[x] += rgb[row + x] & 0xff;
                }
            }
            for (int sum : sums) {
                out[to++] = box.mean(sum);
            }
        }
        return out;
    }
}
