package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import parlab.timing.Estimate;

final class BarChartTest {

    @Test
    void lengthsAreInProportionAndInTheMapsOrder() {
        Pixels p = new Pixels(Drawn.bars("t", "time (s)", map("z", exact(2), "a", exact(1), "m", exact(4))));
        Rectangle[] bars = bars(p, 3);
        assertEquals(2, bars[0].getHeight() / bars[1].getHeight(), 0.03);
        assertEquals(4, bars[2].getHeight() / bars[1].getHeight(), 0.06);
        assertEquals(bars[0].getMaxY(), bars[2].getMaxY());
    }

    @Test
    void intervalsAreDrawnToTheirEndsWhichMayBeUnequal() {
        // The bar is 10 high, the interval from 9 to 14: 1 down and 4 up.
        Pixels p = new Pixels(Drawn.bars("t", "time (s)", map("a", new Estimate(10, 9, 14, 0.95, 9, "s"))));
        Rectangle bar = p.box(Pixels.BLUE);
        double unit = bar.getHeight() / 10;
        int x = (int) bar.getCenterX();
        Rectangle column = new Rectangle(x, 80, 1, (int) bar.getMaxY() - 90);
        Rectangle whisker = p.box(Pixels.INK, column);
        assertEquals(bar.y + unit, whisker.getMaxY(), 3);
        // The value stands above the upper end, so the whisker is sought below it.
        Rectangle above = p.box(Pixels.INK, new Rectangle(x - 8, bar.y - (int) (4.2 * unit), 17, (int) (1.2 * unit)));
        assertEquals(bar.y - 4 * unit, above.y, 3);
        assertTrue(above.width >= 15, "the upper end has a cap: " + above);
        Pixels without = new Pixels(Drawn.bars("t", "time (s)", map("a", exact(10))));
        assertEquals(0, without.count(Pixels.INK, new Rectangle(x, bar.y + 40, 1, bar.height - 50)));
    }

    @Test
    void valuesArePrintedAboveTheBars() {
        Pixels p = new Pixels(Drawn.bars("t", "time (s)", map("a", exact(1.93))));
        Rectangle bar = p.box(Pixels.BLUE);
        Rectangle text = p.box(Pixels.INK, new Rectangle(bar.x, bar.y - 40, bar.width, 40));
        assertEquals(bar.getCenterX(), text.getCenterX(), 6);
        assertTrue(text.width > 40 && text.getMaxY() < bar.y, text + " above " + bar);
    }

    @Test
    void seriesStandSideBySideAndMayLackABar() {
        Map<String, Map<String, Estimate>> series = new LinkedHashMap<>();
        series.put("JVM", map("serial", exact(4), "threads", exact(1)));
        series.put("CPython", map("serial", exact(6)));
        Figure figure = Drawn.groupedBars("t", "time (s)", series);
        Pixels p = new Pixels(figure);
        Rectangle plot = p.below(60);
        int bottom = (int) p.box(Pixels.BLUE, plot).getMaxY() - 3;
        assertEquals(2, p.runs(Pixels.BLUE, bottom, 20));
        assertEquals(1, p.runs(Pixels.ORANGE, bottom, 20));
        Rectangle orange = p.box(Pixels.ORANGE, plot);
        Rectangle blue = p.box(Pixels.BLUE, new Rectangle(0, plot.y, orange.x, plot.height));
        assertTrue(orange.x - blue.getMaxX() >= 0 && orange.x - blue.getMaxX() < 12, "side by side");
        assertEquals(1.5, orange.getHeight() / blue.getHeight(), 0.02);
        assertTrue(figure.alt().contains("JVM: serial 4, threads 1. CPython: serial 6."), figure.alt());
    }

    @Test
    void logarithmicAxisMakesRatiosDifferences() {
        Pixels p = new Pixels(Drawn.bars("t", "time (s)", map("a", exact(1), "b", exact(10), "c", exact(100)))
                .logY());
        Rectangle[] bars = bars(p, 3);
        assertEquals(bars[1].height - bars[0].height, bars[2].height - bars[1].height, 3);
        assertTrue(bars[0].height > 10, "the smallest bar can be seen");
    }

    @Test
    void negativeValuesHangFromZero() {
        Pixels p = new Pixels(Drawn.bars("t", "change (s)", map("up", exact(2), "down", exact(-2))));
        Rectangle[] bars = bars(p, 2);
        assertEquals(bars[0].height, bars[1].height, 3);
        assertEquals(bars[0].getMaxY(), bars[1].y, 3);
    }

    @Test
    void extremesAreDrawn() {
        for (double unit : new double[] {1e-280, 1e-9, 1, 1e9, 1e299}) {
            Pixels p = new Pixels(Drawn.bars("t", "time (s)", map("a", exact(unit), "b", exact(2 * unit))));
            Rectangle[] bars = bars(p, 2);
            assertEquals(2, bars[1].getHeight() / bars[0].getHeight(), 0.02, "unit " + unit);
        }
        assertEquals(0, new Pixels(Drawn.bars("t", "time (s)", map("zero", exact(0)))).box(Pixels.BLUE).height, 1);
    }

