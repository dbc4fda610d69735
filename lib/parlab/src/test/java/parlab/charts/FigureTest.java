package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.PieChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import parlab.timing.Estimate;

final class FigureTest {

    @Test
    void pngIsThePictureAtTwiceTheSize() throws IOException {
        Figure figure = Drawn.bars("t", "time (s)", Map.of("a", Estimate.exact(1, "s")));
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(figure.png()));
        assertEquals(2 * figure.width(), decoded.getWidth());
        assertEquals(2 * figure.height(), decoded.getHeight());
        BufferedImage drawn = figure.image();
        assertArrayEquals(pixels(drawn), pixels(decoded));
    }

    @Test
    void typicalChartsAreSmall() {
        double[] x = {1, 2, 4, 8, 16};
        Figure lines =
                Drawn.lines("t", "x (1)", "y (1)", new Line("a", x, x), new Line("b", x, new double[] {5, 4, 3, 2, 1}));
        assertTrue(lines.png().length < 150_000, "bytes: " + lines.png().length);
    }

    @Test
    void anotherSizeIsDrawnAtThatSize() throws IOException {
        Figure figure = Drawn.bars("t", "time (s)", Map.of("a", Estimate.exact(1, "s")));
        Figure small = figure.withSize(301, 203);
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(small.png()));
        assertEquals(602, decoded.getWidth());
        assertEquals(406, decoded.getHeight());
        assertTrue(new Pixels(small).count(Pixels.BLUE) > 1000, "the bar is there");
        assertEquals(860, figure.width());
        String message = assertThrows(IllegalArgumentException.class, () -> figure.withSize(10, 300))
                .getMessage();
        assertTrue(message.contains("from 200 x 150") && message.contains("10 x 300"), message);
    }

    @Test
    void anotherTextReplacesTheComputedOne() {
        Figure figure = Drawn.bars("t", "time (s)", Map.of("a", Estimate.exact(1, "s")));
        assertEquals("mine", figure.withAlt("mine").alt());
        assertEquals("Bar chart: t. y-axis: time (s). a 1.", figure.alt());
        assertThrows(IllegalArgumentException.class, () -> figure.withAlt(" "));
    }

    @Test
    void altTextIsShortHoweverMuchThereIsToSay() {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            lines.add(
                    new Line("a line with rather a long name, number " + i, new double[] {1, 2}, new double[] {i, 2}));
        }
        String alt = Drawn.lines("t".repeat(300), "x".repeat(300), "y".repeat(300), lines)
                .alt();
        assertTrue(alt.length() <= 600, alt.length() + ": " + alt);
        assertTrue(alt.matches("(?s).*And \\d+ more\\.$"), alt);
    }

    @Test
    void anyXChartChartIsDrawnAndDescribed() {
        XYChart xy = new XYChartBuilder()
                .width(400)
                .height(300)
                .title("Waves")
                .xAxisTitle("t (s)")
                .yAxisTitle("u (V)")
                .build();
        xy.addSeries("sine", new double[] {0, 1, 2}, new double[] {0, 5, -5});
        Figure figure = Figure.of(xy);
        assertEquals("XY chart: Waves. x-axis: t (s), y-axis: u (V). sine.", figure.alt());
        assertEquals(400, figure.width());
        assertEquals(800, figure.image().getWidth());

        var pie = new PieChartBuilder().build();
        pie.addSeries("a", 3);
        assertEquals("Pie chart: without a title. a.", Figure.of(pie).alt());
    }

    @Test
    void threadsMayDrawOneFigureAtOnce() throws Exception {
        Figure figure =
                Drawn.lines("t", "x (1)", "y (1)", new Line("a", new double[] {1, 2, 3}, new double[] {1, 4, 2}));
        Figure small = figure.withSize(400, 300);
        byte[] expected = figure.png();
        byte[] expectedSmall = small.png();
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Callable<byte[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tasks.add(i % 2 == 0 ? figure::png : small::png);
            }
            int i = 0;
            for (Future<byte[]> result : pool.invokeAll(tasks)) {
                assertArrayEquals(i++ % 2 == 0 ? expected : expectedSmall, result.get());
            }
        }
    }

    private static int[] pixels(BufferedImage image) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] |= 0xFF000000;
        }
        return pixels;
    }
}
