package parlab.charts.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class PngTest {

    @Test
    void everyPixelComesBackAtEverySize() throws Exception {
        Random random = new Random(7);
        for (int trial = 0; trial < 400; trial++) {
            int width = 1 + random.nextInt(trial % 10 == 0 ? 900 : 40);
            int height = 1 + random.nextInt(40);
            int[] colours = random.ints(1 + random.nextInt(trial % 3 == 0 ? 1000 : 20), 0, 1 << 24)
                    .toArray();
            int style = trial % 4;
            int[] last = {colours[0]};
            check(picture(width, height, (x, y) -> switch (style) {
                case 0 -> colours[random.nextInt(colours.length)];
                case 1 -> colours[x / 3 % colours.length];
                case 2 -> colours[y / 3 % colours.length];
                default -> {
                    if (random.nextInt(30) == 0) {
                        last[0] = colours[random.nextInt(colours.length)];
                    }
                    yield last[0];
                }
            }));
        }
    }

    @Test
    void narrowestAndWidestRowsComeBack() throws Exception {
        for (int width : new int[] {1, 2, 3, 85, 86, 10_922, 10_923, 32_767, 32_768, 40_000}) {
            check(picture(width, 4, (x, y) -> 0xABCDEF));
            check(picture(width, 4, (x, y) -> x % 5 * 0x010203));
            check(picture(width, 4, (x, y) -> y < 2 ? x : 0));
        }
    }

    @Test
    void paletteIsUsedUpTo256ColoursAndNotBeyond() throws Exception {
        assertEquals(3, colourType(check(picture(256, 3, (x, y) -> x * 0x010000))));
        assertEquals(2, colourType(check(picture(257, 3, (x, y) -> x * 0x000101))));
    }

    @Test
    void skewedFrequenciesKeepCodesWithinTheFormat() throws Exception {
        // Uses that grow as Fibonacci's numbers give the longest codes of all: over 15 bits with 24 symbols.
        int[] uses = new int[24];
        uses[0] = 1;
        uses[1] = 1;
        for (int i = 2; i < uses.length; i++) {
            uses[i] = uses[i - 1] + uses[i - 2];
        }
        for (int most : new int[] {7, 15, 30}) {
            byte[] lengths = Deflate.codeLengths(uses, most);
            double kraft = 0;
            for (byte length : lengths) {
                assertTrue(length >= 1 && length <= most, "length " + length);
                kraft += Math.pow(2, -length);
            }
            assertEquals(1, kraft, 1e-12, "the code is complete");
        }
        assertEquals(23, Deflate.codeLengths(uses, 30)[0]);
        int[] which = new int[60_000];
        int at = 0;
        for (int symbol = 0; symbol < uses.length && at < which.length; symbol++) {
            for (int k = 0; k < uses[symbol] && at < which.length; k++) {
                which[at++] = symbol;
            }
        }
        Random random = new Random(1);
        check(picture(250, 240, (x, y) -> which[random.nextInt(which.length)] * 0x0A0B0C));
    }

    @Test
    void noiseGrowsByLittle() throws Exception {
        Random random = new Random(3);
        byte[] png = check(picture(300, 300, (x, y) -> random.nextInt(1 << 24)));
        assertTrue(png.length < 1.02 * 3 * 300 * 300, "bytes: " + png.length);
    }

    @Test
    void flatPicturesAreTiny() throws Exception {
        byte[] png = check(picture(1720, 840, (x, y) -> 0xFFFFFF));
        assertTrue(png.length < 10_000, "bytes: " + png.length);
    }

    @Test
    void otherPixelFormatsAreRefused() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        String message = assertThrows(IllegalArgumentException.class, () -> Png.encode(image, 1))
                .getMessage();
        assertTrue(message.contains("TYPE_INT_RGB"), message);
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

    /** Decodes with a reader that is not ours, and checks what that reader leaves unchecked: both checksums. */
    private static byte[] check(BufferedImage image) throws IOException, DataFormatException {
        byte[] png = Png.encode(image, 7559);
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(png));
        int width = image.getWidth();
        int height = image.getHeight();
        assertEquals(width, decoded.getWidth());
        assertEquals(height, decoded.getHeight());
        assertArrayEquals(
                image.getRGB(0, 0, width, height, null, 0, width), decoded.getRGB(0, 0, width, height, null, 0, width));
        for (int at = 8; at < png.length; ) {
            int length = ByteBuffer.wrap(png, at, 4).getInt();
            CRC32 crc = new CRC32();
            crc.update(png, at + 4, length + 4);
            assertEquals(
                    (int) crc.getValue(),
                    ByteBuffer.wrap(png, at + 8 + length, 4).getInt());
            if (new String(png, at + 4, 4, StandardCharsets.US_ASCII).equals("IDAT")) {
                try (Inflater inflater = new Inflater()) {
                    inflater.setInput(png, at + 8, length);
                    byte[] rows = new byte[height * (1 + 3 * width) + 1];
                    int got = 0;
                    while (!inflater.finished()) {
                        got += inflater.inflate(rows, got, rows.length - got);
                    }
                    int expected = height * (1 + (colourType(png) == 3 ? 1 : 3) * width);
                    assertEquals(expected, got);
                    assertEquals(0, inflater.getRemaining());
                }
            }
            at += 12 + length;
        }
        return png;
    }

    private static int colourType(byte[] png) {
        assertEquals("IHDR", new String(Arrays.copyOfRange(png, 12, 16), StandardCharsets.US_ASCII));
        return png[25];
    }
}
