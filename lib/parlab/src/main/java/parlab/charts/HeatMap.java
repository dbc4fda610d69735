package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parlab.timing.Numbers;

/**
 * Numbers by column and row, each a coloured cell with its value in figures; made by {@link Charts#heatMap}. It is a
 * figure as it stands; {@link #asPicture} gives a new one. Immutable and thread-safe.
 *
 * <p>The colours are viridis, from dark blue for the smallest value to yellow for the largest: people who are
 * colour-blind see the same order, and so does a black-and-white printer. A cell without a value is grey and hatched.
 * Where the cells are too small for their values these are left out, and the bar beside the plot tells what the colours
 * mean.
 */
public final class HeatMap extends Figure {
    /** More rows or columns than this cannot be told apart in the largest figure. */
    private static final int MOST = 256;

    /** What surrounds the plot takes about so much of the width and of the height, and the bar its own. */
    private static final int AROUND = 120;

    private static final double PICTURE_HEIGHT = HEIGHT - 110;
    private static final List<Font> FONTS =
            List.of(Text.LABEL, Text.NOTE, Text.SMALL, Text.SMALL.deriveFont(10f), Text.SMALL.deriveFont(9f));
    private static final double BAR_GAP = 18;
    private static final double BAR_WIDTH = 16;

    /**
     * What the map shows, checked and copied: values row by row, NaN where there is none; or a picture of grey squares.
     */
    private record Spec(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            List<String> columns,
            List<String> rows,
            List<double[]> values,
            boolean picture) {
        DoubleStream known() {
            return values.stream().flatMapToDouble(Arrays::stream).filter(v -> !Double.isNaN(v));
        }

        long missing() {
            return (long) columns.size() * rows.size() - known().count();
        }

        DoubleSummaryStatistics range() {
            return known().summaryStatistics();
        }

        /** From the first colour's value to the last one's; around a single value there is some room. */
        Axis.Scale scale() {
            DoubleSummaryStatistics range = range();
            return range.getMin() < range.getMax()
                    ? new Axis.Scale(valueLabel, range.getMin(), range.getMax(), false, Axis.Scale.Labels.ROUND)
                    : Axis.Scale.linear(valueLabel, range.getMin(), range.getMin(), false, 0, 0);
        }

        List<String> texts() {
            boolean whole = known().allMatch(v -> v == Math.rint(v) && Math.abs(v) < 1e6);
            return known().mapToObj(v -> text(v, whole)).toList();
        }

        private static String text(double value, boolean whole) {
            return whole ? String.format(Locale.ROOT, "%,d", (long) value) : Numbers.shortText(value);
        }

        double ratio() {
            return (double) columns.size() / rows.size();
        }

        /** About what is left for the plot. */
        double plotWidth() {
            double free = width() - AROUND - barRoom();
            return picture ? Math.min(free, PICTURE_HEIGHT * ratio()) : free;
        }

        int width() {
            return picture ? (int) Math.clamp(AROUND + barRoom() + PICTURE_HEIGHT * ratio(), 300, WIDTH) : WIDTH;
        }

        int height() {
            if (picture) {
                double plot = Math.min(PICTURE_HEIGHT, (width() - AROUND - barRoom()) / ratio());
                return (int) Math.clamp(110 + plot, 160, HEIGHT);
            }
            int n = rows.size();
            double row = n <= 6 ? 44 : n <= 12 ? 34 : n <= 24 ? 24 : Math.max(4, 576.0 / n);
            // Names that are slanted, because they do not fit, reach some way down.
            double widest = Text.widest(columns, Text.LABEL);
            double slanted = widest <= plotWidth() / columns.size() ? 0 : Math.min(100, 0.6 * widest);
            return (int) Math.clamp(130 + slanted + n * row, 240, 1200);
        }

        /** Room for the bar, its numbers and its title, right of the plot. */
        double barRoom() {
            return BAR_GAP + BAR_WIDTH + Frame.TICK + 5 + widestTick(HEIGHT) + 6 + Text.lineHeight(Text.AXIS) - 9;
        }

        List<Axis.Tick> barTicks(int height) {
            return scale().ticks(Math.clamp(height / 22, 3, 10));
        }

        double widestTick(int height) {
            return Text.widest(barTicks(height).stream().map(Axis.Tick::label).toList(), Text.LABEL);
        }

        /** The columns' names, with blanks between them where there is no room for all. */
        List<String> thinned() {
            double slot = plotWidth() / columns.size();
            double widest = Text.widest(columns, Text.LABEL);
            // Upright, or slanted as names are that are too long: then a line's height is enough.
            double needed = widest <= 40 && columns.size() > 12 ? widest + 9 : Math.min(15, widest + 9);
            int every = IntStream.of(1, 2, 5, 10, 20, 50)
                    .filter(step -> step * slot >= needed)
                    .findFirst()
                    .orElse(100);
            return IntStream.range(0, columns.size())
                    .mapToObj(i -> i % every == 0 ? columns.get(i) : "")
                    .toList();
        }
    }

