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
}
