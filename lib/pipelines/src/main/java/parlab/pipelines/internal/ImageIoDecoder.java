package parlab.pipelines.internal;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import parlab.pipelines.BadImageException;

/** The JDK's own reader, for what {@link JpegDecoder} leaves to it. Its warnings count as errors. Stateless. */
public final class ImageIoDecoder {
    private ImageIoDecoder() {}

    /** Red, green and blue, row by row. */
    public static byte[] decode(byte[] file) throws BadImageException {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
        if (!readers.hasNext()) {
            throw new IllegalStateException("this JDK reads no JPEG: it lacks the module java.desktop's image support");
        }
        ImageReader reader = readers.next();
        String[] warning = new String[1];
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.addIIOReadWarningListener((source, text) -> warning[0] = text);
            reader.setInput(in, true, true);
            BufferedImage image = reader.read(0);
            if (warning[0] != null) {
                throw new BadImageException("damaged: " + warning[0]);
            }
            return pixels(image);
        } catch (IOException e) {
            throw new BadImageException("damaged or of an unknown kind: " + e.getMessage());
        } finally {
            reader.dispose();
        }
    }

    private static byte[] pixels(BufferedImage image) {
        int width = image.getWidth();
        int[] row = new int[width];
        byte[] rgb = new byte[3 * width * image.getHeight()];
        boolean grey = image.getRaster().getNumBands() == 1;
        for (int y = 0, to = 0; y < image.getHeight(); y++) {
            if (grey) { // as it is: getRGB would take it for linear light, and change every value
                image.getRaster().getSamples(0, y, width, 1, 0, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            for (int pixel : row) {
                rgb[to++] = (byte) (grey ? pixel : pixel >> 16);
                rgb[to++] = (byte) (grey ? pixel : pixel >> 8);
                rgb[to++] = (byte) pixel;
            }
        }
        return rgb;
    }
}
