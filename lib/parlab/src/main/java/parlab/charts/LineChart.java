package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import parlab.charts.internal.AltText;
import parlab.charts.internal.Axis;
import parlab.charts.internal.Checks;
import parlab.charts.internal.Intervals;
import parlab.charts.internal.Palette;
import parlab.charts.internal.Panel;
import parlab.charts.internal.Text;
import parlab.charts.internal.Units;
import parlab.timing.Estimate;

/**
 * Lines with their intervals; made by {@link Charts#lines}. It is a figure as it stands; each option gives a
 * new one: {@code Charts.lines(...).logX().horizontal(2, "2 cores")}. Immutable and thread-safe.
 */
public final class LineChart extends Figure {

    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.DIAMOND,
        SeriesMarkers.TRIANGLE_DOWN, SeriesMarkers.CROSS, SeriesMarkers.PLUS, SeriesMarkers.CIRCLE
    };

    /** With more points than this a line's markers would hide the line, and its error bars each other. */
    private static final int MANY = 40;

    /** Logical pixels between a point and its label. */
    private static final double LABEL_GAP = 9;

    /** Whether lines are joined, and whether that is measured. */
    enum Look {
        LINE,
        POINTS,
        CURVE,
        DASHED,
        IDEAL
    }

    /** A line in the style of its series: several parts may share one colour. */
    record Part(Line line, Look look, int colour) {}

    /** A labelled dashed line across the plot. */
    record Reference(double value, String label, boolean vertical) {}

    /** What the chart shows. */
    record Spec(
            String title,
            String xLabel,
            String yLabel,
            List<Part> parts,
            List<Reference> references,
            boolean logX,
            boolean logY,
            boolean bands,
            boolean fromZero,
            boolean labelled,
            int width,
            int height) {

        Spec {
            Checks.text(title, "the title");
            Checks.text(xLabel, "the x-axis's label");
            Checks.text(yLabel, "the y-axis's label");
            parts = List.copyOf(parts);
            references = List.copyOf(references);
        }

        Spec with(
                List<Reference> newReferences,
                boolean newLogX,
                boolean newLogY,
                boolean newBands,
                boolean newFromZero) {
            return new Spec(
                    title,
                    xLabel,
                    yLabel,
                    parts,
                    newReferences,
                    newLogX,
                    newLogY,
                    newBands,
                    newFromZero,
                    labelled,
                    width,
                    height);
        }

        Spec withLabels() {
            return new Spec(title, xLabel, yLabel, parts, references, logX, logY, bands, fromZero, true, width, height);
        }
    }

    private final Spec spec;

    LineChart(Spec spec) {
        super(panel(spec), altText(spec), spec.width, spec.height);
        this.spec = spec;
    }

    /**
     * The same chart with a logarithmic x-axis, labelled at powers of two if all x values are such.
     *
     * @return a new chart
     * @throws IllegalArgumentException if an x value is not above 0
     */
    public LineChart logX() {
        return new LineChart(spec.with(spec.references, true, spec.logY, spec.bands, spec.fromZero));
    }

    /**
     * The same chart with a logarithmic y-axis.
     *
     * @return a new chart
     * @throws IllegalArgumentException if a y value, or the lower end of its interval, is not above 0
     */
    public LineChart logY() {
        return new LineChart(spec.with(spec.references, spec.logX, true, spec.bands, spec.fromZero));
    }

    /**
     * The same chart with intervals as pale bands behind the lines, not as error bars.
     *
     * @return a new chart
     */
    public LineChart bands() {
        return new LineChart(spec.with(spec.references, spec.logX, spec.logY, true, spec.fromZero));
    }

    /**
     * The same chart with zero on its y-axis. Without this, zero is there if it costs less than about half of
     * the height. No effect on a logarithmic axis.
     *
     * @return a new chart
     */
    public LineChart fromZero() {
        return new LineChart(spec.with(spec.references, spec.logX, spec.logY, spec.bands, true));
    }

    /**
     * The same chart with the names of lines that have one point beside their points, and not in the legend.
     *
     * @return a new chart
     */
    public LineChart labelled() {
        return new LineChart(spec.withLabels());
    }

    /**
     * The same chart with a dashed horizontal line.
     *
     * @param y where, in the y-axis's unit
     * @param label what it means
     * @return a new chart
     * @throws IllegalArgumentException if the label is blank or the value cannot be shown
     */
    public LineChart horizontal(double y, String label) {
        return with(new Reference(
                Checks.number(y, "the line '" + label + "'"), Checks.text(label, "a line's label"), false));
    }

    /**
     * The same chart with a dashed vertical line.
     *
     * @param x where, in the x-axis's unit
     * @param label what it means
     * @return a new chart
     * @throws IllegalArgumentException if the label is blank or the value cannot be shown
     */
    public LineChart vertical(double x, String label) {
        return with(new Reference(
                Checks.number(x, "the line '" + label + "'"), Checks.text(label, "a line's label"), true));
    }

    private LineChart with(Reference reference) {
        List<Reference> references = new ArrayList<>(spec.references);
        references.add(reference);
        return new LineChart(spec.with(references, spec.logX, spec.logY, spec.bands, spec.fromZero));
    }

    // ------------------------------------------------------------------------------------------ drawing

    private static Panel panel(Spec spec) {
        check(spec);
        Axis.Scale x = axis(spec, true);
        Axis.Scale y = axis(spec, false);
        Panel panel = new Panel(spec.width, spec.height, spec.title, x, y, legend(spec));
        boolean bands = spec.bands
                || spec.parts.stream().anyMatch(p -> measured(p) && p.line.x().size() > MANY);
        for (Part part : spec.parts) {
            Color colour = colour(part);
            if (part.line.hasIntervals() && (bands || !measured(part))) {
                panel.below((g, plot) -> paintBand(g, plot, part.line, colour));
            }
        }
        panel.below((g, plot) -> spec.references.forEach(r -> paintReference(g, plot, r)));
        for (Part part : spec.parts) {
            addSeries(panel, part);
        }
        for (Part part : spec.parts) {
            if (part.line.hasIntervals() && !bands && measured(part)) {
                panel.above((g, plot) -> {
                    for (int i = 0; i < part.line.x().size(); i++) {
                        Estimate e = part.line.y().get(i);
                        Intervals.paint(g, plot, plot.x(part.line.x().get(i)), e.low(), e.high(), colour(part), 8);
                    }
                });
            }
        }
        panel.above((g, plot) -> paintReferenceLabels(g, plot, spec.references));
        if (spec.labelled) {
            panel.above((g, plot) -> paintPointLabels(g, plot, spec.parts));
        }
        return panel;
    }

    private static void check(Spec spec) {
        if (spec.parts.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + spec.title + "' has no line: it needs at least one");
        }
        List<String> names = new ArrayList<>();
        for (Part part : spec.parts) {
            Line line = part.line;
            if (names.contains(line.name()) && part.look == Look.LINE) {
                throw new IllegalArgumentException("two lines are called '" + line.name() + "': names must differ");
            }
            names.add(line.name());
            for (int i = 0; i < line.x().size(); i++) {
                if (spec.logX) {
                    Checks.positive(line.x().get(i), "x value " + i + " of line '" + line.name() + "'");
                }
                Checks.estimate(line.y().get(i), spec.logY, "y value " + i + " of line '" + line.name() + "'");
            }
        }
        for (Reference r : spec.references) {
            if (r.vertical ? spec.logX : spec.logY) {
                Checks.positive(r.value, "the line '" + r.label + "'");
            }
        }
    }

    private static Axis.Scale axis(Spec spec, boolean horizontal) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Reference r : spec.references) {
            if (r.vertical == horizontal) {
                low = Math.min(low, r.value);
                high = Math.max(high, r.value);
            }
        }
        double highestValue = spec.parts.stream()
                .filter(p -> p.look != Look.IDEAL)
                .flatMap(p -> p.line.y().stream())
                .mapToDouble(Estimate::value)
                .max()
                .orElse(Double.MAX_VALUE);
        for (Part part : spec.parts) {
            for (int i = 0; i < part.line.x().size(); i++) {
                Estimate y = part.line.y().get(i);
                double x = part.line.x().get(i);
                // What was not measured must not squeeze what was: a wide band and the ideal leave the plot.
                double top = measured(part) ? y.high() : Math.min(y.high(), 1.6 * highestValue);
                low = Math.min(low, horizontal ? x : y.low());
                high = Math.max(high, horizontal ? x : top);
            }
        }
        boolean log = horizontal ? spec.logX : spec.logY;
        String title = horizontal
                ? spec.xLabel
                : Units.label(
                        spec.yLabel,
                        spec.parts.stream().flatMap(p -> p.line.y().stream()).toList());
        double[] xs = spec.parts.stream()
                .filter(LineChart::measured)
                .flatMap(p -> p.line.x().stream())
                .mapToDouble(v -> v)
                .toArray();
        Axis.Scale scale = log
                ? Axis.Scale.logarithmic(title, low, high, 0.05)
                : horizontal
                        ? Axis.Scale.linear(title, low, high, false, 0.15, 0.03)
                        : Axis.Scale.linear(title, low, high, spec.fromZero, 0.6, 0.07);
        if (!horizontal && !log && low == 0) {
            // Else a marker at zero would be cut in half.
            scale = scale.loweredALittle();
        }
        if (horizontal && log && Axis.allPowersOfTwo(xs)) {
            return scale.labelledAtPowersOfTwo();
        }
        return horizontal && !log && Axis.allWhole(xs) ? scale.labelledAtWholeNumbers() : scale;
    }

    private static boolean measured(Part part) {
        return part.look == Look.LINE || part.look == Look.POINTS;
    }

    private static Color colour(Part part) {
        return part.look == Look.IDEAL ? Palette.AXIS : Palette.series(part.colour);
    }

    private static Marker marker(Part part) {
        return measured(part) && part.line.x().size() <= MANY
                ? MARKERS[part.colour % MARKERS.length]
                : SeriesMarkers.NONE;
    }

    private static List<Panel.Key> legend(Spec spec) {
        if (spec.parts.size() == 1) {
            return List.of();
        }
        List<Panel.Key> keys = new ArrayList<>();
        for (Part part : spec.parts) {
            if (spec.labelled && part.line.x().size() == 1) {
                continue;
            }
            Panel.Glyph glyph = switch (part.look) {
                case LINE, CURVE -> Panel.Glyph.LINE;
                case POINTS -> Panel.Glyph.POINT;
                case DASHED -> Panel.Glyph.DASHES;
                case IDEAL -> Panel.Glyph.DOTS;
            };
            keys.add(new Panel.Key(part.line.name(), colour(part), glyph, marker(part), 0));
        }
        return keys;
    }

    private static void addSeries(Panel panel, Part part) {
        double[] xs = part.line.x().stream().mapToDouble(v -> v).toArray();
        double[] ys = part.line.y().stream().mapToDouble(Estimate::value).toArray();
        XYSeries series = panel.addSeries(part.line.name(), xs, ys);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
        series.setLineColor(colour(part));
        series.setFillColor(colour(part));
        series.setMarkerColor(colour(part));
        series.setMarker(marker(part));
        series.setLineStyle(
                switch (part.look) {
                    case LINE, CURVE -> Panel.solid();
                    case DASHED -> Panel.dashed();
                    case IDEAL ->
                        new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 3}, 0);
                    case POINTS -> SeriesLines.NONE;
                });
    }

    private static void paintBand(Graphics2D g, Panel.Plot plot, Line line, Color colour) {
        Path2D band = new Path2D.Double();
        int n = line.x().size();
        for (int i = 0; i < n; i++) {
            double x = plot.x(line.x().get(i));
            double y = plot.y(line.y().get(i).high());
            if (i == 0) {
                band.moveTo(x, y);
            } else {
                band.lineTo(x, y);
            }
        }
        for (int i = n - 1; i >= 0; i--) {
            band.lineTo(plot.x(line.x().get(i)), plot.y(line.y().get(i).low()));
        }
        band.closePath();
        // Transparent, so that the grid and other bands shine through.
        g.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 50));
        g.fill(band);
    }

    private static void paintReference(Graphics2D g, Panel.Plot plot, Reference r) {
        g.setColor(Palette.REFERENCE);
        g.setStroke(new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {5, 4}, 0));
        double at = r.vertical ? plot.x(r.value) : plot.y(r.value);
        g.draw(r.vertical ? new Line2D.Double(at, 0, at, plot.height()) : new Line2D.Double(0, at, plot.width(), at));
    }

    /** Beside the line, on a white ground, and below another label that is in the way. */
    private static void paintReferenceLabels(Graphics2D g, Panel.Plot plot, List<Reference> references) {
        List<Rectangle2D> taken = new ArrayList<>();
        for (Reference r : references) {
            String label = Text.fit(r.label, Text.NOTE, plot.width() - 12.0);
            double w = Text.width(label, Text.NOTE) + 6;
            double h = Text.lineHeight(Text.NOTE);
            double x = plot.width() - w - 3.0;
            double y = 3;
            if (r.vertical) {
                double at = plot.x(r.value);
                x = at + 3 + w <= plot.width() ? at + 3 : at - 3 - w;
            } else {
                double at = plot.y(r.value);
                y = at - h - 1 >= 0 ? at - h - 1 : at + 2;
            }
            Rectangle2D box = new Rectangle2D.Double(x, y, w, h);
            // Out of another label's way: down along a vertical line, to the left along a horizontal one.
            while (taken.stream().anyMatch(box::intersects)
                    && (r.vertical ? box.getMaxY() + h < plot.height() : box.getX() > w)) {
                box.setRect(r.vertical ? x : box.getX() - 8, r.vertical ? box.getY() + 4 : box.getY(), w, h);
            }
            taken.add(box);
            g.setColor(new Color(255, 255, 255, 215));
            g.fill(box);
            g.setColor(Palette.SOFT_INK);
            Text.draw(g, label, Text.NOTE, box.getX() + 3, box.getY() + h - 3.5, 0);
        }
    }

    /** To the right of the point, to its left where there is no room; lower where another label is in the way. */
    private static void paintPointLabels(Graphics2D g, Panel.Plot plot, List<Part> parts) {
        List<Rectangle2D> taken = new ArrayList<>();
        List<Part> fromTheTop = parts.stream()
                .filter(part -> part.line.x().size() == 1)
                .sorted(Comparator.comparingDouble(
                        part -> plot.y(part.line.y().getFirst().value())))
                .toList();
        for (Part part : fromTheTop) {
            double x = plot.x(part.line.x().getFirst());
            double y = plot.y(part.line.y().getFirst().value());
            String label = Text.fit(part.line.name(), Text.NOTE, plot.width() / 2.0);
            double w = Text.width(label, Text.NOTE);
            double h = Text.lineHeight(Text.NOTE);
            boolean right = x + LABEL_GAP + w <= plot.width();
            Rectangle2D box =
                    new Rectangle2D.Double(right ? x + LABEL_GAP : x - LABEL_GAP - w, Math.max(0, y - h / 2), w, h);
            while (taken.stream().anyMatch(box::intersects) && box.getMaxY() + 1 < plot.height()) {
                box.setRect(box.getX(), box.getY() + 1, w, h);
            }
            taken.add(box);
            if (box.getCenterY() - y > h / 2) {
                g.setColor(Palette.AXIS);
                g.setStroke(new BasicStroke(1));
                g.draw(new Line2D.Double(x, y, right ? box.getX() - 2 : box.getMaxX() + 2, box.getCenterY()));
            }
            g.setColor(new Color(255, 255, 255, 215)); // a line may run behind it
            g.fill(box);
            g.setColor(Palette.INK);
            Text.draw(g, label, Text.NOTE, box.getX(), box.getY() + h - 3.5, 0);
        }
    }

    private static String altText(Spec spec) {
        List<String> parts = new ArrayList<>();
        for (Part part : spec.parts) {
            Line line = part.line;
            int n = line.x().size();
            int best = 0;
            int worst = 0;
            for (int i = 1; i < n; i++) {
                best = line.y().get(i).value() > line.y().get(best).value() ? i : best;
                worst = line.y().get(i).value() < line.y().get(worst).value() ? i : worst;
            }
            StringBuilder text = new StringBuilder(Text.cut(line.name(), 60)).append(": ");
            text.append(AltText.value(line.y().getFirst()))
                    .append(" at ")
                    .append(AltText.number(line.x().getFirst()));
            if (n > 1) {
                text.append(", ").append(AltText.value(line.y().getLast())).append(" at ");
                text.append(AltText.number(line.x().getLast()));
            }
            if (best != 0 && best != n - 1) {
                text.append(", highest ")
                        .append(AltText.value(line.y().get(best)))
                        .append(" at ");
                text.append(AltText.number(line.x().get(best)));
            }
            if (worst != 0 && worst != n - 1) {
                text.append(", lowest ")
                        .append(AltText.value(line.y().get(worst)))
                        .append(" at ");
                text.append(AltText.number(line.x().get(worst)));
            }
            parts.add(text.toString());
        }
        for (Reference r : spec.references) {
            parts.add("Marked: " + r.label + " at " + AltText.number(r.value));
        }
        String axes = "x-axis: " + spec.xLabel + (spec.logX ? " (logarithmic)" : "") + ", y-axis: "
                + Units.label(
                        spec.yLabel,
                        spec.parts.stream().flatMap(p -> p.line.y().stream()).toList())
                + (spec.logY ? " (logarithmic)" : "");
        return AltText.join("Line chart", spec.title, axes, parts);
    }

    static LineChart of(String title, String xLabel, String yLabel, List<Line> lines) {
        Objects.requireNonNull(lines, "lines");
        List<Part> parts = new ArrayList<>();
        for (Line line : lines) {
            parts.add(new Part(line, Look.LINE, parts.size()));
        }
        return new LineChart(
                new Spec(title, xLabel, yLabel, parts, List.of(), false, false, false, false, false, WIDTH, HEIGHT));
    }
}
