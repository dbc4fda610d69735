package parlab.pipelines;

import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * What the pipelines compute: a JPEG file is decoded, and scaled to 128 x 128 pixels. With one decoder every step has one result, in
 * every thread, process and design, so that a checksum tells whether a pipeline did its work.
 *
 * <p>Stateless and thread-safe. Nothing here waits: it is the part of a pipeline that wants a processor.
 */
public final class Images {
    /** Width and height of a scaled image, in pixels. */
    public static final int SIDE = 128;

    /** Width and height of an augmented image, in pixels. */
    public static final int CROP = 112;

    /** A file whose header says more pixels than this is refused, before any of them is decoded. */
    public static final long MAX_PIXELS = 16_000_000;

    private static final double MAX_ANGLE = Math.toRadians(30);
    /** Mean and deviation of each channel over the images of ImageNet, by which loaders usually normalise. */
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};

    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    private Images() {}

    /**
     * Decodes a JPEG file, by ImageIO.
     *
     * @return all of its pixels, in the colours that the file says, whatever colour profile it has
     * @throws BadImageException if it is no JPEG, damaged, cut off, or has more than {@link #MAX_PIXELS}; the message says which
     */
    public static Pixels decode(byte[] jpeg) throws BadImageException {
        return Decoder.IMAGE_IO.decode(jpeg);
    }

    /**
     * Scales by averaging: a pixel of the result is the mean of those of the original whose centres lie in its area, first
     * across, rounded, then down. With the same pixels Pillow's {@code Image.BOX} gives the same result, bit by bit;
     * but for images that are much taller than wide, where version 13 of it goes down first.
     *
     * @throws IllegalArgumentException if the size is not positive
     */
    public static Pixels scale(Pixels image, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "an image is scaled to 1 x 1 pixels or more, got " + width + " x " + height);
        }
        return new Pixels(width, height, BoxScaler.scale(image.rgb(), image.width(), image.height(), width, height));
    }

    /**
     * The work of a pipeline's second stage: decodes, and scales to {@value #SIDE} x {@value #SIDE} pixels.
     *
     * @param decoder what decodes it
     * @return the small image, 49,152 numbers
     * @throws BadImageException as {@link #decode}
     * @throws UnsupportedOperationException if the decoder cannot be used on this machine; the message says why
     */
    public static Pixels thumbnail(byte[] jpeg, Decoder decoder) throws BadImageException {
        return scale(decoder.decode(jpeg, SIDE), SIDE, SIDE);
    }

    /** Returns a checksum of the pixels: CRC-32, which Python's {@code zlib.crc32} computes too. */
    public static long checksum(Pixels image) {
        CRC32 crc = new CRC32();
        crc.update(image.rgb());
        return crc.getValue();
    }

    /**
     * What a loader of training data does to an image so that a model never sees it twice: turns it by up to 30 degrees either
     * way, mirrors it half of the time, cuts a part of {@value #CROP} x {@value #CROP} pixels out of it, and normalises
     * each channel.
     *
     * @param image {@value #SIDE} x {@value #SIDE} pixels
     * @param seed of the chances; the same seed gives the same result
     * @return three numbers a pixel, row by row, around 0
     * @throws IllegalArgumentException if the image has another size
     */
    public static float[] augment(Pixels image, long seed) {
        if (image.width() != SIDE || image.height() != SIDE) {
            throw new IllegalArgumentException(
                    "augment takes " + SIDE + " x " + SIDE + " pixels, got " + image.width() + " x " + image.height());
        }
        SplittableRandom random = new SplittableRandom(seed);
        double angle = random.nextDouble(-MAX_ANGLE, MAX_ANGLE);
        boolean mirrored = random.nextBoolean();
        int left = random.nextInt(SIDE - CROP + 1);
        int top = random.nextInt(SIDE - CROP + 1);
        float cos = (float) Math.cos(angle);
        float sin = (float) Math.sin(angle);
        float middle = (SIDE - 1) / 2f;
        float[] result = new float[3 * CROP * CROP];
        for (int y = 0, to = 0; y < CROP; y++) {
            float dy = y + top - middle;
            for (int x = 0; x < CROP; x++, to += 3) {
                float dx = (mirrored ? SIDE - 1 - (x + left) : x + left) - middle;
                sample(image.rgb(), middle + cos * dx - sin * dy, middle + sin * dx + cos * dy, result, to);
            }
        }
        return result;
    }

    /** The colour between four pixels, normalised; beyond the edge the edge goes on. */
    private static void sample(byte[] rgb, float x, float y, float[] out, int to) {
        float cx = Math.clamp(x, 0f, SIDE - 1f);
        float cy = Math.clamp(y, 0f, SIDE - 1f);
        int x0 = Math.min((int) cx, SIDE - 2);
        int y0 = Math.min((int) cy, SIDE - 2);
        float right = cx - x0;
        float below = cy - y0;
        int at = 3 * (y0 * SIDE + x0);
        for (int c = 0; c < 3; c++, at++) {
            float a = (rgb[at] & 0xff) * (1 - right) + (rgb[at + 3] & 0xff) * right;
            float b = (rgb[at + 3 * SIDE] & 0xff) * (1 - right) + (rgb[at + 3 * SIDE + 3] & 0xff) * right;
            out[to + c] = ((a * (1 - below) + b * below) / 255 - MEAN[c]) / DEVIATION[c];
        }
    }
}
