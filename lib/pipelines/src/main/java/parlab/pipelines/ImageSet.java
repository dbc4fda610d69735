package parlab.pipelines;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/**
 * A thousand or so JPEG images of several sizes, and a thumbnail of each: the same ones for the same seed, made once and kept
 * in one file. Immutable and thread-safe; nobody may change the arrays.
 *
 * <p>The pictures are drawn, and covered with noise as a camera's are: a smooth one would compress to almost nothing.
 */
final class ImageSet {
    /** Part of the file's name: another one for other pictures. */
    private static final int VERSION = 1;

    private static final long MAGIC = 0x5061724c61624a50L;
    private static final int[][] SIZES = {{160, 120}, {240, 320}, {320, 240}, {400, 300}, {360, 480}, {640, 480}};
    private static final int THUMBNAIL_WIDTH = 96;
    private static final int THUMBNAIL_HEIGHT = 72;
    private static final int BLOBS = 24;
    private static final int NOISE = 8;

    private final byte[][] images;
    private final byte[][] thumbnails;

    private ImageSet(byte[][] images, byte[][] thumbnails) {
        this.images = images;
        this.thumbnails = thumbnails;
    }

    /** The set in a folder, made there if it is not complete; two processes that ask at once make it once. */
    static ImageSet in(Path folder, int count, long seed) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("images-" + count + "-" + seed + "-v" + VERSION + ".bin");
        Path lockFile = folder.resolve(file.getFileName() + ".lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            ImageSet there = lock.isValid() ? read(file, count) : null;
            if (there != null) {
                return there;
            }
            ImageSet made = make(count, seed);
            made.write(file);
            return made;
        }
    }

    private static ImageSet make(int count, long seed) throws IOException {
        ImageIO.setUseCache(false);
        byte[][] images = new byte[count][];
        byte[][] thumbnails = new byte[count][];
        for (int n = 0; n < count; n++) {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + n);
            int[] size = SIZES[n % SIZES.length];
            BufferedImage image = draw(size[0], size[1], random);
            images[n] = jpeg(image);
            BufferedImage small = new BufferedImage(THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
            Graphics2D g = small.createGraphics();
            g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            g.drawImage(image, 0, 0, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, null);
            g.dispose();
            thumbnails[n] = jpeg(small);
        }
        return new ImageSet(images, thumbnails);
    }

    private static BufferedImage draw(int width, int height, SplittableRandom random) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = image.createGraphics();
        g.setPaint(new GradientPaint(0, 0, color(random, 255), width, height, color(random, 255)));
        g.fillRect(0, 0, width, height);
        for (int i = 0; i < BLOBS; i++) {
            g.setColor(color(random, 160));
            int w = 8 + random.nextInt(width / 3);
            int h = 8 + random.nextInt(height / 3);
            int x = random.nextInt(width) - w / 2;
            int y = random.nextInt(height) - h / 2;
            if (random.nextBoolean()) {
                g.fillOval(x, y, w, h);
            } else {
                g.fillRect(x, y, w, h);
            }
        }
        g.dispose();
        byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i += 3) {
            int noise = random.nextInt(2 * NOISE + 1) - NOISE;
            for (int c = 0; c < 3; c++) {
                pixels[i + c] = (byte) Math.clamp((pixels[i + c] & 0xff) + noise, 0, 255);
            }
        }
        return image;
    }

    private static Color color(SplittableRandom random, int alpha) {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256), alpha);
    }

    private static byte[] jpeg(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, "jpg", out)) {
            throw new IOException("this JDK writes no JPEG: it lacks the module java.desktop's image support");
        }
        return out.toByteArray();
    }

    private void write(Path file) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".part");
        try (DataOutputStream out =
                new DataOutputStream(new java.io.BufferedOutputStream(Files.newOutputStream(fresh)))) {
            out.writeLong(MAGIC);
            out.writeInt(images.length);
            CRC32 crc = new CRC32();
            for (byte[][] kind : new byte[][][] {images, thumbnails}) {
                for (byte[] image : kind) {
                    out.writeInt(image.length);
                    out.write(image);
                    crc.update(image);
                }
            }
            out.writeLong(crc.getValue());
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The set from its file; null if it is not there or not whole. */
    private static ImageSet read(Path file, int count) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readLong() != MAGIC || in.readInt() != count) {
                return null;
            }
            CRC32 crc = new CRC32();
            byte[][][] kinds = new byte[2][count][];
            for (byte[][] kind : kinds) {
                for (int n = 0; n < count; n++) {
                    kind[n] = in.readNBytes(in.readInt());
                    crc.update(kind[n]);
                }
            }
            return in.readLong() == crc.getValue() ? new ImageSet(kinds[0], kinds[1]) : null;
        } catch (IOException | IllegalArgumentException e) {
            return null; // it is made anew
        }
    }

    int count() {
        return images.length;
    }

    /** The n-th image; numbers beyond the last begin again with the first. */
    byte[] image(int n) {
        return images[n % images.length];
    }

    byte[] thumbnail(int n) {
        return thumbnails[n % thumbnails.length];
    }
}
