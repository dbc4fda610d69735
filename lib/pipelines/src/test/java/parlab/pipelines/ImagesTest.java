package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
import parlab.pipelines.internal.ImageIoDecoder;

class ImagesTest {

    @Test
    void decodesTheSamePixelsAsTheJdksReader() throws Exception {
        for (int n = 0; n < Samples.COUNT; n++) {
            for (byte[] jpeg : new byte[][] {Samples.jpeg(n), Samples.thumbnail(n)}) {
                assertArrayEquals(
                        ImageIoDecoder.decode(jpeg), Images.decode(jpeg).rgb(), "image " + n);
            }
        }
    }

    @Test
    void decodesOddSizesGreyAndProgressiveFilesAsTheJdksReader() throws Exception {
        for (int[] size : new int[][] {{1, 1}, {2, 7}, {5, 5}, {6, 9}, {17, 31}, {33, 16}, {127, 129}}) {
            for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY}) {
                byte[] jpeg = encode(noise(size[0], size[1], type), 0.9f, false);
                assertArrayEquals(
                        ImageIoDecoder.decode(jpeg),
                        Images.decode(jpeg).rgb(),
                        Arrays.toString(size) + " of type " + type);
            }
        }
        byte[] progressive = encode(noise(50, 40, BufferedImage.TYPE_3BYTE_BGR), 0.8f, true);
        Pixels pixels = Images.decode(progressive);
        assertEquals(50, pixels.width());
        assertEquals(40, pixels.height());
        assertArrayEquals(ImageIoDecoder.decode(progressive), pixels.rgb());
    }

    @Test
    void decodesChromaOfEveryResolutionAsTheJdksReader() throws Exception {
        for (int[] sampling : new int[][] {{1, 1}, {2, 2}, {2, 1}, {1, 2}}) {
            for (int[] size : new int[][] {{8, 8}, {9, 7}, {31, 50}, {130, 67}}) {
                byte[] jpeg = encode(noise(size[0], size[1], BufferedImage.TYPE_3BYTE_BGR), 0.8f, false, sampling);
                assertArrayEquals(
                        ImageIoDecoder.decode(jpeg),
                        Images.decode(jpeg).rgb(),
                        Arrays.toString(size) + " with chroma of " + Arrays.toString(sampling));
            }
        }
    }

    @Test
    void aThumbnailIsTheScaledImage() throws Exception {
        List<byte[]> files = new ArrayList<>();
        for (int n = 0; n < Samples.COUNT; n++) {
            files.add(Samples.jpeg(n));
        }
        for (int[] size :
                new int[][] {{1, 1}, {2, 7}, {5, 5}, {17, 31}, {127, 129}, {128, 128}, {300, 9}, {257, 641}}) {
            files.add(encode(noise(size[0], size[1], BufferedImage.TYPE_3BYTE_BGR), 0.9f, false));
            files.add(encode(noise(size[0], size[1], BufferedImage.TYPE_3BYTE_BGR), 0.9f, false, 1, 1));
            files.add(encode(noise(size[0], size[1], BufferedImage.TYPE_BYTE_GRAY), 0.5f, false));
        }
        files.add(encode(noise(150, 140, BufferedImage.TYPE_3BYTE_BGR), 0.8f, true));
        for (byte[] jpeg : files) {
            Pixels image = Images.decode(jpeg);
            assertArrayEquals(
                    Images.scale(image, Images.SIDE, Images.SIDE).rgb(),
                    Images.thumbnail(jpeg).rgb(),
                    image.width() + " x " + image.height());
        }
    }

    @Test
    void decodesEveryQuality() throws Exception {
        for (float quality : new float[] {0.01f, 0.3f, 0.6f, 1f}) {
            byte[] jpeg = encode(noise(70, 50, BufferedImage.TYPE_3BYTE_BGR), quality, false);
            assertArrayEquals(ImageIoDecoder.decode(jpeg), Images.decode(jpeg).rgb(), "quality " + quality);
        }
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
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int k = 0; k < 5000; k++) {
            byte[] damaged = jpeg.clone();
            for (int i = 0; i <= k % 4; i++) {
                damaged[2 + random.nextInt(jpeg.length - 2)] = (byte) random.nextInt();
            }
            try {
                Images.decode(damaged);
            } catch (BadImageException e) {
                refused++;
            }
        }
        assertTrue(refused > 1000, refused + " of 5000 were refused");
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
        Pixels small = Images.thumbnail(Samples.jpeg(5));
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
    void normalisesToOne() {
        float[] numbers = Images.normalise(new Pixels(1, 1, new byte[] {0, (byte) 255, 51}));
        assertArrayEquals(new float[] {0, 1, 0.2f}, numbers);
    }

    @Test
    void augmentsByItsSeed() throws Exception {
        Pixels image = Images.thumbnail(Samples.jpeg(1));
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
