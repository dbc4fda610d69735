package parlab.charts;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/**
 * Bars with error bars and printed values; made by {@link Charts#bars} and {@link Charts#groupedBars}. It is a
 * figure as it stands; {@link #logY} gives a new one. Immutable and thread-safe.
 */
public final class BarChart extends Figure {
    /** What the chart shows: series by name, each with values by category; categories in order of appearance. */
    private record Spec(
            String title,
            String yLabel,
            Map<String, Map<String, Estimate>> series,
            List<String> categories,
            List<LineChart.Reference> references,
            boolean log) {
        List<Estimate> values() {
            return series.values().stream().flatMap(s -> s.values().stream()).toList();
        }

        /** The width of one bar: a group of bars takes 0.8 of its category's share, and no bar is wider than 90. */
        double slot(double width) {
            return Math.min(90, 0.8 * width / categories.size() / series.size());
        }

        void check(boolean logarithmic) {
            series.forEach((name, values) -> values.forEach((category, value) -> Checks.estimate(
                    value,
                    logarithmic,
                    "bar '" + category + "'" + (name.isEmpty() ? "" : " of series '" + name + "'"))));
        }
    }

    private final Spec spec;

    private BarChart(Spec spec) {
        super(frame(spec), altText(spec), WIDTH, HEIGHT);
        this.spec = spec;
    }

