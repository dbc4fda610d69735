package parlab.charts;

import java.util.List;
import java.util.Map;
import parlab.timing.Estimate;

/** Charts of figures that a test states, where a lesson has a table of rounds. */
final class Drawn {
    private Drawn() {}

    static BarChart bars(String title, String yLabel, Map<String, Estimate> values) {
        return BarChart.of(title, yLabel, Map.of("", values));
    }

    static BarChart groupedBars(String title, String yLabel, Map<String, Map<String, Estimate>> series) {
        return BarChart.of(title, yLabel, series);
    }

    static Figure stackedBars(String title, String yLabel, Map<String, Map<String, Double>> bars) {
        return new Stack(title, yLabel, bars).figure();
    }

    static LineChart lines(String title, String xLabel, String yLabel, List<Line> lines) {
        return LineChart.of(title, xLabel, yLabel, lines);
    }

    static LineChart lines(String title, String xLabel, String yLabel, Line... lines) {
        return LineChart.of(title, xLabel, yLabel, List.of(lines));
    }
}
