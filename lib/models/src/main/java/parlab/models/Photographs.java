package parlab.models;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import parlab.executors.Checkpoint;

/** Photographs for a loader: drawn by a seeded program, and prepared for a network. Stateless and thread-safe. */
public final class Photographs {
    private static final int WIDTH = 1024;
    private static final int HEIGHT = 768;
    private static final int BLOBS = 60;
    private static final int GRAIN = 12;
    private static final double MAX_ANGLE = 0.35;
    private static final float MEAN = 0.45f;
    private static final float DEVIATION = 0.225f;

    private Photographs() {}

    /**
     * Draws landscapes of blobs with grain, about as hard to decode as photographs, and saves them as JPEG files of
     * 1024 x 768 pixels. The same count gives the same pictures. An interrupt ends it, see {@link Checkpoint}.
     *
     * @param folder where they go: photo-00.jpg and so on
     * @return the files' names with the folder's
     * @throws IOException if one cannot be written
     */
    public static List<String> draw(Path folder, int count) throws IOException {
        List<String> files = new ArrayList<>();
        for (int seed = 0; seed < count; seed++) {
            Checkpoint.poll();
            Path file = folder.resolve("photo-%02d.jpg".formatted(seed));
            if (!ImageIO.write(landscape(seed), "jpg", file.toFile())) {
                throw new IOException("this JVM cannot write JPEG files");
            }
            files.add(file.toString());
        }
        return files;
    }

    private static BufferedImage landscape(int seed) {
        BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(seed);
        Graphics2D g = picture.createGraphics();
        g.setPaint(new GradientPaint(0, 0, colour(random), 0, HEIGHT, colour(random)));
        g.fillRect(0, 0, WIDTH, HEIGHT);
        for (int i = 0; i < BLOBS; i++) {
            g.setColor(colour(random));
            g.fill(new Ellipse2D.Double(
                    random.nextInt(WIDTH), random.nextInt(HEIGHT), random.nextInt(20, 260), random.nextInt(20, 260)));
        }
        g.dispose();
        int[] pixels = pixels(picture);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (pixels[i] & 0xf0f0f0) + random.nextInt(GRAIN) * 0x10101;
        }
        return picture;
    }

    private static Color colour(SplittableRandom random) {
        return new Color(random.nextInt(1 << 24));
    }

    private static int[] pixels(BufferedImage picture) {
        return ((DataBufferInt) picture.getRaster().getDataBuffer()).getData();
    }

    /**
     * Does what a loader of training data does to a photograph: decodes it; turns, mirrors, scales and crops it in one
     * affine step, by chances that the file's name seeds; normalises it.
     *
     * @param side width and height of the result, in pixels
     * @return three planes of side x side numbers around 0: red, green, blue
     * @throws IOException if the file cannot be read, or is no picture
     */
    public static float[] prepare(String file, int side) throws IOException {
        BufferedImage photo = ImageIO.read(Path.of(file).toFile());
        if (photo == null) {
            throw new IOException(file + " is no picture");
        }
        SplittableRandom random = new SplittableRandom(file.hashCode());
        double scale = 1.15 * side / Math.min(photo.getWidth(), photo.getHeight());
        AffineTransform turn = AffineTransform.getTranslateInstance(side / 2.0, side / 2.0);
        turn.scale(random.nextBoolean() ? -scale : scale, scale);
        turn.rotate(random.nextDouble(-MAX_ANGLE, MAX_ANGLE));
        turn.translate(
                -photo.getWidth() * random.nextDouble(0.45, 0.55), -photo.getHeight() * random.nextDouble(0.45, 0.55));
        BufferedImage cropped = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = cropped.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(photo, turn, null);
        g.dispose();
        return planes(pixels(cropped));
    }

    private static float[] planes(int[] rgb) {
        float[] planes = new float[3 * rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            for (int c = 0; c < 3; c++) {
                int value = rgb[i] >> (16 - 8 * c) & 255;
                planes[c * rgb.length + i] = (value / 255f - MEAN) / DEVIATION;
            }
        }
        return planes;
    }
}