    @Test
    void longNamesDoNotLeaveThePicture() {
        Map<String, Estimate> values = new LinkedHashMap<>();
        for (int i = 0; i < 12; i++) {
            values.put("a name that is much too long to stand below its bar, number " + i, exact(i + 1));
        }
        Pixels p = new Pixels(Drawn.bars("t", "time (s)", values));
        Rectangle ink = p.box(Pixels.INK);
        assertTrue(ink.x > 2 && ink.getMaxX() < p.width() - 2 && ink.getMaxY() < p.height() - 2, ink.toString());
        assertTrue(p.box(Pixels.BLUE).height > 200, "the names leave room for the bars");
    }

    @Test
    void unitsAreAddedOnceAndMustAgree() {
        assertTrue(Drawn.bars("t", "time", map("a", exact(1))).alt().contains("y-axis: time (s)."));
        assertTrue(Drawn.bars("t", "time in s", map("a", exact(1))).alt().contains("y-axis: time in s."));
        assertTrue(Drawn.bars("t", "speed-up", map("a", Estimate.exact(2, "x")))
                .alt()
                .contains("speed-up (×)"));
        assertMessage("[ms, s]", () -> Drawn.bars("t", "time", map("a", exact(1), "b", Estimate.exact(1, "ms"))));
    }

    @Test
    void badInputNamesSeriesBarAndValue() {
        assertMessage("'t' is empty", () -> Drawn.bars("t", "time (s)", Map.of()));
        assertMessage("the title", () -> Drawn.bars("", "time (s)", map("a", exact(1))));
        assertMessage("the y-axis's label", () -> Drawn.bars("t", " ", map("a", exact(1))));
        assertMessage("has no series", () -> Drawn.groupedBars("t", "time (s)", Map.of()));
        assertMessage("series 'x' is empty", () -> Drawn.groupedBars("t", "time (s)", Map.of("x", Map.of())));
        assertMessage(
                "the upper end of bar 'a' is Infinity",
                () -> Drawn.bars("t", "time (s)", map("a", new Estimate(1, 1, Double.POSITIVE_INFINITY, 0.9, 3, "s"))));
        BarChart zero = Drawn.groupedBars("t", "y", Map.of("s", map("a", exact(0))));
        assertMessage("bar 'a' of series 's' is 0.0", zero::logY);
        BarChart low = Drawn.bars("t", "y", map("b", new Estimate(1, -1, 2, 0.9, 3, "s")));
        assertTrue(low.logY().alt().contains("b 1 (0.1 to 2)"), low.logY().alt());
    }

    @Test
    void stackedPartsAddUp() {
        Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
        Map<String, Double> first = new LinkedHashMap<>();
        first.put("start", 1.0);
        first.put("load", 3.0);
        bars.put("JVM", first);
        bars.put("other", Map.of("load", 2.0));
        Figure figure = Drawn.stackedBars("t", "time (s)", bars);
        Pixels p = new Pixels(figure);
        Rectangle plot = p.below(60);
        Rectangle start = p.box(Pixels.BLUE, plot);
        int half = p.width() / 2;
        Rectangle load = p.box(Pixels.ORANGE, new Rectangle(0, plot.y, half, plot.height));
        Rectangle other = p.box(Pixels.ORANGE, new Rectangle(half, plot.y, half, plot.height));
        assertEquals(3, load.getHeight() / start.getHeight(), 0.06);
        assertEquals(2, other.getHeight() / start.getHeight(), 0.06);
        assertTrue(load.getMaxY() <= start.y && start.y - load.getMaxY() < 4, "one on top of the other");
        assertTrue(figure.alt().contains("JVM: 4 of start 1, load 3"), figure.alt());
        assertMessage(
                "part 'p' of bar 'b' is NaN", () -> Drawn.stackedBars("t", "y", Map.of("b", Map.of("p", Double.NaN))));
        assertMessage("is -1.0", () -> Drawn.stackedBars("t", "y", Map.of("b", Map.of("p", -1.0))));
        assertMessage("bar 'b' is empty", () -> Drawn.stackedBars("t", "y", Map.of("b", Map.of())));
        assertMessage("has no bar", () -> Drawn.stackedBars("t", "y", Map.of()));
    }

    /** The blue bars from left to right, by equal shares of the plot. */
    private static Rectangle[] bars(Pixels p, int n) {
        Rectangle all = p.box(Pixels.BLUE);
        Rectangle[] bars = new Rectangle[n];
        // The first and the last bar are as far from the plot's edges as half of the space between two bars.
        double pitch = n == 1 ? all.width : findPitch(p, all, n);
        for (int i = 0; i < n; i++) {
            int from = (int) (all.x - 4 + i * pitch);
            bars[i] = p.box(Pixels.BLUE, new Rectangle(from, all.y, (int) pitch, all.height));
        }
        return bars;
    }

    private static double findPitch(Pixels p, Rectangle all, int n) {
        int width = 1;
        while (p.count(Pixels.BLUE, new Rectangle(all.x + width, all.y, 1, all.height)) > 0) {
            width++;
        }
        return (all.width - width) / (n - 1.0);
    }

    private static Estimate exact(double value) {
        return Estimate.exact(value, "s");
    }

    private static Map<String, Estimate> map(Object... pairs) {
        Map<String, Estimate> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], (Estimate) pairs[i + 1]);
        }
        return map;
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
