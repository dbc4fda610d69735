package parlab.charts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import parlab.charts.internal.Checks;
import parlab.charts.internal.Gantt;
import parlab.charts.internal.Panel;
import parlab.charts.internal.Stack;
import parlab.timing.Estimate;
import parlab.timing.Timeline;

/**
 * The course's charts, all in one look: colours that colour-blind people can tell apart, intervals wherever
 * there are any, labels with units, and a text that says the same in words ({@link Figure#alt}).
 *
 * <p>Every method checks its input at the call: a blank label, an empty series, a number that is NaN or infinite, and
 * on logarithmic axes one that is not above 0, give an {@link IllegalArgumentException} that names the series
 * and the value. Stateless and thread-safe; the data are copied.
 */
public final class Charts {

    private Charts() {}

    /**
     * Who worked on what from when to when: a row for each worker in natural order (thread-2 before thread-10), a
     * bar in the worker's colour for each task, and waiting as pale, thinner bars, hatched by what was waited for.
     * Times are milliseconds since the first start. The chart is as high as the workers need.
     *
     * @param title the title
     * @param timeline what was recorded; later spans do not show
     * @return the figure
     * @throws IllegalArgumentException if nothing was recorded
     */
    public static Figure timeline(String title, Timeline timeline) {
        return timeline(title, timeline.spans());
    }

    /**
     * The same for a list of spans.
     *
     * @param title the title
     * @param spans at least one
     * @return the figure
     * @throws IllegalArgumentException if there is no span
     */
    public static Figure timeline(String title, List<Timeline.Span> spans) {
        Checks.text(title, "the title");
        if (spans.isEmpty()) {
            throw new IllegalArgumentException(
                    "the timeline '" + title + "' has no span: it needs at least one task that has ended");
        }
        Gantt gantt = new Gantt(title, spans);
        Panel panel = gantt.panel(Figure.WIDTH);
        return new Figure(panel, gantt.alt(), panel.getWidth(), panel.getHeight());
    }

    /**
     * A bar for each entry in the map's order, with its interval and its value in figures.
     *
     * @param title the title
     * @param yLabel what the bars' lengths mean; the estimates' unit is added where it is missing
     * @param values at least one, all in the same unit
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no bar, or one that cannot be drawn
     */
    public static BarChart bars(String title, String yLabel, Map<String, Estimate> values) {
        return BarChart.of(title, "", yLabel, Map.of("", values));
    }

    /**
     * Bars of several series side by side, such as JVM and CPython. A series may lack a bar that others have.
     *
     * @param title the title
     * @param yLabel what the bars' lengths mean; the estimates' unit is added where it is missing
     * @param series values by bar, by series, all in the same unit
     * @return a figure, which has more options
     * @throws IllegalArgumentException if a series has no bar, or one that cannot be drawn
     */
    public static BarChart groupedBars(String title, String yLabel, Map<String, Map<String, Estimate>> series) {
        return BarChart.of(title, "", yLabel, series);
    }

    /**
     * Bars made of parts, such as the phases of a job.
     *
     * @param title the title
     * @param yLabel what the bars' lengths mean, with the unit
     * @param bars values of 0 or more by part, by bar; a bar may lack a part that others have
     * @return the figure
     * @throws IllegalArgumentException if a bar has no part, or one that is negative or not finite
     */
    public static Figure stackedBars(String title, String yLabel, Map<String, Map<String, Double>> bars) {
        Stack stack = new Stack(title, "", yLabel, bars);
        return new Figure(stack.panel(Figure.WIDTH, Figure.HEIGHT), stack.alt(), Figure.WIDTH, Figure.HEIGHT);
    }

    /**
     * Lines through points, with the points' intervals.
     *
     * @param title the title
     * @param xLabel what the x values mean, with the unit
     * @param yLabel what the y values mean; the estimates' unit is added where it is missing
     * @param lines at least one, with different names
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no line
     */
    public static LineChart lines(String title, String xLabel, String yLabel, List<Line> lines) {
        return LineChart.of(title, xLabel, yLabel, lines);
    }

    /**
     * Lines through points, with the points' intervals.
     *
     * @param title the title
     * @param xLabel what the x values mean, with the unit
     * @param yLabel what the y values mean; the estimates' unit is added where it is missing
     * @param lines at least one, with different names
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no line
     */
    public static LineChart lines(String title, String xLabel, String yLabel, Line... lines) {
        return LineChart.of(title, xLabel, yLabel, Arrays.asList(lines));
    }

    /**
     * Measured speed-ups, the law fitted to them with its 95 % band, and the ideal x = n. Beyond the largest
     * number of workers that it was fitted to, the law is dashed and called extrapolated, also where there are measured
     * points to hold against it; its peak is marked if it lies on the chart.
     *
     * @param title the title
     * @param measured speed-up against one worker, by the number of workers
     * @param law fitted to these speed-ups
     * @param upTo how far to draw the law, in workers; at least the largest measured number
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no point, if upTo is too small, or if the values have a unit other
     *     than {@code "x"}: those go to {@link #scalability}
     */
    public static LineChart speedUp(String title, Map<Integer, Estimate> measured, ScalabilityLaw law, int upTo) {
        measured.forEach((n, e) -> {
            if (!e.unit().isEmpty() && !e.unit().equals("x")) {
                throw new IllegalArgumentException(
                        "a speed-up is a bare ratio, but the value at " + n + " has the unit '" + e.unit()
                                + "': use Charts.scalability, or divide by the value of one worker");
            }
        });
        return scalability(title, "speed-up over one worker (×)", measured, law, upTo, 1);
    }

