package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Rectangle;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import parlab.timing.Estimate;

final class LineChartTest {
    private static final Color INK = new Color(0x22, 0x22, 0x22);

    private static final double[] X = {1, 2, 4, 8};

    @Test
    void linesHaveTheirOwnColoursAndRunFromEndToEnd() {
        Figure figure = Drawn.lines(
                "t",
                "threads",
                "time (s)",
                new Line("falling", X, new double[] {8, 4, 2, 1}),
                new Line("rising", X, new double[] {1, 2, 4, 8}));
        Pixels p = new Pixels(figure);
        Rectangle plot = p.below(60);
        Rectangle falling = p.box(Pixels.BLUE, plot);
        Rectangle rising = p.box(Pixels.ORANGE, plot);
        assertEquals(falling.x, rising.x, 4);
        assertEquals(falling.getMaxX(), rising.getMaxX(), 4);
        // At its start the falling line is up, the rising one down.
        Rectangle left = new Rectangle(0, plot.y, falling.x + 30, plot.height);
        assertTrue(p.box(Pixels.BLUE, left).getMaxY() < p.box(Pixels.ORANGE, left).y);
    }

    @Test
    void intervalsAreErrorBarsOnFewPointsAndBandsOnMany() {
        Estimate[] y = {estimate(2, 1, 4), estimate(2, 1.5, 3)};
        LineChart chart = Drawn.lines("t", "x (1)", "y (s)", estimated("a", new double[] {1, 2}, y));
        Rectangle bars = new Pixels(chart).box(Pixels.BLUE);
        Rectangle point =
                new Pixels(Drawn.lines("t", "x (1)", "y (s)", exact("a", new double[] {1, 2}, 1, 4))).box(Pixels.BLUE);
        // From 1 to 4 as the line from 1 to 4, markers' radius aside.
        assertEquals(point.height, bars.height, 20);
        double[] x = IntStream.range(0, 50).asDoubleStream().toArray();
        Estimate[] many = new Estimate[x.length];
        Arrays.fill(many, estimate(2, 1, 4));
        Pixels band = new Pixels(Drawn.lines("t", "x (1)", "y (s)", estimated("a", x, many)));
        assertTrue(band.box(Pixels.BLUE).height < 30, "the line alone is flat");
        Color pale = new Color(205, 227, 240);
        assertTrue(near(band, pale, bars) > 20_000, "the band is filled");
        assertTrue(near(new Pixels(chart), pale, bars) < 2_500, "nothing but the edges of lines");
    }

    @Test
    void logarithmicAxesMakeRatiosDifferences() {
        LineChart chart = Drawn.lines("t", "x (1)", "y (1)", exact("a", new double[] {1, 10, 100}, 1, 10, 100));
        Pixels p = new Pixels(chart.logX().logY());
        Rectangle box = p.box(Pixels.BLUE);
        // A power law is a straight line: its middle is in the middle.
        int y = (int) box.getCenterY();
        Rectangle middle = p.box(Pixels.BLUE, new Rectangle(0, y - 2, p.width(), 4));
        assertEquals(box.getCenterX(), middle.getCenterX(), 8);
        Pixels linear = new Pixels(chart.logX());
        Rectangle linearBox = linear.box(Pixels.BLUE);
        Rectangle linearMiddle =
                linear.box(Pixels.BLUE, new Rectangle(0, (int) linearBox.getCenterY() - 2, linear.width(), 4));
        assertTrue(linearMiddle.getCenterX() > linearBox.getCenterX() + 200);
    }

    @Test
    void referenceLinesAreDashedAndStretchTheAxis() {
        LineChart chart = Drawn.lines("t", "x (1)", "y (1)", exact("a", X, 1, 2, 3, 4));
        LineChart marked = chart.horizontal(8, "the limit");
        Pixels p = new Pixels(marked);
        Rectangle box = p.box(Pixels.BLUE);
        int row = -1;
        for (int y = 60; y < p.height() && row < 0; y++) {
            row = p.runs(Pixels.REFERENCE, y, 6) > 20 ? y : -1;
        }
        assertTrue(row > 0 && row < box.y - 100, "dashes above the data, at " + row);
        assertTrue(box.height < 0.6 * new Pixels(chart).box(Pixels.BLUE).height, "the y-axis reaches to 8");
        assertTrue(marked.alt().contains("Marked: the limit at 8."), marked.alt());
    }

