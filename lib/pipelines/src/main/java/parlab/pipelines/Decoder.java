package parlab.pipelines;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What decodes JPEG files. All yield the pixels that Pillow does, to within some units of 255 for each (the tests say how many): a
 * colour profile and an orientation in the file are not applied.
 *
 * <p>Thread-safe. A constant sent to another process means the same there.
 */
public enum Decoder {
    /** The JDK's own reader: always there. It decodes a whole image, and crosses into its native code for every row. */
    IMAGE_IO("ImageIO"),
    /** The native kernel in leptonica's jar, libjpeg-turbo 3, called through the Foreign Function & Memory API. */
    LEPTONICA("leptonica"),
    /** The same kernel where the system or conda has it. */
    TURBO_JPEG("libturbojpeg");

    private final String text;

    Decoder(String text) {
        this.text = text;
    }

    /**
     * Returns the native kernel that can be used here: {@link #TURBO_JPEG}, which needs three quarters of leptonica's time,
     * as that makes four bytes of each pixel; else {@link #LEPTONICA}. Empty if neither loads, see {@link #obstacle}.
     */
    public static Optional<Decoder> nativeKernel() {
        return Stream.of(TURBO_JPEG, LEPTONICA)
                .filter(decoder -> decoder.obstacle().isEmpty())
                .findFirst();
    }

    /** Returns why this decoder cannot be used on this machine, in words; empty if it can. */
    public String obstacle() {
        return found().obstacle();
    }

    private JpegKernel.Found found() {
        return switch (this) {
            case IMAGE_IO -> ImageIoJpeg.FOUND;
            case LEPTONICA -> Leptonica.FOUND;
            case TURBO_JPEG -> TurboJpeg.FOUND;
        };
    }

    /**
     * Decodes a JPEG file.
     *
     * @return all of its pixels, in the colours that the file says, whatever colour profile it has
     * @throws BadImageException if it is no JPEG, damaged, cut off, of a kind that this decoder does not know, or has more than
     *     {@link Images#MAX_PIXELS}; the message says which
     * @throws UnsupportedOperationException if this decoder cannot be used on this machine; the message says why
     */
    public Pixels decode(byte[] jpeg) throws BadImageException {
        return decode(jpeg, Integer.MAX_VALUE);
    }

    /**
     * Decodes at the size that is asked for, or at a larger one: a native kernel leaves the finest detail out if half, a quarter or
     * an eighth of the image is enough across and down, which is much less work.
     */
    Pixels decode(byte[] jpeg, int side) throws BadImageException {
        JpegHeader header = JpegHeader.of(jpeg);
        int reduction = 8;
        while (reduction > 1 && Math.min(header.width(), header.height()) / reduction < side) {
            reduction /= 2;
        }
        // The native kernels take four components for something else than Pillow does, or do not take them.
        JpegKernel.Found found = header.hasFourComponents() ? ImageIoJpeg.FOUND : found();
        if (found.kernel() == null) {
            throw new UnsupportedOperationException(this + " can not decode here: " + found.obstacle());
        }
        return found.kernel().decode(jpeg, header, reduction);
    }

    /** For people, such as {@code ImageIO}. */
    @Override
    public String toString() {
        return text;
    }
}