    private final Spec spec;

    private HeatMap(Spec spec) {
        super(frame(spec), alt(spec), spec.width(), spec.height());
        this.spec = spec;
    }

    static HeatMap of(
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
        checkNames(columns, "column");
        checkNames(rows, "row");
        if (values.length != rows.size()) {
            throw new IllegalArgumentException("there are names for " + rows.size() + " rows, but values for "
                    + values.length + ": one array of values belongs to each row");
        }
        for (int r = 0; r < values.length; r++) {
            if (values[r].length != columns.size()) {
                throw new IllegalArgumentException("row '" + rows.get(r) + "' has " + values[r].length + " values for "
                        + columns.size() + " columns: write NaN where there is no value");
            }
            for (int c = 0; c < values[r].length; c++) {
                if (!Double.isNaN(values[r][c])) {
                    Checks.number(
                            values[r][c], "the value of column '" + columns.get(c) + "' in row '" + rows.get(r) + "'");
                }
            }
        }
        List<double[]> copy = Arrays.stream(values).map(double[]::clone).toList();
        Spec spec = new Spec(title, xLabel, yLabel, valueLabel, List.copyOf(columns), List.copyOf(rows), copy, false);
        if (spec.known().findAny().isEmpty()) {
            throw new IllegalArgumentException("the heat map '" + title + "' has no value: it needs at least one");
        }
        return new HeatMap(spec);
    }

    /** The same for values by column, by row, in order of appearance; a row may lack a column that others have. */
    static HeatMap of(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            Map<String, ? extends Map<String, Double>> values) {
        List<String> columns = values.values().stream()
                .flatMap(row -> row.keySet().stream())
                .distinct()
                .toList();
        double[][] matrix = values.values().stream()
                .map(row -> columns.stream()
                        .mapToDouble(column -> row.getOrDefault(column, Double.NaN))
                        .toArray())
                .toArray(double[][]::new);
        return of(title, xLabel, yLabel, valueLabel, columns, List.copyOf(values.keySet()), matrix);
    }