    static BarChart of(String title, String yLabel, Map<String, Map<String, Estimate>> series) {
        Checks.text(title, "the title");
        Checks.text(yLabel, "the y-axis's label");
        if (series.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + title + "' has no series: it needs at least one");
        }
        Map<String, Map<String, Estimate>> copy = new LinkedHashMap<>();
        Set<String> categories = new LinkedHashSet<>();
        series.forEach((name, values) -> {
            String which = name.isEmpty() ? "the chart '" + title + "'" : "series '" + name + "'";
            if (values.isEmpty()) {
                throw new IllegalArgumentException(which + " is empty: it needs at least one bar");
            }
            values.keySet().forEach(category -> Checks.text(category, "the name of a bar of " + which));
            copy.put(name, new LinkedHashMap<>(values));
            categories.addAll(values.keySet());
        });
        Spec spec = new Spec(title, yLabel, copy, List.copyOf(categories), List.of(), false);
        spec.check(false);
        return new BarChart(spec);
    }

    /** The same chart with a logarithmic y-axis. A bar's length then says nothing; its end does. */
    public BarChart logY() {
        Map<String, Map<String, Estimate>> series = new LinkedHashMap<>();
        spec.series.forEach((name, values) -> {
            Map<String, Estimate> shown = new LinkedHashMap<>();
            values.forEach((category, value) -> shown.put(category, Checks.aboveZero(value)));
            series.put(name, shown);
        });
        Spec logarithmic = new Spec(spec.title, spec.yLabel, series, spec.categories, spec.references, true);
        logarithmic.check(true);
        return new BarChart(logarithmic);
    }

    /** The same chart with another label of its y-axis, which says the unit. */
    public BarChart labels(String y) {
        return new BarChart(new Spec(
                spec.title,
                Checks.text(y, "the y-axis's label"),
                spec.series,
                spec.categories,
                spec.references,
                spec.log));
    }

    /** The same chart with a dashed horizontal line at a place of the y-axis, and what it means. */
    public BarChart horizontal(double y, String label) {
        Checks.number(y, "the line '" + label + "'");
        if (spec.log) {
            Checks.positive(y, "the line '" + label + "'");
        }
        List<LineChart.Reference> references = new ArrayList<>(spec.references);
        references.add(new LineChart.Reference(y, Checks.text(label, "a line's label"), false));
        return new BarChart(
                new Spec(spec.title, spec.yLabel, spec.series, spec.categories, List.copyOf(references), spec.log));
    }

    private static Frame frame(Spec spec) {
        List<Frame.Key> legend = new ArrayList<>();
        if (spec.series.size() > 1) {
            for (String name : spec.series.keySet()) {
                legend.add(Frame.Key.box(Checks.text(name, "a series' name"), Palette.series(legend.size())));
            }
        }
        return new Frame(
                spec.title,
                new Axis.Categories("", spec.categories, true),
                yAxis(spec),
                legend,
                (g, plot) -> paint(g, plot, spec, false),
                (g, plot) -> paint(g, plot, spec, true));
    }

    private static Axis.Scale yAxis(Spec spec) {
        String title = Checks.label(spec.yLabel, spec.values());
        DoubleSummaryStatistics range = DoubleStream.concat(
                        spec.values().stream().flatMapToDouble(e -> DoubleStream.of(e.low(), e.high())),
                        spec.references.stream().mapToDouble(LineChart.Reference::value))
                .summaryStatistics();
        double low = range.getMin();
        double high = range.getMax();
        double headroom = Values.of(spec, WIDTH - 120).upright ? 0.25 : 0.1;
        if (spec.log) {
            // Down to a power of ten that leaves the smallest bar visible.
            double base = Math.pow(10, Math.floor(Math.log10(low / 1.5)));
            double top = high * Math.pow(10, headroom * Math.max(Math.log10(high / base), 1));
            return new Axis.Scale(title, base, Math.min(1e300, top), true, Axis.Scale.Labels.ROUND);
        }
        return Axis.Scale.linear(title, Math.min(0, low), Math.max(0, high), true, 0, headroom);
    }

    /** How the values above the bars fit: their font, upright or not. */
    private record Values(Font font, boolean upright) {
        static Values of(Spec spec, double width) {
            List<String> texts = spec.values().stream()
                    .map(e -> Numbers.shortText(e.value()))
                    .toList();
            double slot = spec.slot(width);
            double gap = width / spec.categories.size() - spec.series.size() * slot;
            double room = slot + gap / 2 - 4;
            return Text.widest(texts, Text.NOTE) <= room
                    ? new Values(Text.NOTE, false)
                    : new Values(Text.SMALL, Text.widest(texts, Text.SMALL) > room);
        }
    }

    /** Draws the bars, or their intervals and values. */
    private static void paint(Graphics2D g, Plot plot, Spec spec, boolean notes) {
        if (notes && !spec.log && plot.yAxis().min() < 0) {
            g.setColor(Palette.AXIS);
            g.fill(new Rectangle2D.Double(0, plot.y(0) - 0.5, plot.width(), 1));
        }
        if (notes) {
            LinePainter.paintReferences(g, plot, spec.references);
        }
        Values look = Values.of(spec, plot.width());
        int s = 0;
        for (Map<String, Estimate> values : spec.series.values()) {
            for (int c = 0; c < spec.categories.size(); c++) {
                Estimate e = values.get(spec.categories.get(c));
                if (e == null) {
                    continue;
                }
                Rectangle2D bar = bar(plot, spec, s, c, e);
                if (notes) {
                    paintValue(g, plot, look, bar, e);
                } else {
                    g.setColor(Palette.series(s));
                    g.fill(bar);
                }
            }
            s++;
        }
    }

    private static Rectangle2D bar(Plot plot, Spec spec, int series, int category, Estimate e) {
        double slot = spec.slot(plot.width());
        double left = plot.x(category + 1.0) - slot * spec.series.size() / 2.0 + slot * series;
        double base = plot.y(spec.log ? plot.yAxis().min() : 0);
        double end = plot.y(e.value());
        double inset = Math.min(1.5, slot / 8);
        double x0 = Plot.half(left + inset);
        double x1 = Plot.half(left + slot - inset);
        return new Rectangle2D.Double(x0, Math.min(base, end), Math.max(0.5, x1 - x0), Math.abs(base - end));
    }

    private static void paintValue(Graphics2D g, Plot plot, Values look, Rectangle2D bar, Estimate e) {
        double x = bar.getCenterX();
        plot.paintInterval(g, x, e, Palette.INK, Math.min(10, bar.getWidth()));
        boolean down = e.value() < 0;
        double y = down ? plot.y(e.low()) + 5 : plot.y(e.high()) - 5;
        double cap = Text.capHeight(look.font);
        String text = Numbers.shortText(e.value());
        g.setColor(Palette.INK);
        if (look.upright) {
            Text.drawTurned(g, text, look.font, x + cap / 2, y, down ? 1 : 0, Math.PI / 2);
        } else {
            Text.draw(g, text, look.font, x, down ? y + cap : y, 0.5);
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
        spec.references.forEach(r -> parts.add("Marked: " + r.label() + " at " + AltText.number(r.value())));
        String y = AltText.axis(Checks.label(spec.yLabel, spec.values()), spec.log);
        return AltText.join("Bar chart", spec.title, AltText.axes("", y), parts);
    }
}
