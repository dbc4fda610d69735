package parlab.charts.internal;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import parlab.timing.Numbers;

/** A heat map: a coloured cell for each column of each row, and beside them what the colours mean. Immutable. */
public final class Cells {

    /** More rows or columns than this cannot be told apart in the largest figure. */
    private static final int MOST = 256;

    private static final int USUAL_WIDTH = 860;
    private static final int USUAL_HEIGHT = 420;
    private static final Font[] FONTS = {
        Text.LABEL, Text.NOTE, Text.SMALL, Text.SMALL.deriveFont(10f), Text.SMALL.deriveFont(9f)
    };

    private static final double BAR_GAP = 18;
    private static final double BAR_WIDTH = 16;
    private static final double TICK = 5;

    /**
     * How the cells look.
     *
     * @param shades their colours
     * @param numbers whether their values are printed
     * @param square whether they are squares
     * @param log whether equal ratios differ equally
     * @param low the value of the first colour
     * @param high the value of the last colour, above low
     */
    private record Look(Shades shades, boolean numbers, boolean square, boolean log, double low, double high) {}

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final String valueLabel;
    private final List<String> columns;
    private final List<String> rows;

    /** Row by row; NaN where there is no value. Never changed. */
    private final double[][] values;

    private final boolean whole;
    private final Look look;

    private Cells(Cells data, Look look) {
        this(data.title, data.xLabel, data.yLabel, data.valueLabel, data.columns, data.rows, data.values, look);
    }

