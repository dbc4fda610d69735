package parlab.pipelines;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import parlab.pipelines.JpegHeader.Colours;

/**
 * The JDK's own reader. It is asked for the samples as they are in the file, because its colours depend on the profile in the file,
 * and it has none for CMYK. Its warnings count as errors. Stateless.
 */
final class ImageIoJpeg implements JpegKernel {
    static final Found FOUND = Found.of(ImageIoJpeg::new);

    private ImageIoJpeg() {}

    @Override
    public Pixels decode(byte[] jpeg, JpegHeader header, int reduction) throws BadImageException {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
        if (!readers.hasNext()) {
            throw new IllegalStateException("this JDK reads no JPEG: it lacks the module java.desktop's image support");
        }
        ImageReader reader = readers.next();
        String[] warning = new String[1];
        try (MemoryCacheImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(JpegHeader.withoutProfile(jpeg)))) {
            reader.addIIOReadWarningListener((source, text) -> warning[0] = text);
            reader.setInput(in, true, true);
            Raster raster = reader.readRaster(0, null);
            if (warning[0] != null) {
                throw new BadImageException("damaged: " + warning[0]);
            }
            return new Pixels(raster.getWidth(), raster.getHeight(), rgb(raster, header.colours()));
        } catch (IOException | RuntimeException e) {
            // Damaged headers make it throw an IllegalArgumentException now and then.
            throw new BadImageException("damaged or of an unknown kind: " + e.getMessage());
        } finally {
            reader.dispose();
        }
    }

    private static byte[] rgb(Raster raster, Colours colours) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[3 * width * raster.getHeight()];
        int[] row = new int[bands * width];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int at = 0; at < row.length; at += bands, to += 3) {
                convert(colours, row, at, rgb, to);
            }
        }
        return rgb;
    }

    private static void convert(Colours colours, int[] in, int at, byte[] rgb, int to) {
        switch (colours) {
            case GREY -> put(rgb, to, in[at], in[at], in[at]);
            case RGB -> put(rgb, to, in[at], in[at + 1], in[at + 2]);
            case YCBCR -> fromYcc(in, at, rgb, to);
            case CMYK, YCCK -> {
                if (colours == Colours.YCCK) {
                    fromYcc(in, at, rgb, to); // 255 less the ink, as Adobe's CMYK files have it
                    put(rgb, to, ~rgb[to] & 0xff, ~rgb[to + 1] & 0xff, ~rgb[to + 2] & 0xff);
                } else {
                    put(rgb, to, in[at], in[at + 1], in[at + 2]);
                }
                int black = in[at + 3];
                for (int c = to; c < to + 3; c++) {
                    rgb[c] = (byte) (((rgb[c] & 0xff) * black + 127) / 255);
                }
            }
        }
    }

    /** ITU-R BT.601 in 16-bit fixed point, as the IJG's library computes it. */
    private static void fromYcc(int[] in, int at, byte[] rgb, int to) {
        int y = in[at];
        int cb = in[at + 1] - 128;
        int cr = in[at + 2] - 128;
        put(
                rgb,
                to,
                y + ((91_881 * cr + 32_768) >> 16),
                y + ((-22_554 * cb - 46_802 * cr + 32_768) >> 16),
                y + ((116_130 * cb + 32_768) >> 16));
    }

    private static void put(byte[] rgb, int to, int red, int green, int blue) {
        rgb[to] = (byte) Math.clamp(red, 0, 255);
        rgb[to + 1] = (byte) Math.clamp(green, 0, 255);
        rgb[to + 2] = (byte) Math.clamp(blue, 0, 255);
    }
}
