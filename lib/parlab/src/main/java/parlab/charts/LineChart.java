package parlab.charts;

import java.awt.Color;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import parlab.timing.Estimate;

/**
 * Lines with their intervals; made by {@link Charts#lines}. It is a figure as it stands; each option gives a
 * new one: {@code Charts.lines(...).logX().horizontal(2, "2 cores")}. Immutable and thread-safe.
 */
public final class LineChart extends Figure {
    /** With more points than this a line's markers would hide the line, and its error bars each other. */
    private static final int MANY = 40;

    /** What a part of the chart is, and so how it looks: only what was measured has markers and error bars. */
    enum Look {
        LINE,
        POINTS,
        CURVE,
        EXTRAPOLATED,
        IDEAL
    }

    /** A line in the colour of that index: several parts may share one. */
    record Part(Line line, Look look, int index) {
        boolean measured() {
            return look == Look.LINE || look == Look.POINTS;
        }

        boolean many() {
            return line.x().size() > MANY;
        }

        /** Whether its intervals are a band and not error bars. */
        boolean banded() {
            return !measured() || many();
        }

        Color colour() {
            return look == Look.IDEAL ? Palette.AXIS : Palette.series(index);
        }
    }

    /** A labelled dashed line across the plot. */
    record Reference(double value, String label, boolean vertical) {}

    enum Option {
        LOG_X,
        LOG_Y,
        FROM_ZERO,
        LABELLED
    }

    /** What the chart shows. */
    record Spec(
            String title,
            String xLabel,
            String yLabel,
            List<Part> parts,
            List<Reference> references,
            Set<Option> options) {
        boolean has(Option option) {
            return options.contains(option);
        }

        boolean log(boolean horizontal) {
            return has(horizontal ? Option.LOG_X : Option.LOG_Y);
        }

        /** Whether the part's name stands beside its only point, and not in the legend. */
        boolean named(Part part) {
            return has(Option.LABELLED) && part.line.x().size() == 1;
        }

        /** The y-axis's label with the values' unit. */
        String y() {
            return Checks.label(
                    yLabel, parts.stream().flatMap(p -> p.line.y().stream()).toList());
        }
    }

    private final Spec spec;

    private LineChart(Spec spec) {
        super(frame(spec), altText(spec), WIDTH, HEIGHT);
        this.spec = spec;
    }

    LineChart(String title, String xLabel, String yLabel, List<Part> parts, List<Reference> references) {
        this(new Spec(title, xLabel, yLabel, List.copyOf(parts), List.copyOf(references), Set.of()));
    }

    static LineChart of(String title, String xLabel, String yLabel, List<Line> lines) {
        List<Part> parts = new ArrayList<>();
        for (Line line : lines) {
            parts.add(new Part(line, Look.LINE, parts.size()));
        }
        return new LineChart(title, xLabel, yLabel, parts, List.of());
    }

    /** The same chart with a logarithmic x-axis, labelled at powers of two if all x values are such. */
    public LineChart logX() {
        return with(Option.LOG_X);
    }

    /** The same chart with a logarithmic y-axis. */
    public LineChart logY() {
        List<Part> shown = spec.parts.stream()
                .map(part -> new Part(part.line.aboveZero(), part.look, part.index))
                .toList();
        Spec above = new Spec(spec.title, spec.xLabel, spec.yLabel, shown, spec.references, spec.options);
        return new LineChart(above).with(Option.LOG_Y);
    }

    /**
     * The same chart with zero on its y-axis. Without this, zero is there if it costs less than about half of the
     * height. No effect on a logarithmic axis.
     */
    public LineChart fromZero() {
        return with(Option.FROM_ZERO);
    }

    /** The same chart with the names of lines that have one point beside their points, and not in the legend. */
    public LineChart labelled() {
        return with(Option.LABELLED);
    }

    /** The same chart with a dashed horizontal line at a place of the y-axis, and what it means. */
    public LineChart horizontal(double y, String label) {
        Checks.number(y, "the line '" + label + "'");
        List<Reference> references = new ArrayList<>(spec.references);
        references.add(new Reference(y, Checks.text(label, "a line's label"), false));
        return new LineChart(
                new Spec(spec.title, spec.xLabel, spec.yLabel, spec.parts, List.copyOf(references), spec.options));
    }

    /** The same chart with other labels of its axes, which say the units. */
    public LineChart labels(String x, String y) {
        return new LineChart(new Spec(spec.title, x, y, spec.parts, spec.references, spec.options));
    }

    private LineChart with(Option option) {
        Set<Option> options = new HashSet<>(spec.options);
        options.add(option);
        return new LineChart(
                new Spec(spec.title, spec.xLabel, spec.yLabel, spec.parts, spec.references, Set.copyOf(options)));
    }