    private static void checkNames(List<String> names, String what) {
        if (names.isEmpty() || names.size() > MOST) {
            throw new IllegalArgumentException(
                    "a heat map has 1 to " + MOST + " " + what + "s, got " + names.size() + " names");
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(Checks.text(name, "the name of a " + what))) {
                throw new IllegalArgumentException("two " + what + "s are named '" + name + "'");
            }
        }
    }

    /**
     * The same as a grey picture whose square pixels are the cells: from white for the smallest value to black for the
     * largest, without numbers and without gaps. With as many rows as columns it is 420 logical pixels high or less.
     */
    public HeatMap asPicture() {
        return new HeatMap(new Spec(
                spec.title, spec.xLabel, spec.yLabel, spec.valueLabel, spec.columns, spec.rows, spec.values, true));
    }

    private static Frame frame(Spec spec) {
        return new Frame(
                spec.title,
                new Axis.Categories(spec.xLabel, spec.thinned(), true),
                new Axis.Categories(spec.yLabel, spec.rows, false),
                spec.missing() > 0 ? List.of(Frame.Key.hatched("no value", 1)) : List.of(),
                (g, plot) -> paintCells(g, plot, spec),
                (g, plot) -> paintBar(g, plot, spec),
                spec.barRoom(),
                spec.picture ? spec.ratio() : 0);
    }

    private static Color colour(Spec spec, double share) {
        return spec.picture ? Palette.grey(share) : Palette.viridis(share);
    }

    private static void paintCells(Graphics2D g, Plot plot, Spec spec) {
        double cellWidth = (double) plot.width() / spec.columns.size();
        double cellHeight = (double) plot.height() / spec.rows.size();
        double gap = spec.picture || Math.min(cellWidth, cellHeight) < 8 ? 0 : 1;
        List<String> texts = spec.picture || cellWidth < 9 ? List.of() : spec.texts();
        // The largest font in which every value fits its cell; no value is printed where there is none.
        Font font = FONTS.stream()
                .filter(f -> !texts.isEmpty()
                        && Text.capHeight(f) <= cellHeight - gap - 3
                        && Text.widest(texts, f) <= cellWidth - gap - 4)
                .findFirst()
                .orElse(null);
        Axis.Scale scale = spec.scale();
        boolean single = spec.range().getMin() == spec.range().getMax();
        int next = 0;
        for (int r = 0; r < spec.rows.size(); r++) {
            double top = Plot.half(r * cellHeight);
            double height = Plot.half((r + 1) * cellHeight) - top - gap;
            for (int c = 0; c < spec.columns.size(); c++) {
                double left = Plot.half(c * cellWidth);
                Rectangle2D cell =
                        new Rectangle2D.Double(left, top, Plot.half((c + 1) * cellWidth) - left - gap, height);
                double value = spec.values.get(r)[c];
                if (Double.isNaN(value)) {
                    Plot.paintHatched(g, cell, 1);
                    continue;
                }
                Color colour = colour(spec, single ? 0.5 : scale.position(value));
                g.setColor(colour);
                g.fill(cell);
                if (font != null) {
                    g.setColor(Palette.inkOn(colour));
                    double baseline = cell.getCenterY() + Text.capHeight(font) / 2;
                    Text.draw(g, texts.get(next++), font, cell.getCenterX(), baseline, 0.5);
                }
            }
        }
    }

    /** What the colours mean. */
    private static void paintBar(Graphics2D g, Plot plot, Spec spec) {
        double left = plot.width() + BAR_GAP;
        int height = plot.height();
        for (double y = 0; y < height; y += 0.5) {
            g.setColor(colour(spec, 1 - y / (height - 0.5)));
            g.fill(new Rectangle2D.Double(left, y, BAR_WIDTH, 0.5));
        }
        g.setStroke(new BasicStroke(1));
        g.setColor(Palette.AXIS);
        g.draw(new Rectangle2D.Double(left - 0.5, -0.5, BAR_WIDTH + 1, height + 1.0));
        double end = left + BAR_WIDTH;
        Axis.Scale scale = spec.scale();
        for (Axis.Tick tick : spec.barTicks(height)) {
            double y = (1 - scale.position(tick.value())) * height;
            g.setColor(Palette.AXIS);
            g.draw(new Line2D.Double(end + 1, Plot.snap(y), end + 1 + Frame.TICK, Plot.snap(y)));
            g.setColor(Palette.SOFT_INK);
            double baseline = y + Text.capHeight(Text.LABEL) / 2;
            Text.draw(g, tick.label(), Text.LABEL, end + Frame.TICK + 5, baseline, 0);
        }
        g.setColor(Palette.INK);
        double x = end + Frame.TICK + 5 + spec.widestTick(height) + 6 + Text.AXIS.getSize() - 2;
        // The bar is as long as the plot; its title may reach a little beyond it on both sides.
        String title = Text.fit(spec.valueLabel, Text.AXIS, height + 60.0);
        Text.drawTurned(g, title, Text.AXIS, x, height / 2.0, 0.5, Math.PI / 2);
    }

    /** Every value, row by row, as long as there is room for them; of wide rows the smallest and the largest. */
    private static String alt(Spec spec) {
        int n = spec.columns.size();
        boolean narrow = n <= 10;
        String columns =
                narrow ? String.join(", ", spec.columns) : spec.columns.getFirst() + " to " + spec.columns.getLast();
        Stream<String> rows = IntStream.range(0, spec.rows.size())
                .mapToObj(r -> Text.cut(spec.rows.get(r), 40) + ": "
                        + (narrow ? all(spec.values.get(r)) : range(spec.values.get(r))));
        long missing = spec.missing();
        return AltText.join(
                "Heat map",
                spec.title,
                Text.cut(spec.valueLabel, 60) + " by " + Text.cut(spec.xLabel, 30) + " (" + n + ") and "
                        + Text.cut(spec.yLabel, 30) + " (" + spec.rows.size() + ")"
                        + (missing == 0 ? "" : ", " + missing + " without a value"),
                Stream.concat(Stream.of("Columns: " + columns), rows).toList());
    }

    private static String all(double[] row) {
        return Arrays.stream(row)
                .mapToObj(value -> Double.isNaN(value) ? "none" : AltText.number(value))
                .collect(Collectors.joining(", "));
    }

    private static String range(double[] row) {
        DoubleSummaryStatistics range =
                Arrays.stream(row).filter(value -> !Double.isNaN(value)).summaryStatistics();
        if (range.getCount() == 0) {
            return "none";
        }
        String low = AltText.number(range.getMin());
        return range.getMin() == range.getMax() ? low : low + " to " + AltText.number(range.getMax());
    }
}