    @Test
    void namesOfSinglePointsStandBesideThemWithoutCoveringEachOther() {
        LineChart chart = Drawn.lines(
                "t",
                "x (1)",
                "y (1)",
                new Line("a", new double[] {2}, new double[] {5}),
                new Line("limit", X, new double[] {10, 10, 10, 10}));
        Pixels legend = new Pixels(chart);
        Rectangle marker = legend.box(Pixels.BLUE, new Rectangle(0, 120, legend.width(), legend.height() - 120));
        Rectangle beside = new Rectangle(marker.x + marker.width + 2, marker.y - 40, 200, 160);
        assertEquals(0, legend.count(INK, beside), "the name is in the legend");
        Pixels one = new Pixels(chart.labelled());
        Rectangle point = one.box(Pixels.BLUE, new Rectangle(0, 120, one.width(), one.height() - 120));
        Rectangle area = new Rectangle(point.x + point.width + 2, point.y - 40, 200, 160);
        int height = one.box(INK, area).height;
        assertTrue(height > 5, "the name is beside the point");
        Pixels two = new Pixels(Drawn.lines(
                        "t",
                        "x (1)",
                        "y (1)",
                        new Line("a", new double[] {2}, new double[] {5}),
                        new Line("b", new double[] {2}, new double[] {5}),
                        new Line("limit", X, new double[] {10, 10, 10, 10}))
                .labelled());
        assertTrue(two.box(INK, area).height > 2 * height, "both names can be read");
    }

    @Test
    void altTextSaysRangesAndExtremes() {
        String alt = Drawn.lines("Throughput", "threads", "rate", new Line("JVM", X, new double[] {1, 2, 3, 2.5}))
                .logX()
                .alt();
        assertEquals(
                "Line chart: Throughput. x-axis: threads (logarithmic), y-axis: rate."
                        + " JVM: 1 at 1, 2.5 at 8, highest 3 at 4.",
                alt);
    }

    @Test
    void awkwardDataAreDrawn() {
        for (double[] y : new double[][] {
            {5, 5, 5, 5},
            {0, 0, 0, 0},
            {-3, -2, -1, -4},
            {1e-280, 2e-280, 3e-280, 4e-280},
            {1e-12, 1, 1e12, 1e299},
            {1e9, 1e9 + 1, 1e9 + 2, 1e9}
        }) {
            Pixels p = new Pixels(Drawn.lines("t", "x (1)", "y (1)", new Line("a", X, y)));
            assertTrue(p.count(Pixels.BLUE) > 500, "y from " + y[0]);
        }
        assertTrue(new Pixels(Drawn.lines("t", "x (1)", "y (1)", exact("a", new double[] {3}, 5))).count(Pixels.BLUE)
                > 100);
        assertTrue(new Pixels(Drawn.lines(
                                        "t", "x (1)", "y (1)", exact("a", new double[] {1e-300, 1e300}, 1e-300, 1e300))
                                .logX()
                                .logY())
                        .count(Pixels.BLUE)
                > 500);
    }

    @Test
    void badInputNamesLineIndexAndValue() {
        assertMessage("line 'a' has 2 x values and 1 y", () -> exact("a", new double[] {1, 2}, 1));
        assertMessage("line 'a' is empty", () -> exact("a", new double[0]));
        assertMessage("y value 1 of line 'a' is NaN", () -> exact("a", new double[] {1, 2}, 1, Double.NaN));
        assertMessage(
                "x value 0 of line 'a' is Infinity", () -> exact("a", new double[] {Double.POSITIVE_INFINITY}, 1));
        assertMessage("a line's name", () -> exact(" ", X, 1, 2, 3, 4));
        assertMessage("has no line", () -> Drawn.lines("t", "x", "y", List.of()));
        assertMessage("the x-axis's label", () -> Drawn.lines("t", "", "y", exact("a", X, 1, 2, 3, 4)));
        assertMessage(
                "two lines are called 'a'",
                () -> Drawn.lines("t", "x", "y", exact("a", X, 1, 2, 3, 4), exact("a", X, 1, 2, 3, 4)));
        LineChart chart = Drawn.lines("t", "x", "y", exact("a", new double[] {0, 1}, 1, -2));
        assertMessage("x value 0 of line 'a' is 0.0", chart::logX);
        assertMessage("y value 1 of line 'a' is -2.0", chart::logY);
        LineChart positive =
                Drawn.lines("t", "x", "y", exact("a", X, 1, 2, 3, 4)).logY();
        assertMessage("the line 'limit' is 0.0", () -> positive.horizontal(0, "limit"));
        assertMessage("is NaN", () -> positive.horizontal(Double.NaN, "limit"));
    }