    /**
     * Measured throughputs, the law fitted to them, and the ideal: as {@link #speedUp}, in any unit.
     *
     * @param title the title
     * @param yLabel what the throughput is; its unit is added where it is missing
     * @param measured throughput by the number of workers
     * @param law fitted to these throughputs
     * @param upTo how far to draw the law, in workers; at least the largest measured number
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no point, or if upTo is too small
     */
    public static LineChart scalability(
            String title, String yLabel, Map<Integer, Estimate> measured, ScalabilityLaw law, int upTo) {
        return scalability(title, yLabel, measured, law, upTo, law.lambda().value());
    }

    /**
     * A coloured cell for each column of each row, such as a time for each number of threads and each size.
     *
     * @param title the title
     * @param xLabel what the columns are, with the unit of numbers
     * @param yLabel what the rows are, with the unit of numbers
     * @param valueLabel what the values are, with the unit
     * @param columns the columns' names from left to right, 1 to 256, no two alike
     * @param rows the rows' names from top to bottom, 1 to 256, no two alike
     * @param values one array for each row, with a value from -1e300 to 1e300 for each column; NaN where there is none
     * @return a figure, which has more options
     * @throws IllegalArgumentException if the values do not fit the names, or if none is there
     */
    public static HeatMap heatMap(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            List<String> columns,
            List<String> rows,
            double[][] values) {
        return HeatMap.of(title, xLabel, yLabel, valueLabel, columns, rows, values);
    }

    /**
     * The same for values by column, by row. A row may lack a column that others have.
     *
     * @param title the title
     * @param xLabel what the columns are, with the unit of numbers
     * @param yLabel what the rows are, with the unit of numbers
     * @param valueLabel what the values are, with the unit
     * @param values values by column, by row; rows in the map's order from top to bottom, columns in order of appearance
     *     from left to right
     * @return a figure, which has more options
     * @throws IllegalArgumentException if there is no value, or one that cannot be drawn
     */
    public static HeatMap heatMap(
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
        return HeatMap.of(title, xLabel, yLabel, valueLabel, columns, List.copyOf(values.keySet()), matrix);
    }

    private static LineChart scalability(
            String title, String yLabel, Map<Integer, Estimate> measured, ScalabilityLaw law, int upTo, double unit) {
        Objects.requireNonNull(law, "law");
        SortedMap<Integer, Estimate> points = new TreeMap<>(measured);
        if (points.isEmpty()) {
            throw new IllegalArgumentException(
                    "the chart '" + title + "' has no measured point: it needs at least one");
        }
        int least = points.firstKey();
        int most = points.lastKey();
        if (least < 1) {
            throw new IllegalArgumentException("a number of workers must be 1 or more, got " + least);
        }
        if (upTo < most || upTo > 1_000_000) {
            throw new IllegalArgumentException(
                    "upTo must be from the largest measured number of workers, " + most + ", to 1000000, got " + upTo);
        }
        List<LineChart.Part> parts = new ArrayList<>();
        parts.add(new LineChart.Part(
                new Line("ideal", new double[] {1, upTo}, new double[] {unit, unit * upTo}), LineChart.Look.IDEAL, 6));
        boolean band = law.hasIntervals();
        String name = law.model() == ScalabilityLaw.Model.AMDAHL ? "Amdahl's law" : "Universal Scalability Law";
        int known = Math.clamp((long) Math.ceil(law.fittedUpTo()), least, upTo);
        if (known > least) {
            parts.add(new LineChart.Part(
                    curve(name + (band ? ", 95 % band" : ""), law, least, known), LineChart.Look.CURVE, 0));
        }
        if (upTo > known) {
            parts.add(new LineChart.Part(curve("extrapolated", law, known, upTo), LineChart.Look.DASHED, 0));
        }
        parts.add(new LineChart.Part(new Line("measured", points), LineChart.Look.POINTS, 3));
        List<LineChart.Reference> references = new ArrayList<>();
        Estimate peak = law.peak();
        if (peak.value() > 1 && peak.value() <= upTo) {
            String interval = band ? " (" + whole(peak.low()) + " to " + whole(peak.high()) + ")" : "";
            references.add(new LineChart.Reference(
                    peak.value(), "the law's peak: " + whole(peak.value()) + " workers" + interval, true));
        }
        return new LineChart(new LineChart.Spec(
                title,
                "workers (n)",
                yLabel,
                parts,
                references,
                false,
                false,
                false,
                true,
                false,
                Figure.WIDTH,
                Figure.HEIGHT));
    }

    private static String whole(double workers) {
        return workers <= 1e6 ? Long.toString(Math.round(workers)) : Double.isInfinite(workers) ? "∞" : "10⁶ and more";
    }

    /** Points close enough for a smooth curve; the band only where it is finite. */
    private static Line curve(String name, ScalabilityLaw law, double from, double to) {
        int steps = 40;
        Map<Double, Estimate> points = new LinkedHashMap<>();
        for (int i = 0; i <= steps; i++) {
            double n = from + (to - from) * i / steps;
            points.put(
                    n,
                    law.hasIntervals()
                            ? law.predict(n)
                            : Estimate.exact(law.at(n), law.lambda().unit()));
        }
        return new Line(name, points);
    }
}
