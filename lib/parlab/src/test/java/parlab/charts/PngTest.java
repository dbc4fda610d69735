package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class PngTest {

    private static final int PALETTE = 3;
    private static final int TRUE_COLOUR = 2;

    @Test
    void everyPixelOfFewColoursComesBackAtEverySize() throws Exception {
        Random random = new Random(7);
        for (int trial = 0; trial < 100; trial++) {
            int[] colours = random.ints(1 + random.nextInt(256), 0, 1 << 24).toArray();
            int repeat = 1 + trial % 4;
            int width = 1 + random.nextInt(60);
            BufferedImage image = picture(
                    width,
                    1 + random.nextInt(40),
                    (x, y) -> colours[(x / repeat + 31 * (y / repeat)) % colours.length]);
            assertEquals(PALETTE, colourType(image));
            assertEquals(0, largestDifference(image));
        }
    }

    @Test
    void rareShadesGiveWayToOnesThatLookTheSame() throws Exception {
        // Hundreds of shades between white and blue, as on the edges of a line.
        BufferedImage edges = picture(1000, 1, (x, y) -> (0xFF - x / 5) << 16 | (0xFF - x / 6) << 8 | (0xFF - x / 7));
        assertEquals(PALETTE, colourType(edges));
        int difference = largestDifference(edges);
        assertTrue(difference > 0 && difference <= 10, "difference " + difference);
    }

    @Test
    void areasKeepTheirColours() throws Exception {
        BufferedImage scale = picture(40, 1000, (x, y) -> 0x20202 * (y / 10) + (x == 0 ? y % 7 * 0x10000 : 0));
        assertEquals(PALETTE, colourType(scale));
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(Png.encode(scale)));
        for (int y = 0; y < 1000; y++) {
            assertEquals(scale.getRGB(20, y), decoded.getRGB(20, y));
        }
    }

    @Test
    void manyColoursStayAsTheyAre() throws Exception {
        Random random = new Random(3);
        BufferedImage noise = picture(300, 200, (x, y) -> random.nextInt(1 << 24));
        assertEquals(TRUE_COLOUR, colourType(noise));
        assertEquals(0, largestDifference(noise));
    }

    @Test
    void flatPicturesAreTiny() {
        byte[] png = Png.encode(picture(1720, 840, (x, y) -> 0xFFFFFF));
        assertTrue(png.length < 10_000, "bytes: " + png.length);
    }

    private static BufferedImage picture(int width, int height, IntBinaryOperator colour) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, colour.applyAsInt(x, y));
            }
        }
        return image;
    }

    private static int colourType(BufferedImage image) {
        return Png.encode(image)[25];
    }

    /** In any channel of any pixel, as another reader sees it. */
    private static int largestDifference(BufferedImage image) throws IOException {
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(Png.encode(image)));
        assertEquals(image.getWidth(), decoded.getWidth());
        assertEquals(image.getHeight(), decoded.getHeight());
        int most = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                for (int shift = 0; shift < 24; shift += 8) {
                    int wanted = image.getRGB(x, y) >> shift & 0xFF;
                    most = Math.max(most, Math.abs(wanted - (decoded.getRGB(x, y) >> shift & 0xFF)));
                }
            }
        }
        return most;
    }
}