    @Test
    void lawIsSolidWhereMeasuredAndDashedBeyond() {
        Map<Integer, Estimate> measured = new TreeMap<>();
        double[] noise = {1, 1.02, 0.97, 1.01, 0.99, 1.02};
        int[] workers = {1, 2, 4, 8, 12, 16};
        double[] n = new double[2 * workers.length];
        double[] rates = new double[n.length];
        for (int i = 0; i < workers.length; i++) {
            double w = workers[i];
            double x = noise[i] * w / (1 + 0.05 * (w - 1) + 0.002 * w * (w - 1));
            measured.put(workers[i], new Estimate(x, 0.9 * x, 1.1 * x, 0.95, 9, "x"));
            for (int round = 0; round < 2; round++) {
                n[2 * i + round] = w;
                rates[2 * i + round] = (0.99 + 0.02 * round) * x;
            }
        }
        ScalabilityLaw law = ScalabilityLaw.fit(n, rates, "x");
        LineChart chart = ScalabilityChart.of("t", "speed-up", measured, law, 64);
        Pixels p = new Pixels(chart);
        Rectangle plot = p.below(60);
        Rectangle points = p.box(Pixels.VERMILLION, plot);
        Rectangle curve = p.box(Pixels.BLUE, plot);
        assertEquals(points.x, curve.x, 16);
        assertTrue(curve.getMaxX() > points.getMaxX() + 600, "the law goes on beyond the points");
        // Solid: every column between the first and the last point holds the curve or a point; dashed: many do not.
        int bare = 0;
        for (int x = points.x + 8; x < points.getMaxX() - 8; x++) {
            Rectangle column = new Rectangle(x, plot.y, 1, plot.height);
            bare += p.count(Pixels.BLUE, column) + p.count(Pixels.VERMILLION, column) == 0 ? 1 : 0;
        }
        assertTrue(bare < 0.05 * points.width, "bare columns where measured: " + bare);
        int gaps = 0;
        for (int x = (int) points.getMaxX() + 30; x < curve.getMaxX(); x++) {
            gaps += p.count(Pixels.BLUE, new Rectangle(x, plot.y, 1, plot.height)) == 0 ? 1 : 0;
        }
        double share = gaps / (curve.getMaxX() - points.getMaxX() - 30);
        assertTrue(share > 0.25 && share < 0.6, "share of bare columns beyond: " + share);
        // Error bars: a point's column holds more than its marker.
        int tallest = 0;
        for (int x = (int) points.getMaxX() - 20; x < points.getMaxX(); x++) {
            tallest = Math.max(tallest, p.count(Pixels.VERMILLION, new Rectangle(x, plot.y, 1, plot.height)));
        }
        assertTrue(tallest > 40, "the last point's error bar: " + tallest);
        assertTrue(
                chart.alt().contains("the law's peak: " + Math.round(law.peak().value()) + " workers"), chart.alt());
        assertTrue(p.count(Pixels.REFERENCE, plot) > 200, "the peak is marked");
    }

    @Test
    void scalabilityChartsCheckTheirInput() {
        Map<Integer, Estimate> rates = new LinkedHashMap<>();
        rates.put(1, Estimate.exact(1000, "tasks/s"));
        rates.put(2, Estimate.exact(1900, "tasks/s"));
        ScalabilityLaw law = ScalabilityLaw.fit(new double[] {1, 2}, new double[] {1000, 1900}, "tasks/s");
        assertTrue(ScalabilityChart.of("t", "rate", rates, law, 4).alt().contains("y-axis: rate (tasks/s)"));
        assertTrue(ScalabilityChart.of("t", "rate", rates, law, 4).alt().contains("Amdahl"));
        assertMessage("upTo must be from", () -> ScalabilityChart.of("t", "rate", rates, law, 1));
        assertMessage("no measured point", () -> ScalabilityChart.of("t", "rate", Map.of(), law, 1));
        assertMessage(
                "must be 1 or more, got 0",
                () -> ScalabilityChart.of("t", "rate", Map.of(0, Estimate.exact(1, "")), law, 4));
    }

    private static int near(Pixels p, Color colour, Rectangle area) {
        int n = 0;
        for (int d = -3; d <= 3; d++) {
            Color c = new Color(colour.getRed() + d, colour.getGreen() + d, Math.min(255, colour.getBlue() + d));
            n += p.count(c, area);
        }
        return n;
    }

    private static Estimate estimate(double value, double low, double high) {
        return new Estimate(value, low, high, 0.95, 9, "s");
    }

    private static Line estimated(String name, double[] x, Estimate[] y) {
        return new Line(name, Arrays.stream(x).boxed().toList(), List.of(y));
    }

    private static Line exact(String name, double[] x, double... y) {
        return new Line(name, x, y);
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
