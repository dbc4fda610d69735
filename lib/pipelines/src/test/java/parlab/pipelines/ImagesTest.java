package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

class ImagesTest {

    /** By how much two decoders' pixels may differ: the JDK's library and libjpeg-turbo round colours differently. */
    private static final int ROUNDING = 2;

    @Test
    void everyDecoderYieldsTheSamePixels() throws Exception {
        List<byte[]> files = new ArrayList<>();
        for (int n = 0; n < Samples.COUNT; n += 5) {
            files.add(Samples.jpeg(n));
            files.add(Samples.thumbnail(n));
        }
        for (int[] size : new int[][] {{1, 1}, {2, 7}, {5, 5}, {6, 9}, {17, 31}, {33, 16}, {127, 129}}) {
            for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY}) {
                for (float quality : new float[] {0.01f, 0.3f, 0.9f, 1f}) {
                    files.add(encode(noise(size[0], size[1], type), quality, false));
                    files.add(encode(noise(size[0], size[1], type), quality, true));
                }
            }
        }
        for (int[] sampling : new int[][] {{1, 1}, {2, 2}, {2, 1}}) {
            for (int[] size : new int[][] {{8, 8}, {9, 7}, {31, 50}, {130, 67}}) {
                files.add(encode(noise(size[0], size[1], BufferedImage.TYPE_3BYTE_BGR), 0.8f, false, sampling));
            }
        }
        for (byte[] jpeg : files) {
            Pixels expected = Images.decode(jpeg);
            for (Decoder decoder : Samples.decoders()) {
                Pixels pixels = decoder.decode(jpeg);
                assertEquals(expected.width(), pixels.width());
                assertTrue(furthest(expected, pixels) <= ROUNDING, decoder + ": " + furthest(expected, pixels));
            }
        }
    }

    @Test
    void aNativeKernelsThumbnailIsNearTheMeanOfAllPixels() throws Exception {
        for (Decoder decoder : Samples.decoders()) {
            for (int n = 0; n < 12; n++) {
                Pixels whole = Images.scale(Images.decode(Samples.jpeg(n)), Images.SIDE, Images.SIDE);
                Pixels small = Images.thumbnail(Samples.jpeg(n), decoder);
                double mean = 0;
                for (int i = 0; i < whole.rgb().length; i++) {
                    mean += Math.abs((whole.rgb()[i] & 0xff) - (small.rgb()[i] & 0xff));
                }
                assertTrue(mean / whole.rgb().length < 2, decoder + ", image " + n + ": " + mean / whole.rgb().length);
            }
        }
    }

    @Test
    void aDecoderThatIsNotThereSaysWhy() {
        for (Decoder decoder : Decoder.values()) {
            if (!decoder.obstacle().isEmpty()) {
                UnsupportedOperationException e = assertThrows(
                        UnsupportedOperationException.class, () -> Images.thumbnail(Samples.jpeg(0), decoder));
                assertTrue(e.getMessage().contains(decoder.obstacle()), e.getMessage());
            }
        }
        assertEquals("", Decoder.IMAGE_IO.obstacle());
    }

    @Test
    void aColourProfileChangesNoPixel() throws Exception {
        for (boolean progressive : new boolean[] {false, true}) {
            byte[] plain = encode(noise(64, 48, BufferedImage.TYPE_3BYTE_BGR), 0.8f, progressive);
            for (int space : new int[] {ColorSpace.CS_LINEAR_RGB, ColorSpace.CS_GRAY}) {
                for (Decoder decoder : Samples.decoders()) {
                    assertArrayEquals(
                            decoder.decode(plain).rgb(),
                            decoder.decode(withProfile(plain, space)).rgb(),
                            decoder + ", progressive " + progressive);
                }
            }
        }
    }

    /** With an ICC profile after the first segment. */
    private static byte[] withProfile(byte[] jpeg, int space) {
        byte[] profile = ICC_Profile.getInstance(space).getData();
        int first = 4 + ((jpeg[4] & 0xff) << 8 | (jpeg[5] & 0xff));
        int length = profile.length + 16;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(jpeg, 0, first);
        all.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe2, (byte) (length >> 8), (byte) length});
        all.writeBytes("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(profile);
        all.write(jpeg, first, jpeg.length - first);
        return all.toByteArray();
    }

    @Test
    void fillBytesBeforeAMarkerChangeNothing() throws Exception {
        byte[] plain = Samples.thumbnail(2);
        ByteArrayOutputStream filled = new ByteArrayOutputStream();
        int scan = Integer.MAX_VALUE;
        int next = 2; // where the next segment begins
        for (int i = 0; i < plain.length; i++) {
            int marker = plain[i] == -1 && i + 1 < plain.length ? plain[i + 1] & 0xff : 0;
            if (i == next && i < scan) {
                filled.writeBytes(new byte[] {-1, -1});
                scan = marker == 0xda ? i : scan;
                next = i + 2 + ((plain[i + 2] & 0xff) << 8 | (plain[i + 3] & 0xff));
            } else if (i > scan && marker == 0xd9) {
                filled.write(-1);
            }
            filled.write(plain[i]);
        }
        for (Decoder decoder : Samples.decoders()) {
            assertArrayEquals(
                    decoder.decode(plain).rgb(),
                    decoder.decode(filled.toByteArray()).rgb(),
                    decoder.toString());
        }
    }

    private static int furthest(Pixels a, Pixels b) {
        int most = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            most = Math.max(most, Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)));
        }
        return most;
    }

    @Test
    void anyCutIsAnErrorThatSaysSo() {
        byte[] jpeg = Samples.thumbnail(3);
        for (int length = 0; length < jpeg.length; length++) {
            byte[] part = Arrays.copyOf(jpeg, length);
            assertThrows(BadImageException.class, () -> Images.decode(part), "cut after " + length);
        }
        BadImageException half =
                assertThrows(BadImageException.class, () -> Images.decode(Arrays.copyOf(jpeg, jpeg.length / 2)));
        assertTrue(half.getMessage().startsWith("cut off"), half.getMessage());
    }

    @Test
    void anyDamageIsAnImageOrABadImageAndNothingElse() {
        byte[] jpeg = Samples.thumbnail(4);
        for (Decoder decoder : Samples.decoders()) {
            damage(jpeg, decoder);
        }
    }

    private static void damage(byte[] jpeg, Decoder decoder) {
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int k = 0; k < 3000; k++) {
            byte[] damaged = jpeg.clone();
            for (int i = 0; i <= k % 4; i++) {
                damaged[2 + random.nextInt(jpeg.length - 2)] = (byte) random.nextInt();
            }
            try {
                decoder.decode(damaged);
            } catch (BadImageException e) {
                refused++;
            }
        }
        assertTrue(refused > 600, decoder + " refused " + refused + " of 3000");
    }

    @Test
    void aBombIsRefusedByItsHeader() {
        byte[] bomb = Samples.jpeg(0).clone();
        int at = 2;
        while ((bomb[at + 1] & 0xff) != 0xc0) {
            at += 2 + ((bomb[at + 2] & 0xff) << 8 | (bomb[at + 3] & 0xff));
        }
        Arrays.fill(bomb, at + 5, at + 9, (byte) 0xff);
        BadImageException e = assertThrows(BadImageException.class, () -> Images.decode(bomb));
        assertTrue(e.getMessage().contains("65535 x 65535"), e.getMessage());
    }

    @Test
    void scalesToTheMean() throws Exception {
        byte[] rgb = new byte[3 * 4 * 2];
        for (int i = 0; i < 8; i++) {
            Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) (10 * i));
        }
        // Rows 0 10 20 30 and 40 50 60 70: the means of both halves.
        Pixels half = Images.scale(new Pixels(4, 2, rgb), 2, 1);
        assertArrayEquals(new byte[] {25, 25, 25, 45, 45, 45}, half.rgb());
        Pixels same = Images.scale(new Pixels(4, 2, rgb), 4, 2);
        assertArrayEquals(rgb, same.rgb());
        Pixels small = Images.thumbnail(Samples.jpeg(5), Decoder.IMAGE_IO);
        assertEquals(Images.SIDE, small.width());
        assertEquals(49_152, small.rgb().length);
    }

    @Test
    void scalesToTheSameBytesAsPillow() {
        // zlib.crc32 of Image.frombytes("RGB", (w, h), bytes(i * i // 7 % 251 for i in range(3 * w * h)))
        //     .resize((128, 128), Image.Resampling.BOX).tobytes(), with Pillow 13.0
        long[][] known = {
            {1, 1, 382809095L},
            {160, 120, 1040301450L},
            {240, 320, 299657666L},
            {300, 77, 1928558659L},
            {360, 480, 2158229645L},
            {640, 480, 781984262L}
        };
        for (long[] image : known) {
            int width = (int) image[0];
            int height = (int) image[1];
            byte[] rgb = new byte[3 * width * height];
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] = (byte) ((long) i * i / 7 % 251);
            }
            Pixels small = Images.scale(new Pixels(width, height, rgb), 128, 128);
            assertEquals(image[2], Images.checksum(small), width + " x " + height);
        }
    }

    @Test
    void whiteStaysWhiteAtEverySize() {
        for (int width = 1; width < 300; width++) {
            byte[] white = new byte[3 * width];
            Arrays.fill(white, (byte) 255);
            for (byte value : Images.scale(new Pixels(width, 1, white), 128, 3).rgb()) {
                assertEquals((byte) 255, value, "width " + width);
            }
        }
    }

    @Test
    void augmentsByItsSeed() throws Exception {
        Pixels image = Images.thumbnail(Samples.jpeg(1), Decoder.IMAGE_IO);
        float[] one = Images.augment(image, 1);
        assertEquals(3 * Images.CROP * Images.CROP, one.length);
        assertArrayEquals(one, Images.augment(image, 1));
        assertFalse(Arrays.equals(one, Images.augment(image, 2)));
        assertThrows(IllegalArgumentException.class, () -> Images.augment(new Pixels(1, 1, new byte[3]), 1));
    }

    private static BufferedImage noise(int width, int height, int type) {
        BufferedImage image = new BufferedImage(width, height, type);
        SplittableRandom random = new SplittableRandom(width * 1000L + height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        return image;
    }

    /** @param sampling how many samples of luma there are for one of chroma, across and down; else as the writer likes */
    private static byte[] encode(BufferedImage image, float quality, boolean progressive, int... sampling)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(quality);
        param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            IIOMetadata metadata = null;
            if (sampling.length == 2) {
                metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), param);
                Node tree = metadata.getAsTree(metadata.getNativeMetadataFormatName());
                Element luma = (Element) ((IIOMetadataNode) tree)
                        .getElementsByTagName("componentSpec")
                        .item(0);
                luma.setAttribute("HsamplingFactor", "" + sampling[0]);
                luma.setAttribute("VsamplingFactor", "" + sampling[1]);
                metadata.setFromTree(metadata.getNativeMetadataFormatName(), tree);
            }
            writer.write(null, new IIOImage(image, null, metadata), param);
        } finally {
            writer.dispose();
        }
        assertTrue(ImageIO.read(new ByteArrayInputStream(out.toByteArray())) != null);
        return out.toByteArray();
    }
}
