package parlab.pipelines;

import java.io.Serializable;
import java.util.Objects;

/**
 * An image as numbers. Immutable but for the array, which nobody may change.
 *
 * @param width in pixels, 1 or more
 * @param height in pixels, 1 or more
 * @param rgb red, green and blue of each pixel, 0 to 255 as unsigned bytes, row by row
 */
@SuppressWarnings("ArrayRecordComponent") // a defensive copy of every image would cost as much as sending it
public record Pixels(int width, int height, byte[] rgb) implements Serializable {
    /** Checks that there are as many numbers as the size asks for. */
    public Pixels {
        Objects.requireNonNull(rgb, "rgb");
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    width + " x " + height + " pixels do not have " + rgb.length + " numbers");
        }
    }

    /**
     * Returns the mean red, green and blue, from 0 to 255, by which the pixels of two decoders can be compared.
     */
    public double[] meanColour() {
        long[] sums = new long[3];
        for (int i = 0; i < rgb.length; i++) {
            sums[i % 3] += rgb[i] & 0xff;
        }
        double pixels = (double) width * height;
        return new double[] {sums[0] / pixels, sums[1] / pixels, sums[2] / pixels};
    }
}
