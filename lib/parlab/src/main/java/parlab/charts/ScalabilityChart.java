package parlab.charts;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import parlab.timing.Estimate;

/** Measured throughputs beside the law that was fitted to them. */
final class ScalabilityChart {
    private static final int STEPS = 40;

    private ScalabilityChart() {}

    static LineChart of(String title, String yLabel, Map<Integer, Estimate> measured, ScalabilityLaw law, int upTo) {
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
        double one = law.lambda().value();
        Line ideal = new Line("ideal", new double[] {1, upTo}, new double[] {one, one * upTo});
        parts.add(new LineChart.Part(ideal, LineChart.Look.IDEAL, 6));
        boolean band = law.hasIntervals();
        int known = Math.clamp((long) Math.ceil(law.fittedUpTo()), least, upTo);
        if (known > least) {
            Line curve = curve(law.name() + (band ? ", 95 % band" : ""), law, least, known);
            parts.add(new LineChart.Part(curve, LineChart.Look.CURVE, 0));
        }
        if (upTo > known) {
            Line beyond = curve("extrapolated", law, known, upTo);
            parts.add(new LineChart.Part(beyond, LineChart.Look.EXTRAPOLATED, 0));
        }
        parts.add(new LineChart.Part(new Line("measured", points), LineChart.Look.POINTS, 3));
        Estimate peak = law.peak();
        String interval = band ? " (" + whole(peak.low()) + " to " + whole(peak.high()) + ")" : "";
        LineChart.Reference mark = new LineChart.Reference(
                peak.value(), "the law's peak: " + whole(peak.value()) + " workers" + interval, true);
        boolean shown = peak.value() > 1 && peak.value() <= upTo;
        return new LineChart(title, "workers (n)", yLabel, parts, shown ? List.of(mark) : List.of());
    }

    private static String whole(double workers) {
        return workers <= 1e6 ? Long.toString(Math.round(workers)) : Double.isInfinite(workers) ? "∞" : "10⁶ and more";
    }

    /** Points close enough for a smooth curve. */
    private static Line curve(String name, ScalabilityLaw law, double from, double to) {
        Map<Double, Estimate> points = new LinkedHashMap<>();
        for (int i = 0; i <= STEPS; i++) {
            double n = from + (to - from) * i / STEPS;
            Estimate exact = Estimate.exact(law.at(n), law.lambda().unit());
            points.put(n, law.hasIntervals() ? law.predict(n) : exact);
        }
        return new Line(name, points);
    }
}