    private static void check(Spec spec) {
        Checks.text(spec.title, "the title");
        Checks.text(spec.xLabel, "the x-axis's label");
        Checks.text(spec.yLabel, "the y-axis's label");
        if (spec.parts.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + spec.title + "' has no line: it needs at least one");
        }
        Set<String> names = new HashSet<>();
        for (Part part : spec.parts) {
            Line line = part.line;
            if (!names.add(line.name())) {
                throw new IllegalArgumentException("two lines are called '" + line.name() + "': names must differ");
            }
            for (int i = 0; i < line.x().size(); i++) {
                if (spec.log(true)) {
                    Checks.positive(line.x().get(i), "x value " + i + " of line '" + line.name() + "'");
                }
                Checks.estimate(line.y().get(i), spec.log(false), "y value " + i + " of line '" + line.name() + "'");
            }
        }
        for (Reference r : spec.references) {
            if (spec.log(r.vertical)) {
                Checks.positive(r.value, "the line '" + r.label + "'");
            }
        }
    }

    private static Frame frame(Spec spec) {
        check(spec);
        return new Frame(
                spec.title,
                xAxis(spec),
                yAxis(spec),
                LinePainter.legend(spec),
                (g, plot) -> LinePainter.paintData(g, plot, spec),
                (g, plot) -> LinePainter.paintNotes(g, plot, spec));
    }

    private static Axis.Scale xAxis(Spec spec) {
        List<Double> places = new ArrayList<>();
        spec.parts.forEach(part -> places.addAll(part.line.x()));
        spec.references.stream().filter(Reference::vertical).forEach(r -> places.add(r.value));
        double low = places.stream().mapToDouble(x -> x).min().orElseThrow();
        double high = places.stream().mapToDouble(x -> x).max().orElseThrow();
        double[] measured = spec.parts.stream()
                .filter(Part::measured)
                .flatMap(part -> part.line.x().stream())
                .mapToDouble(x -> x)
                .toArray();
        Axis.Scale scale = spec.log(true)
                ? Axis.Scale.logarithmic(spec.xLabel, low, high, 0.05)
                : Axis.Scale.linear(spec.xLabel, low, high, false, 0.15, 0.03);
        return scale.labelledFor(measured);
    }

    private static Axis.Scale yAxis(Spec spec) {
        // What was not measured must not squeeze what was: a wide band and the ideal leave the plot.
        double most = 1.6
                * spec.parts.stream()
                        .filter(part -> part.look != Look.IDEAL)
                        .flatMap(part -> part.line.y().stream())
                        .mapToDouble(Estimate::value)
                        .max()
                        .orElse(Double.MAX_VALUE);
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Part part : spec.parts) {
            for (Estimate y : part.line.y()) {
                low = Math.min(low, y.low());
                high = Math.max(high, part.measured() ? y.high() : Math.min(y.high(), most));
            }
        }
        for (Reference r : spec.references) {
            low = r.vertical ? low : Math.min(low, r.value);
            high = r.vertical ? high : Math.max(high, r.value);
        }
        if (spec.log(false)) {
            return Axis.Scale.logarithmic(spec.y(), low, high, 0.05);
        }
        Axis.Scale scale = Axis.Scale.linear(spec.y(), low, high, spec.has(Option.FROM_ZERO), 0.6, 0.07);
        return low == 0 ? scale.loweredALittle() : scale;
    }

    private static String altText(Spec spec) {
        List<String> parts = new ArrayList<>();
        spec.parts.forEach(part -> parts.add(words(part.line)));
        for (Reference r : spec.references) {
            parts.add("Marked: " + r.label + " at " + AltText.number(r.value));
        }
        String x = AltText.axis(spec.xLabel, spec.log(true));
        String y = AltText.axis(spec.y(), spec.log(false));
        return AltText.join("Line chart", spec.title, AltText.axes(x, y), parts);
    }

    /** The first point, the last one, and the highest and the lowest between them. */
    private static String words(Line line) {
        int last = line.x().size() - 1;
        int best = 0;
        int worst = 0;
        for (int i = 1; i <= last; i++) {
            best = line.y().get(i).value() > line.y().get(best).value() ? i : best;
            worst = line.y().get(i).value() < line.y().get(worst).value() ? i : worst;
        }
        StringBuilder text = new StringBuilder(Text.cut(line.name(), 60) + ": " + words(line, 0));
        if (last > 0) {
            text.append(", ").append(words(line, last));
        }
        if (best != 0 && best != last) {
            text.append(", highest ").append(words(line, best));
        }
        if (worst != 0 && worst != last) {
            text.append(", lowest ").append(words(line, worst));
        }
        return text.toString();
    }

    private static String words(Line line, int i) {
        return AltText.value(line.y().get(i)) + " at " + AltText.number(line.x().get(i));
    }
}
