package parlab.charts;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import parlab.charts.internal.AltText;
import parlab.charts.internal.Axis;
import parlab.charts.internal.Checks;
import parlab.charts.internal.Intervals;
import parlab.charts.internal.Palette;
import parlab.charts.internal.Panel;
import parlab.charts.internal.Text;
import parlab.charts.internal.Units;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/**
 * Bars with error bars and printed values; made by {@link Charts#bars} and {@link Charts#groupedBars}. It is a
 * figure as it stands; {@link #logY} and {@link #xLabel} give a new one. Immutable and thread-safe.
 */
public final class BarChart extends Figure {

    /** What the chart shows: series by name, each with values by category; categories in order of appearance. */
    private record Spec(
            String title,
            String xLabel,
            String yLabel,
            Map<String, Map<String, Estimate>> series,
            List<String> categories,
            boolean log) {

        List<Estimate> values() {
            return series.values().stream().flatMap(s -> s.values().stream()).toList();
        }
    }

    private final Spec spec;

    private BarChart(Spec spec) {
        super(panel(spec), altText(spec), WIDTH, HEIGHT);
        this.spec = spec;
    }

    static BarChart of(String title, String xLabel, String yLabel, Map<String, Map<String, Estimate>> series) {
        Checks.text(title, "the title");
        Checks.text(yLabel, "the y-axis's label");
        Map<String, Map<String, Estimate>> copy = new LinkedHashMap<>();
        Set<String> categories = new LinkedHashSet<>();
        series.forEach((name, values) -> {
            copy.put(name, new LinkedHashMap<>(values));
            categories.addAll(values.keySet());
        });
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + title + "' has no series: it needs at least one");
        }
        copy.forEach((name, values) -> {
            String where = name.isEmpty() ? "" : " of series '" + name + "'";
            if (values.isEmpty()) {
                throw new IllegalArgumentException(
                        (name.isEmpty() ? "the chart '" + title + "'" : "series '" + name + "'")
                                + " is empty: it needs at least one bar");
            }
            values.forEach((category, value) -> {
                Checks.text(category, "the name of a bar" + where);
                Checks.estimate(value, false, "bar '" + category + "'" + where);
            });
        });
        return new BarChart(new Spec(title, xLabel, yLabel, copy, List.copyOf(categories), false));
    }

    /**
     * The same chart with a logarithmic y-axis. A bar's length then says nothing; its end does.
     *
     * @return a new chart
     * @throws IllegalArgumentException if a value, or the lower end of its interval, is not above 0
     */
    public BarChart logY() {
        spec.series.forEach((name, values) -> values.forEach((category, value) -> Checks.estimate(
                value, true, "bar '" + category + "'" + (name.isEmpty() ? "" : " of series '" + name + "'"))));
        return new BarChart(new Spec(spec.title, spec.xLabel, spec.yLabel, spec.series, spec.categories, true));
    }

    /**
     * The same chart with a title below the bars' names, where these do not speak for themselves.
     *
     * @param label what the bars are, such as {@code "pool"}
     * @return a new chart
     * @throws IllegalArgumentException if the label is blank
     */
    public BarChart xLabel(String label) {
        return new BarChart(new Spec(
                spec.title,
                Checks.text(label, "the x-axis's label"),
                spec.yLabel,
                spec.series,
                spec.categories,
                spec.log));
    }

    private static Panel panel(Spec spec) {
        List<Panel.Key> legend = new ArrayList<>();
        if (spec.series.size() > 1) {
            for (String name : spec.series.keySet()) {
                legend.add(new Panel.Key(
                        Checks.text(name, "a series' name"), Palette.series(legend.size()), Panel.Glyph.BOX, null, 0));
            }
        }
        Axis.Categories x = new Axis.Categories(spec.xLabel, spec.categories, true);
        Panel panel = new Panel(WIDTH, HEIGHT, spec.title, x, yAxis(spec), legend);
        panel.below((g, plot) -> paintBars(g, plot, spec));
        panel.above((g, plot) -> paintValues(g, plot, spec));
        return panel;
    }

    private static Axis.Scale yAxis(Spec spec) {
        String title = Units.label(spec.yLabel, spec.values());
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Estimate e : spec.values()) {
            low = Math.min(low, e.low());
            high = Math.max(high, e.high());
        }
        boolean upright = Values.of(spec, WIDTH - 120).upright;
        if (spec.log) {
            // Down to a power of ten that leaves the smallest bar visible.
            double base = Math.pow(10, Math.floor(Math.log10(low / 1.5)));
            double span = Math.max(Math.log10(high / base), 1);
            return new Axis.Scale(
                    title,
                    base,
                    Math.min(1e300, high * Math.pow(10, (upright ? 0.25 : 0.1) * span)),
                    true,
                    false,
                    false);
        }
        return Axis.Scale.linear(title, Math.min(0, low), Math.max(0, high), true, 0, upright ? 0.25 : 0.1);
    }

    /** How the values above the bars fit: their font, upright or not. */
    private record Values(Font font, boolean upright) {

        static Values of(Spec spec, double width) {
            double slot = slot(spec, width) + gap(spec, width) / 2;
            double widest = spec.values().stream()
                    .mapToDouble(e -> Text.width(Numbers.shortText(e.value()), Text.NOTE))
                    .max()
                    .orElse(0);
            if (widest + 4 <= slot) {
                return new Values(Text.NOTE, false);
            }
            return new Values(Text.SMALL, widest * Text.SMALL.getSize() / Text.NOTE.getSize() + 4 > slot);
        }
    }

    /** The width of one bar: a group of bars takes 0.8 of its category's share, and no bar is wider than 90. */
    private static double slot(Spec spec, double width) {
        return Math.min(90, 0.8 * width / spec.categories.size() / spec.series.size());
    }

    /** Between two groups. */
    private static double gap(Spec spec, double width) {
        return width / spec.categories.size() - spec.series.size() * slot(spec, width);
    }

    private static Rectangle2D bar(Panel.Plot plot, Spec spec, int series, int category, Estimate e) {
        double slot = slot(spec, plot.width());
        double left = plot.x(category + 1.0) - slot * spec.series.size() / 2.0 + slot * series;
        double base = plot.y(spec.log ? plot.yAxis().min() : 0);
        double end = plot.y(e.value());
        double inset = Math.min(1.5, slot / 8);
        // Halves of a logical pixel are whole pixels of the picture: edges stay sharp.
        double x0 = Math.rint(2 * (left + inset)) / 2;
        double x1 = Math.rint(2 * (left + slot - inset)) / 2;
        return new Rectangle2D.Double(x0, Math.min(base, end), Math.max(0.5, x1 - x0), Math.abs(base - end));
    }

    private static void paintBars(Graphics2D g, Panel.Plot plot, Spec spec) {
        int s = 0;
        for (Map<String, Estimate> values : spec.series.values()) {
            g.setColor(Palette.series(s));
            for (int c = 0; c < spec.categories.size(); c++) {
                Estimate e = values.get(spec.categories.get(c));
                if (e != null) {
                    g.fill(bar(plot, spec, s, c, e));
                }
            }
            s++;
        }
    }

    private static void paintValues(Graphics2D g, Panel.Plot plot, Spec spec) {
        if (!spec.log && plot.yAxis().min() < 0) {
            g.setColor(Palette.AXIS);
            g.fill(new Rectangle2D.Double(0, plot.y(0) - 0.5, plot.width(), 1));
        }
        Values look = Values.of(spec, plot.width());
        AffineTransform here = g.getTransform();
        int s = 0;
        for (Map<String, Estimate> values : spec.series.values()) {
            for (int c = 0; c < spec.categories.size(); c++) {
                Estimate e = values.get(spec.categories.get(c));
                if (e == null) {
                    continue;
                }
                Rectangle2D bar = bar(plot, spec, s, c, e);
                double x = bar.getCenterX();
                Intervals.paint(g, plot, x, e.low(), e.high(), Palette.INK, Math.min(10, bar.getWidth()));
                boolean down = e.value() < 0;
                double y = down ? plot.y(e.low()) + 5 : plot.y(e.high()) - 5;
                g.setColor(Palette.INK);
                String text = Numbers.shortText(e.value());
                if (look.upright) {
                    g.translate(x + Text.capHeight(look.font) / 2, y);
                    g.rotate(-Math.PI / 2);
                    Text.draw(g, text, look.font, 0, 0, down ? 1 : 0);
                    g.setTransform(here);
                } else {
                    Text.draw(g, text, look.font, x, down ? y + Text.capHeight(look.font) : y, 0.5);
                }
            }
            s++;
        }
    }

    private static String altText(Spec spec) {
        List<String> parts = new ArrayList<>();
        spec.series.forEach((name, values) -> {
            List<String> words = new ArrayList<>();
            values.forEach((category, e) -> words.add(Text.cut(category, 40) + " " + AltText.value(e)));
            if (name.isEmpty()) {
                parts.addAll(words);
            } else {
                parts.add(name + ": " + String.join(", ", words));
            }
        });
        String axes = (spec.xLabel.isEmpty() ? "" : "x-axis: " + spec.xLabel + ", ") + "y-axis: "
                + Units.label(spec.yLabel, spec.values()) + (spec.log ? " (logarithmic)" : "");
        return AltText.join("Bar chart", spec.title, axes, parts);
    }
}
