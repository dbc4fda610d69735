package parlab.charts.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.PieSeries;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.AxesChartSeriesNumerical;
import org.knowm.xchart.internal.series.Series;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/** Charts in words: what kind, what axes, and what the series say, in some 600 characters at most. */
public final class AltText {

    private static final int MOST = 600;

    private AltText() {}

    /**
     * Puts the text together, dropping the last parts if there are too many.
     *
     * @param kind what kind of chart
     * @param title its title
     * @param axes what the axes show
     * @param parts one for each series
     * @return the text
     */
    public static String join(String kind, String title, String axes, List<String> parts) {
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

    /**
     * An estimate in words.
     *
     * @param e the estimate
     * @return its value and, where there is one, its interval
     */
    public static String value(Estimate e) {
        String value = Numbers.plain(e.value());
        return e.low() == e.high()
                ? value
                : value + " (" + Numbers.plain(e.low()) + " to " + Numbers.plain(e.high()) + ")";
    }

    /**
     * A bare number in words.
     *
     * @param x a finite number
     * @return whole numbers in full up to a million, others with three digits
     */
    public static String number(double x) {
        return x == Math.rint(x) && Math.abs(x) < 1e6 ? Long.toString((long) x) : Numbers.plain(x);
    }

    /**
     * Any chart of XChart in words.
     *
     * @param chart the chart
     * @return never blank
     */
    public static String of(Chart<?, ?> chart) {
        String name = chart.getClass().getSimpleName().replaceAll("Chart$", "");
        String kind = name.isEmpty() ? "Chart" : name + " chart";
        String title = chart.getTitle() == null || chart.getTitle().isBlank() ? "without a title" : chart.getTitle();
        String axes = "";
        if (chart instanceof AxesChart<?, ?> withAxes) {
            axes = axis("x-axis", withAxes.getXAxisTitle());
            String y = axis("y-axis", withAxes.getYAxisTitle());
            axes = axes.isEmpty() || y.isEmpty() ? axes + y : axes + ", " + y;
        }
        List<String> parts = new ArrayList<>();
        for (Series series : chart.getSeriesCollection()) {
            if (series.isEnabled()) {
                parts.add(series.getLabel() + range(series));
            }
        }
        return join(kind, title, axes, parts);
    }

    private static String axis(String which, String title) {
        return title == null || title.isBlank() ? "" : which + ": " + title;
    }

    private static String range(Series series) {
        double[] values = switch (series) {
            case AxesChartSeriesNumerical s -> s.getYData();
            case CategorySeries s -> s.getYData();
            case PieSeries s -> new double[] {s.getValue().doubleValue()};
            default -> new double[0];
        };
        DoubleSummaryStatistics range =
                Arrays.stream(values).filter(Double::isFinite).summaryStatistics();
        if (range.getCount() == 0) {
            return "";
        }
        if (range.getCount() == 1) {
            return ": " + Numbers.plain(range.getMin());
        }
        return ": " + range.getCount() + " values from " + Numbers.plain(range.getMin()) + " to "
                + Numbers.plain(range.getMax());
    }
}
