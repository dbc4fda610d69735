package parlab.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PhotographsTest {
    @TempDir
    Path folder;

    @Test
    void the_same_count_draws_the_same_pictures() throws IOException {
        List<String> files = Photographs.draw(folder, 2);
        byte[] first = Files.readAllBytes(Path.of(files.get(0)));
        byte[] second = Files.readAllBytes(Path.of(files.get(1)));
        assertTrue(first.length > 20_000 && second.length > 20_000 && !Arrays.equals(first, second));
        Photographs.draw(folder, 2);
        assertArrayEquals(first, Files.readAllBytes(Path.of(files.get(0))));
        assertEquals(1024, ImageIO.read(Path.of(files.get(1)).toFile()).getWidth());
    }

    @Test
    void a_photograph_becomes_three_normal_planes() throws IOException {
        Path file = folder.resolve("orange.png");
        BufferedImage orange = new BufferedImage(120, 90, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = orange.createGraphics();
        g.setColor(new Color(255, 128, 0));
        g.fillRect(0, 0, 120, 90);
        g.dispose();
        ImageIO.write(orange, "png", file.toFile());
        float[] planes = Photographs.prepare(file.toString(), 64);
        assertEquals(3 * 64 * 64, planes.length);
        int middle = 32 * 64 + 32;
        assertEquals((1 - 0.45f) / 0.225f, planes[middle], 1e-4f);
        assertEquals((128 / 255f - 0.45f) / 0.225f, planes[64 * 64 + middle], 1e-4f);
        assertEquals((0 - 0.45f) / 0.225f, planes[2 * 64 * 64 + middle], 1e-4f);
        assertArrayEquals(planes, Photographs.prepare(file.toString(), 64));
    }

    @Test
    void what_is_no_picture_is_named() throws IOException {
        Path file = Files.writeString(folder.resolve("letter.jpg"), "Dear reader");
        IOException e = assertThrows(IOException.class, () -> Photographs.prepare(file.toString(), 64));
        assertTrue(e.getMessage().contains("letter.jpg is no picture"), e.getMessage());
    }
}
