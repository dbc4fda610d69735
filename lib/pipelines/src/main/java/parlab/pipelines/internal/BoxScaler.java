package parlab.pipelines.internal;

import java.util.Arrays;

/**
 * Scales by the mean of the pixels whose centres lie in the area of the new one, as Pillow's box filter does, and with the same
 * rounding: 22-bit fixed point, to bytes after each of the two passes. Stateless.
 */
public final class BoxScaler {
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
                out[to] = (byte) Boxes.mean(red, weight);
                out[to + 1] = (byte) Boxes.mean(green, weight);
                out[to + 2] = (byte) Boxes.mean(blue, weight);
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
                out[y * rowLength + x] = (byte) Boxes.mean(sums[x], boxes.weight[y]);
            }
        }
        return out;
    }
}
