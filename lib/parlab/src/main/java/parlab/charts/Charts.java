package parlab.charts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import parlab.results.Cells;
import parlab.timing.Estimate;
import parlab.timing.Timeline;
import tech.tablesaw.api.Table;

/**
 * The course's charts, all in one look. Most are made of a table and the names of its columns, as in seaborn or
 * Vega-Lite: {@code Charts.bars("Time for all tasks", times, "way", "seconds", "side")}. Rows that agree in place and
 * series, such as the rounds of a way, become one value: their median with its interval. The columns' names become the
 * axes' labels, so they say the unit; {@code labels} puts others.
 *
 * <p>In every chart: colours that colour-blind people can tell apart, intervals wherever there are
 * any, labels with units, and a text that says the same in words ({@link Figure#alt}). The y-axis's label gets the
 * estimates' unit where it does not name it.
 *
 * <p>Every method checks its input at the call: a blank label, an empty chart or series, a number that is NaN or beyond
 * 1e300, and on logarithmic axes one that is not above 0, give an {@link IllegalArgumentException} that names the
 * series and the value. Stateless and thread-safe; the data are copied.
 */
public final class Charts {
    private Charts() {}

    /**
     * A bar for each value of a column, in order of appearance, with its interval and its value in figures; several side
     * by side where series are named.
     *
     * @param place the column that names the bars, text or numbers
     * @param value the column of numbers that are drawn
     * @param series columns whose values, joined, name the series; none for bars of one colour
     */
    public static BarChart bars(String title, Table table, String place, String value, String... series) {
        return BarChart.of(title, value, Series.of(table, String.class, place, value, series));
    }

    /** Lines through the values at each number in a column, in rising order, with their intervals: as for bars. */
    public static LineChart lines(String title, Table table, String place, String value, String... series) {
        return LineChart.of(title, place, value, lines(table, place, value, series));
    }

    private static List<Line> lines(Table table, String place, String value, String... series) {
        List<Line> lines = new ArrayList<>();
        Series.of(table, Double.class, place, value, series)
                .forEach((name, points) -> lines.add(new Line(name.isEmpty() ? value : name, new TreeMap<>(points))));
        return lines;
    }

    /**
     * A roofline: what the machine allows a program that does so many operations with each byte, and points below it, each
     * named by its series. Both axes are logarithmic. See S. Williams, A. Waterman and D. Patterson, <i>Roofline</i>,
     * CACM 52(4), 2009.
     *
     * @param place the column of operations per byte, above 0
     * @param value the column of rates, whose name says the unit, such as {@code GF/s}
     * @param peak the most that the processor does, in the unit of the values
     * @param bandwidth bytes in the same unit, such as GB/s for values in GF/s
     */
    public static LineChart roofline(
            String title, Table points, String place, String value, double peak, double bandwidth, String... series) {
        return Roofline.of(title, place, value, lines(points, place, value, series), peak, bandwidth);
    }

    /** Bars made of parts, such as the phases of a job: a part's size is its median over the rows. */
    public static Figure stackedBars(String title, Table table, String place, String value, String part) {
        return new Stack(title, value, Series.values(table, place, value, part)).figure();
    }

    /** A coloured cell for each pair of values of two columns, with the median over the rows; both in order of appearance. */
    public static HeatMap heatMap(String title, Table table, String column, String row, String value) {
        return HeatMap.of(title, column, row, value, Series.values(table, row, value, column));
    }

    /**
     * A decision tree from a table with the columns question, answer, leads to (another question, or what is advised) and
     * figure, which may be empty.
     */
    public static Figure tree(String title, Table branches) {
        return new Tree(title, branches).figure();
    }

    /**
     * A timeline from a table with the columns worker, task, start (s) and end (s), and {@code waits for} where spans are
     * waiting: what it waits for, nothing for work.
     */
    public static Figure timeline(String title, Table spans) {
        List<Timeline.Span> list = new ArrayList<>();
        boolean waits = spans.columnNames().contains("waits for");
        for (int i = 0; i < spans.rowCount(); i++) {
            Cells row = new Cells(spans, i);
            String why = waits ? row.text("waits for") : "";
            list.add(new Timeline.Span(
                    row.text("worker"),
                    row.text("task"),
                    Math.round(1e9 * row.number("start (s)")),
                    Math.round(1e9 * row.number("end (s)")),
                    why.isEmpty() ? Timeline.Kind.RUN : Timeline.Kind.WAIT,
                    why));
        }
        return timeline(title, list);
    }

    /**
     * Who worked on what from when to when: a row for each worker in natural order (thread-2 before thread-10), a bar
     * in the worker's colour for each task, and waiting as pale, thinner bars, hatched by what was waited for. Times
     * are milliseconds since the first start; later spans do not show. The chart is as high as the workers need.
     */
    public static Figure timeline(String title, Timeline timeline) {
        return timeline(title, timeline.spans());
    }

    /** The same for a list of spans, at least one. */
    public static Figure timeline(String title, List<Timeline.Span> spans) {
        return new Gantt(title, spans).figure();
    }

    /**
     * Measured throughputs, the law fitted to them with its 95 % band, and the ideal, which is proportional to n.
     * Beyond the largest number of workers that it was fitted to, the law is dashed and called extrapolated, also where
     * there are measured points to hold against it; its peak is marked if it lies on the chart.
     *
     * @param workers the column of numbers of workers
     * @param throughput the column of throughputs, whose name becomes the y-axis's label: points are medians over the rows
     * @param upTo how far to draw the law, in workers: from the largest measured number to 1,000,000
     */
    public static LineChart scalability(
            String title, Table table, String workers, String throughput, ScalabilityLaw law, int upTo) {
        Map<Integer, Estimate> measured = new TreeMap<>();
        Series.of(table, Double.class, workers, throughput)
                .get("")
                .forEach((n, figure) -> measured.put(n.intValue(), figure));
        return ScalabilityChart.of(title, throughput, measured, law, upTo);
    }
}
