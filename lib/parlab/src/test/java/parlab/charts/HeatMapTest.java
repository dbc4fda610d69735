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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class HeatMapTest {

    private static final Color LOW = new Color(0x44, 0x01, 0x54);
    private static final Color HIGH = new Color(0xFD, 0xE7, 0x25);
    private static final Color MIDDLE = Palette.viridis(0.5);

    @Test
    void theFirstRowIsOnTopAndTheFirstColumnOnTheLeft() {
        Pixels p = new Pixels(map(new double[][] {{1, 2}, {3, 4}}));
        Rectangle first = cell(p, LOW);
        Rectangle last = cell(p, HIGH);
        assertTrue(first.getMaxX() < last.x && first.getMaxY() < last.y, first + " " + last);
        assertEquals(first.width, last.width, 2);
        assertEquals(first.height, last.height, 2);
        assertEquals(first.width * first.height, p.count(LOW, first), 0.01 * first.width * first.height);
    }

    @Test
    void coloursRiseEvenlyFromTheSmallestValueToTheLargest() {
        Pixels p = new Pixels(map(new double[][] {{-10, 0, 10}}));
        Rectangle middle = cell(p, MIDDLE);
        assertTrue(middle.width > 200 && middle.height > 100, middle.toString());
    }

    @Test
    void valuesArePrintedInAnInkThatReadsWell() {
        double[][] values = {{1, 2}};
        Pixels p = new Pixels(map(values));
        Rectangle dark = cell(p, LOW);
        Rectangle bright = cell(p, HIGH);
        assertTrue(p.count(Color.WHITE, dark) > 20 && p.count(Color.BLACK, dark) == 0);
        assertTrue(p.count(Color.BLACK, bright) > 20 && p.count(Color.WHITE, bright) == 0);
    }

    @Test
    void everyShadeHasReadableInk() {
        for (int i = 0; i <= 1000; i++) {
            for (Color colour : List.of(Palette.viridis(i / 1000.0), Palette.grey(i / 1000.0))) {
                double contrast = contrast(colour, Palette.inkOn(colour));
                assertTrue(contrast >= 4.5, colour + " at " + i + ": " + contrast);
            }
        }
    }

    @Test
    void theScalesRiseOrFallInLightnessThroughout() {
        double before = luminance(Palette.viridis(0));
        double inkBefore = luminance(Palette.grey(0));
        assertEquals(Color.WHITE, Palette.grey(0));
        assertEquals(Color.BLACK, Palette.grey(1));
        for (int i = 1; i <= 100; i++) {
            double now = luminance(Palette.viridis(i / 100.0));
            assertTrue(now > before, "at " + i);
            before = now;
            double ink = luminance(Palette.grey(i / 100.0));
            assertTrue(ink < inkBefore, "at " + i);
            inkBefore = ink;
        }
        assertEquals(Palette.viridis(0), Palette.viridis(-1));
        assertEquals(Palette.viridis(1), Palette.viridis(7));
    }

    @Test
    void valuesThatDoNotFitAreLeftOut() {
        double[][] values = new double[100][100];
        values[3][4] = 123_456;
        Pixels p = new Pixels(map(values));
        Rectangle dark = cell(p, LOW);
        assertEquals(0, p.count(Color.WHITE, new Rectangle(dark.x + 200, dark.y + 4, 400, 1200)));
    }

    @Test
    void aCellWithoutAValueIsHatchedAndExplained() {
        HeatMap map = map(new double[][] {{1, Double.NaN}, {2, 3}});
        Pixels p = new Pixels(map);
        assertTrue(p.count(Pixels.WAIT, p.below(80)) > 5_000);
        assertTrue(p.count(Pixels.WAIT, new Rectangle(0, 0, 200, 120)) > 100, "the legend");
        assertTrue(map.alt().contains("1 without a value") && map.alt().contains("r0: 1, none."), map.alt());
        Pixels full = new Pixels(map(new double[][] {{1, 2}}));
        assertTrue(full.count(Pixels.WAIT) < 100, "nothing but the edges of letters");
    }

    @Test
    void aBarTellsWhatTheColoursMean() {
        HeatMap map = map(new double[][] {{0, 100}});
        Pixels p = new Pixels(map);
        Rectangle right = new Rectangle(p.width() - 200, 0, 200, p.height());
        Rectangle top = p.box(HIGH, right);
        Rectangle bottom = p.box(LOW, right);
        assertTrue(top.getMaxY() < bottom.y, "the largest value on top: " + top + " " + bottom);
        Rectangle label = new Rectangle(p.width() - 60, 0, 60, p.height());
        assertTrue(p.count(Pixels.INK, label) > 50, "its label");
    }

    @Test
    void mapsGiveColumnsInOrderOfAppearanceAndMayLackSome() {
        Map<String, Map<String, Double>> values = new LinkedHashMap<>();
        values.put("one", Map.of("b", 1.0));
        values.put("two", new LinkedHashMap<>(Map.of("a", 2.0)));
        HeatMap map = HeatMap.of("t", "x", "y", "time (ms)", values);
        assertEquals(
                "Heat map: t. time (ms) by x (2) and y (2), 2 without a value. Columns: b, a. one: 1, none."
                        + " two: none, 2.",
                map.alt());
    }

    @Test
    void wideRowsAreSummedUpInWords() {
        double[][] values = new double[2][40];
        values[0][7] = 3.5;
        String alt = map(values).alt();
        assertTrue(alt.contains("Columns: c0 to c39. r0: 0 to 3.5. r1: 0."), alt);
        assertTrue(map(new double[200][200]).alt().length() <= 600);
    }

    @Test
    void aPictureIsGreyAndItsPixelsAreSquare() {
        double[][] values = new double[8][8];
        values[2][3] = 16;
        HeatMap picture = map(values).asPicture();
        Pixels p = new Pixels(picture);
        Rectangle black = p.box(Color.BLACK, new Rectangle(0, 0, p.width() / 2, p.height()));
        assertEquals(black.width, black.height, 2);
        assertTrue(black.width > 50, black.toString());
        assertTrue(picture.width() < 560 && picture.height() <= Figure.HEIGHT, picture.width() + " wide");
        Rectangle wider = new Pixels(picture.withSize(1200, 420))
                .box(Color.BLACK, new Rectangle(0, 0, p.width() / 2, p.height()));
        assertEquals(wider.width, wider.height, 2);
    }

    @Test
    void picturesOfEveryShapeAreDrawn() {
        for (int[] shape : new int[][] {{1, 1}, {1, 256}, {256, 1}, {28, 28}, {3, 40}, {256, 256}}) {
            HeatMap map = map(new double[shape[0]][shape[1]]);
            for (Figure figure : List.of(map, map.asPicture(), map.asPicture().withSize(200, 150))) {
                Pixels p = new Pixels(figure);
                assertEquals(2 * figure.width(), p.width());
                assertTrue(p.box(Pixels.INK).width > 0, Arrays.toString(shape));
            }
        }
    }

    @Test
    void longNamesDoNotLeaveThePicture() {
        String name = "a name that is much too long to stand beside its row or below its column, number ";
        HeatMap map = HeatMap.of("t", "x", "y", "time (ms)", names(name, 12), names(name, 12), new double[12][12]);
        Pixels p = new Pixels(map);
        Rectangle ink = p.box(Pixels.INK);
        assertTrue(ink.x > 2 && ink.getMaxX() < p.width() - 2 && ink.getMaxY() < p.height() - 2, ink.toString());
        assertTrue(cell(p, MIDDLE).width > 400, "the names leave room for the cells");
    }

    @Test
    void oneValueAndExtremesAreDrawn() {
        for (double unit : new double[] {-1e299, -1, 0, 1e-280, 1, 1e299}) {
            Pixels p = new Pixels(map(new double[][] {{unit, unit}}));
            assertTrue(p.box(MIDDLE).width > 500, "unit " + unit);
        }
        map(new double[][] {{-1e299, 1e299}}).png();
    }

    @Test
    void dataAreCopied() {
        double[][] values = {{1, 2}};
        HeatMap map = map(values);
        byte[] before = map.png();
        values[0][0] = 7;
        assertTrue(Arrays.equals(before, map.png()));
    }

    @Test
    void whatCannotBeDrawnIsNamed() {
        assertMessage("the values' label", () -> HeatMap.of("t", "x", "y", " ", Map.of("a", Map.of("b", 1.0))));
        assertMessage("column 'c1' in row 'r0' is Infinity", () -> map(new double[][] {{1, Double.POSITIVE_INFINITY}}));
        assertMessage("no value", () -> map(new double[][] {{Double.NaN}}));
        assertMessage("got 0 names", () -> HeatMap.of("t", "x", "y", "v", Map.of()));
        assertMessage("got 257 names", () -> map(new double[1][257]));
        assertMessage(
                "two columns are named 'a'",
                () -> HeatMap.of("t", "x", "y", "v", List.of("a", "a"), List.of("b"), new double[1][2]));
        assertMessage(
                "row 'b' has 1 values for 2 columns",
                () -> HeatMap.of("t", "x", "y", "v", List.of("a", "c"), List.of("b"), new double[1][1]));
        assertMessage(
                "names for 1 rows, but values for 2",
                () -> HeatMap.of("t", "x", "y", "v", List.of("a"), List.of("b"), new double[2][1]));
    }

    private static HeatMap map(double[][] values) {
        return HeatMap.of(
                "t", "columns", "rows", "time (ms)", names("c", values[0].length), names("r", values.length), values);
    }

    private static List<String> names(String prefix, int n) {
        return IntStream.range(0, n).mapToObj(i -> prefix + i).toList();
    }

    /** Where the plot has the colour; the bar at the right is left out. */
    private static Rectangle cell(Pixels p, Color colour) {
        return p.box(colour, new Rectangle(0, 0, p.width() - 200, p.height()));
    }

    private static double contrast(Color a, Color b) {
        double x = luminance(a);
        double y = luminance(b);
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    }

    private static double luminance(Color colour) {
        return 0.2126 * linear(colour.getRed())
                + 0.7152 * linear(colour.getGreen())
                + 0.0722 * linear(colour.getBlue());
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
