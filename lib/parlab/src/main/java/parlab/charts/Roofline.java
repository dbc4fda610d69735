package parlab.charts;

import java.util.ArrayList;
import java.util.List;

/** What a machine allows, by the operations for each byte, and what programs make of it. */
final class Roofline {
    /** How far the roof reaches beyond the outermost points, and beyond the ridge. */
    private static final double MARGIN = 3;

    private Roofline() {}

    static LineChart of(String title, String xLabel, String yLabel, List<Line> points, double peak, double bandwidth) {
        Checks.positive(peak, "the peak");
        double ridge = peak / Checks.positive(bandwidth, "the bandwidth");
        double low = ridge;
        double high = ridge;
        for (Line line : points) {
            for (double x : line.x()) {
                Checks.positive(x, "the place of '" + line.name() + "'");
                low = Math.min(low, x);
                high = Math.max(high, x);
            }
        }
        double[] x = {low / MARGIN, ridge, high * MARGIN};
        Line roof = new Line("what the machine allows", x, new double[] {x[0] * bandwidth, peak, peak});
        List<LineChart.Part> parts = new ArrayList<>();
        parts.add(new LineChart.Part(roof, LineChart.Look.CURVE, 6));
        for (Line line : points) {
            parts.add(new LineChart.Part(line, LineChart.Look.POINTS, parts.size() - 1));
        }
        return new LineChart(title, xLabel, yLabel, parts, List.of())
                .logX()
                .logY()
                .labelled();
    }
}