    private Cells(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            List<String> columns,
            List<String> rows,
            double[][] values,
            Look look) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.valueLabel = valueLabel;
        this.columns = columns;
        this.rows = rows;
        this.values = values;
        this.whole = allWhole(values);
        this.look = look;
    }

    /**
     * Checks the input and copies it.
     *
     * @param title the title
     * @param xLabel what the columns are
     * @param yLabel what the rows are
     * @param valueLabel what the values are, with the unit
     * @param columns their names, from left to right, no two alike
     * @param rows their names, from top to bottom, no two alike
     * @param values one array for each row, with a value for each column; NaN for none
     * @return the cells, coloured from the smallest value to the largest
     * @throws IllegalArgumentException if something of this is not so, or if there is no value at all
     */
    public static Cells of(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            List<String> columns,
            List<String> rows,
            double[][] values) {
        Checks.text(title, "the title");
        Checks.text(xLabel, "the x-axis's label");
        Checks.text(yLabel, "the y-axis's label");
        Checks.text(valueLabel, "the values' label");
        List<String> columnNames = names(columns, "column");
        List<String> rowNames = names(rows, "row");
        if (values.length != rowNames.size()) {
            throw new IllegalArgumentException("there are names for " + rowNames.size() + " rows, but values for "
                    + values.length + ": one array of values belongs to each row");
        }
        double[][] copy = new double[values.length][];
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int r = 0; r < values.length; r++) {
            copy[r] = values[r].clone();
            if (copy[r].length != columnNames.size()) {
                throw new IllegalArgumentException("row '" + rowNames.get(r) + "' has " + copy[r].length
                        + " values for " + columnNames.size() + " columns: write NaN where there is no value");
            }
            for (int c = 0; c < copy[r].length; c++) {
                if (!Double.isNaN(copy[r][c])) {
                    Checks.number(copy[r][c], where(columnNames.get(c), rowNames.get(r)));
                    low = Math.min(low, copy[r][c]);
                    high = Math.max(high, copy[r][c]);
                }
            }
        }
        if (low > high) {
            throw new IllegalArgumentException("the heat map '" + title + "' has no value: it needs at least one");
        }
        return new Cells(
                title,
                xLabel,
                yLabel,
                valueLabel,
                columnNames,
                rowNames,
                copy,
                new Look(Shades.VIRIDIS, true, false, false, low, high));
    }

    private static List<String> names(List<String> names, String what) {
        List<String> copy = List.copyOf(names);
        if (copy.isEmpty() || copy.size() > MOST) {
            throw new IllegalArgumentException(
                    "a heat map has 1 to " + MOST + " " + what + "s, got " + copy.size() + " names");
        }
        Set<String> seen = new HashSet<>();
        for (String name : copy) {
            if (!seen.add(Checks.text(name, "the name of a " + what))) {
                throw new IllegalArgumentException("two " + what + "s are named '" + name + "'");
            }
        }
        return copy;
    }

    private static String where(String column, String row) {
        return "the value of column '" + column + "' in row '" + row + "'";
    }

    /**
     * The same on a logarithmic scale of colours.
     *
     * @return new cells
     * @throws IllegalArgumentException if a value or an end of the scale is not above 0
     */
    public Cells logarithmic() {
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < columns.size(); c++) {
                if (!Double.isNaN(values[r][c])) {
                    Checks.positive(values[r][c], where(columns.get(c), rows.get(r)));
                }
            }
        }
        Checks.positive(look.low, "the low end of the colours' range");
        return new Cells(this, new Look(look.shades, look.numbers, look.square, true, look.low, look.high));
    }

    /**
     * The same on another range of colours.
     *
     * @param low the value of the first colour
     * @param high the value of the last colour
     * @return new cells
     * @throws IllegalArgumentException if low is not below high, or one of them cannot be drawn
     */
    public Cells ranged(double low, double high) {
        Checks.number(low, "the low end of the colours' range");
        Checks.number(high, "the high end of the colours' range");
        if (look.log) {
            Checks.positive(low, "the low end of the colours' range");
        }
        if (low >= high) {
            throw new IllegalArgumentException("the colours' range must rise, got " + low + " to " + high);
        }
        return new Cells(this, new Look(look.shades, look.numbers, look.square, look.log, low, high));
    }

    /**
     * The same without numbers in the cells.
     *
     * @return new cells
     */
    public Cells withoutNumbers() {
        return new Cells(this, new Look(look.shades, false, look.square, look.log, look.low, look.high));
    }

    /**
     * The same as a grey picture with square pixels.
     *
     * @return new cells
     */
    public Cells asPicture() {
        return new Cells(this, new Look(Shades.INK, false, true, look.log, look.low, look.high));
    }

    /**
     * The width that suits the cells.
     *
     * @return logical pixels
     */
    public int width() {
        if (!look.square) {
            return USUAL_WIDTH;
        }
        // What surrounds the plot takes some 120 pixels, and the bar its own.
        return (int) Math.clamp(120 + barRoom() + pictureHeight() * columns.size() / rows.size(), 300, USUAL_WIDTH);
    }

    private double pictureHeight() {
        return USUAL_HEIGHT - 110.0;
    }

    /**
     * The height that suits the cells.
     *
     * @return logical pixels
     */
    public int height() {
        if (look.square) {
            double plot = Math.min(pictureHeight(), (width() - 120 - barRoom()) * rows.size() / columns.size());
            return (int) Math.clamp(110 + plot, 160, USUAL_HEIGHT);
        }
        int n = rows.size();
        double row = n <= 6 ? 44 : n <= 12 ? 34 : n <= 24 ? 24 : Math.max(4, 576.0 / n);
        // Names that are slanted, because they do not fit, reach some way down.
        double slanted = widestColumn() <= plotWidth() / columns.size() ? 0 : Math.min(100, 0.6 * widestColumn());
        return (int) Math.clamp(130 + slanted + n * row, 240, 1200);
    }

    /**
     * The panel.
     *
     * @return a new one
     */
    public Panel panel() {
        Axis x = new Axis.Categories(xLabel, thinned(), true);
        List<Panel.Key> legend = new ArrayList<>();
        if (missing() > 0) {
            legend.add(new Panel.Key("no value", Palette.WAIT, Panel.Glyph.WAIT, null, 1));
        }
        Panel panel = new Panel(width(), height(), title, x, new Axis.Categories(yLabel, rows, false), legend);
        panel.keepRoomRight(barRoom());
        if (look.square) {
            panel.keepAspect((double) columns.size() / rows.size());
        }
        panel.below(this::paintCells);
        panel.above(this::paintBar);
        return panel;
    }

    /** The columns' names, with blanks between them where there is no room for all. */
    private List<String> thinned() {
        double slot = plotWidth() / columns.size();
        double widest = widestColumn();
        boolean numbers = widest <= 40;
        // Upright, or slanted as a panel does with names that are too long: then a line's height is enough.
        double needed = numbers && columns.size() > 12 ? widest + 9 : Math.min(15, widest + 9);
        int every = 1;
        for (int step : new int[] {1, 2, 5, 10, 20, 50, 100}) {
            every = step;
            if (step * slot >= needed) {
                break;
            }
        }
        int nth = every;
        return IntStream.range(0, columns.size())
                .mapToObj(i -> i % nth == 0 ? columns.get(i) : "")
                .toList();
    }

    private double widestColumn() {
        return columns.stream()
                .mapToDouble(c -> Text.width(c, Text.LABEL))
                .max()
                .orElse(0);
    }

    /** About what the panel leaves for the plot. */
    private double plotWidth() {
        double free = width() - 120 - barRoom();
        return look.square ? Math.min(free, pictureHeight() * columns.size() / rows.size()) : free;
    }

    /** A scale of one number only has some room around it. */
    private Axis.Scale scale() {
        if (look.low < look.high) {
            return new Axis.Scale(valueLabel, look.low, look.high, look.log, false, false);
        }
        return look.log
                ? Axis.Scale.logarithmic(valueLabel, look.low, look.high, 0)
                : Axis.Scale.linear(valueLabel, look.low, look.high, false, 0, 0);
    }

    private Color colour(Axis.Scale scale, double value) {
        return look.shades.at(look.low < look.high ? scale.position(value) : 0.5);
    }

    private void paintCells(Graphics2D g, Panel.Plot plot) {
        Axis.Scale scale = scale();
        double pitch = Math.min((double) plot.width() / columns.size(), (double) plot.height() / rows.size());
        double gap = look.square || pitch < 8 ? 0 : 1;
        Font font = font(plot, gap);
        for (int r = 0; r < rows.size(); r++) {
            // Halves of a logical pixel are whole pixels of the picture: no seam shows between two cells.
            double top = half(plot.y(rows.size() - r + 0.5));
            double bottom = half(plot.y(rows.size() - r - 0.5));
            for (int c = 0; c < columns.size(); c++) {
                double left = half(plot.x(c + 0.5));
                Rectangle2D cell =
                        new Rectangle2D.Double(left, top, half(plot.x(c + 1.5)) - left - gap, bottom - top - gap);
                double value = values[r][c];
                if (Double.isNaN(value)) {
                    Waiting.paint(g, cell, 1);
                    continue;
                }
                Color colour = colour(scale, value);
                g.setColor(colour);
                g.fill(cell);
                if (font != null) {
                    g.setColor(Palette.inkOn(colour));
                    double baseline = cell.getCenterY() + Text.capHeight(font) / 2;
                    Text.draw(g, text(value), font, cell.getCenterX(), baseline, 0.5);
                }
            }
        }
    }

    private static double half(double x) {
        return Math.rint(2 * x) / 2;
    }

    /** The largest font in which every value fits its cell; null where none is printed. */
    private Font font(Panel.Plot plot, double gap) {
        if (!look.numbers) {
            return null;
        }
        double width = (double) plot.width() / columns.size() - gap - 4;
        double height = (double) plot.height() / rows.size() - gap - 3;
        for (Font font : FONTS) {
            if (Text.capHeight(font) <= height && allFit(font, width)) {
                return font;
            }
        }
        return null;
    }

    private boolean allFit(Font font, double width) {
        for (double[] row : values) {
            for (double value : row) {
                if (!Double.isNaN(value) && Text.width(text(value), font) > width) {
                    return false;
                }
            }
        }
        return true;
    }

    private String text(double value) {
        return whole && Math.abs(value) < 1e6
                ? String.format(Locale.ROOT, "%,d", (long) value)
                : Numbers.shortText(value);
    }

    private static boolean allWhole(double[][] values) {
        for (double[] row : values) {
            for (double value : row) {
                if (!Double.isNaN(value) && value != Math.rint(value)) {
                    return false;
                }
            }
        }
        return true;
    }

    private List<Axis.Tick> barTicks(int height) {
        return scale().ticks(Math.clamp(height / 22, 3, 10));
    }

    /** Room for the bar, its numbers and its title, right of the plot. */
    private double barRoom() {
        double widest = barTicks(USUAL_HEIGHT).stream()
                .mapToDouble(tick -> Text.width(tick.label(), Text.LABEL))
                .max()
                .orElse(0);
        return BAR_GAP + BAR_WIDTH + TICK + 4 + widest + 6 + Text.lineHeight(Text.AXIS) - 8;
    }

    private void paintBar(Graphics2D g, Panel.Plot plot) {
        Axis.Scale scale = scale();
        double left = plot.width() + BAR_GAP;
        int height = plot.height();
        for (double y = 0; y < height; y += 0.5) {
            g.setColor(look.shades.at(1 - y / (height - 0.5)));
            g.fill(new Rectangle2D.Double(left, y, BAR_WIDTH, 0.5));
        }
        g.setStroke(new BasicStroke(1));
        g.setColor(Palette.AXIS);
        g.draw(new Rectangle2D.Double(left - 0.5, -0.5, BAR_WIDTH + 1, height + 1.0));
        double end = left + BAR_WIDTH;
        double widest = 0;
        for (Axis.Tick tick : barTicks(height)) {
            double y = (1 - scale.position(tick.value())) * height;
            g.setColor(Palette.AXIS);
            g.draw(new Line2D.Double(end + 1, Panel.snap(y), end + 1 + TICK, Panel.snap(y)));
            g.setColor(Palette.SOFT_INK);
            double baseline = y + Text.capHeight(Text.LABEL) / 2;
            Text.draw(g, tick.label(), Text.LABEL, end + TICK + 5, baseline, 0);
            widest = Math.max(widest, Text.width(tick.label(), Text.LABEL));
        }
        AffineTransform here = g.getTransform();
        g.setColor(Palette.INK);
        g.translate(end + TICK + 5 + widest + 6 + Text.AXIS.getSize() - 2, height / 2.0);
        g.rotate(-Math.PI / 2);
        // The bar is as long as the plot; its title may reach a little beyond it on both sides.
        Text.draw(g, Text.fit(valueLabel, Text.AXIS, height + 60.0), Text.AXIS, 0, 0, 0.5);
        g.setTransform(here);
    }

    private int missing() {
        int missing = 0;
        for (double[] row : values) {
            for (double value : row) {
                missing += Double.isNaN(value) ? 1 : 0;
            }
        }
        return missing;
    }

    /**
     * The heat map in words.
     *
     * @return every value, row by row, as long as there is room for them; of wide rows the smallest and the largest
     */
    public String alt() {
        List<String> parts = new ArrayList<>();
        parts.add("Columns: "
                + (narrow() ? String.join(", ", columns) : columns.getFirst() + " to " + columns.getLast()));
        for (int r = 0; r < rows.size(); r++) {
            parts.add(Text.cut(rows.get(r), 40) + ": " + words(values[r]));
        }
        int missing = missing();
        return AltText.join(
                "Heat map",
                title,
                Text.cut(valueLabel, 60) + (look.log ? " (colours logarithmic)" : "") + " by " + Text.cut(xLabel, 30)
                        + " (" + columns.size() + ") and " + Text.cut(yLabel, 30) + " (" + rows.size() + ")"
                        + (missing == 0 ? "" : ", " + missing + " without a value"),
                parts);
    }

    private boolean narrow() {
        return columns.size() <= 10;
    }

    private String words(double[] row) {
        if (narrow()) {
            return Arrays.stream(row)
                    .mapToObj(value -> Double.isNaN(value) ? "none" : AltText.number(value))
                    .collect(Collectors.joining(", "));
        }
        DoubleSummaryStatistics range =
                Arrays.stream(row).filter(value -> !Double.isNaN(value)).summaryStatistics();
        String low = AltText.number(range.getMin());
        return range.getCount() == 0
                ? "none"
                : range.getMin() == range.getMax() ? low : low + " to " + AltText.number(range.getMax());
    }
}
