package parlab.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import parlab.charts.Charts;
import parlab.charts.Figure;
import parlab.results.Results;
import parlab.results.Tables;

/**
 * Showing a chart against JJava with XChart by hand: from a kernel's start to the first chart, from samples that
 * tools/bench_display.py took; and one more chart, from data to the bytes of a PNG, measured here.
 *
 * <p>Ours draws at twice the resolution, four times the pixels.
 */
public final class DisplayBench {
    private static final int WARMUP = 40;
    private static final int PAIRS = 60;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private DisplayBench() {}

    /** A way to a chart's bytes, from its data on. */
    private interface Rendering {
        byte[] png() throws IOException;
    }

    /**
     * Prints the table and writes the rows: the arguments are the file with the kernels' samples, and the file to
     * write.
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 2) {
            throw new IllegalArgumentException(
                    "usage: DisplayBench SAMPLES.json FILE.json, got " + String.join(" ", args));
        }
        BenchReport report =
                new BenchReport("Showing a chart: ParLab against JJava and XChart by hand", Path.of(args[1]));
        JsonNode samples = new ObjectMapper().readTree(Path.of(args[0]).toFile());
        report.addTime(
                "kernel start to first chart", 1, "s", numbers(samples.get("ours")), numbers(samples.get("peer")), 1.2);
        report.part(
                "bars", LIMIT, () -> compare(report, "one more bar chart", DisplayBench::ourBars, DisplayBench::bars));
        report.part(
                "lines",
                LIMIT,
                () -> compare(report, "one more line chart", DisplayBench::ourLines, DisplayBench::lines));
        report.end();
    }

    private static void compare(BenchReport report, String name, Rendering ours, Rendering peer) throws Exception {
        Map<String, double[]> seconds = new Rounds()
                .add("ours", () -> seconds(ours))
                .add("peer", () -> seconds(peer))
                .run(WARMUP, PAIRS);
        report.addTime(name, 1e3, "ms", seconds.get("ours"), seconds.get("peer"), 1.0);
        System.out.printf("%s: %,d bytes at 2x, XChart's at 1x %,d%n", name, ours.png().length, peer.png().length);
    }

    private static double seconds(Rendering rendering) throws IOException {
        long start = System.nanoTime();
        byte[] png = rendering.png();
        long nanos = System.nanoTime() - start;
        if (png.length < 1000) {
            throw new IllegalStateException("a chart of " + png.length + " bytes cannot be a chart");
        }
        return nanos * 1e-9;
    }

    private static byte[] ourBars() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int round = 1; round <= 9; round++) {
            rows.add(Results.row("way", "serial", "time (ms)", 195.0 + round));
            rows.add(Results.row("way", "threads", "time (ms)", 99.0 + round));
            rows.add(Results.row("way", "one lock", "time (ms)", 198.0 + round));
        }
        return Charts.bars("Time for four tasks", Tables.of("", rows), "way", "time (ms)")
                .png();
    }

    private static byte[] bars() throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Figure.WIDTH)
                .height(Figure.HEIGHT)
                .title("Time for four tasks")
                .yAxisTitle("time in ms")
                .build();
        chart.addSeries(
                "time", List.of("serial", "threads", "one lock"), List.of(200, 104, 203), List.of(12.5, 6.0, 12.5));
        return ChartEncoder.getBytes(chart, "png");
    }

    private static byte[] ourLines() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int line = 0; line < 3; line++) {
            double[] xs = xs();
            double[] ys = ys(line);
            for (int i = 0; i < xs.length; i++) {
                rows.add(Results.row("line", "line " + line, "threads", xs[i], "times as much", ys[i]));
            }
        }
        return Charts.lines("Work done", Tables.of("", rows), "threads", "times as much", "line")
                .png();
    }

    private static byte[] lines() throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(Figure.WIDTH)
                .height(Figure.HEIGHT)
                .title("Work done")
                .xAxisTitle("threads")
                .yAxisTitle("times as much")
                .build();
        for (int k = 0; k < 3; k++) {
            chart.addSeries("line " + k, xs(), ys(k));
        }
        return ChartEncoder.getBytes(chart, "png");
    }

    private static double[] xs() {
        return IntStream.rangeClosed(1, 20).asDoubleStream().toArray();
    }

    private static double[] ys(int k) {
        return IntStream.rangeClosed(1, 20)
                .mapToDouble(x -> x / (1 + 0.1 * k * x))
                .toArray();
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        Arrays.setAll(numbers, i -> array.get(i).asDouble());
        return numbers;
    }
}
