package parlab.charts;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.Series;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/** Charts in words: what kind, what axes, and what the series say, in some 600 characters at most. */
final class AltText {
    private static final int MOST = 600;

    private AltText() {}

    /** Puts the text together, dropping the last of the parts, one for each series, if there are too many. */
    static String join(String kind, String title, String axes, List<String> parts) {
        StringBuilder text = new StringBuilder(kind + ": " + Text.cut(title, 150) + ". ");
        if (!axes.isEmpty()) {
            text.append(Text.cut(axes, 160)).append(". ");
        }
        for (int i = 0; i < parts.size(); i++) {
            String part = Text.cut(parts.get(i), 240);
            String more = "And " + (parts.size() - i) + " more.";
            if (text.length() + part.length() + (i < parts.size() - 1 ? more.length() + 4 : 2) > MOST) {
                return text.append(more).toString();
            }
            text.append(part).append(". ");
        }
        return text.toString().strip();
    }

    /** What the axes show; one without a title is left out. */
    static String axes(String x, String y) {
        return Stream.of(x.isBlank() ? "" : "x-axis: " + x, y.isBlank() ? "" : "y-axis: " + y)
                .filter(axis -> !axis.isEmpty())
                .collect(Collectors.joining(", "));
    }

    /** A label, and whether its axis is logarithmic. */
    static String axis(String label, boolean log) {
        return label + (log ? " (logarithmic)" : "");
    }

    /** A value and, where there is one, its interval. */
    static String value(Estimate e) {
        String value = Numbers.plain(e.value());
        return e.low() == e.high()
                ? value
                : value + " (" + Numbers.plain(e.low()) + " to " + Numbers.plain(e.high()) + ")";
    }

    /** A whole number in full up to a million, another one with three digits. */
    static String number(double x) {
        return x == Math.rint(x) && Math.abs(x) < 1e6 ? Long.toString((long) x) : Numbers.plain(x);
    }

    /**
     * A chart that was made with XChart itself, for front ends that show one: its kind, its titles, its series' names.
     */
    static String of(Chart<?, ?> chart) {
        String name = chart.getClass().getSimpleName().replaceAll("Chart$", "");
        String axes = chart instanceof AxesChart<?, ?> with
                ? axes(orEmpty(with.getXAxisTitle()), orEmpty(with.getYAxisTitle()))
                : "";
        return join(
                name.isEmpty() ? "Chart" : name + " chart",
                orEmpty(chart.getTitle()).isBlank() ? "without a title" : chart.getTitle(),
                axes,
                chart.getSeriesCollection().stream().map(Series::getLabel).toList());
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
