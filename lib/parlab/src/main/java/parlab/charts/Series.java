package parlab.charts;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import parlab.results.Group;
import parlab.results.Results;
import parlab.timing.Estimate;
import parlab.timing.Numbers;
import tech.tablesaw.api.Table;

/** A table's rows as a chart's series: the median over the rows that agree in place and series, with its interval. */
final class Series {
    private Series() {}

    /**
     * Values by place, by series; the series' names are what the series columns hold, none without any. A number alone
     * would say little: it comes with its column's name.
     */
    static <K> Map<String, Map<K, Estimate>> of(
            Table table, Class<K> places, String place, String value, String... by) {
        String[] columns = new String[by.length + 1];
        columns[0] = place;
        System.arraycopy(by, 0, columns, 1, by.length);
        Map<String, Map<K, Estimate>> series = new LinkedHashMap<>();
        List<Group> groups = Results.groups(table, value, columns);
        if (groups.isEmpty()) {
            throw new IllegalArgumentException(
                    "the table has no row with a value in column \"" + value + "\": a chart needs at least one");
        }
        for (Group group : groups) {
            Object key = group.keys().getFirst();
            String name = IntStream.range(0, by.length)
                    .mapToObj(i -> name(by[i], group.keys().get(i + 1)))
                    .filter(text -> !text.isEmpty())
                    .collect(Collectors.joining(", "));
            // The column's name says the unit.
            series.computeIfAbsent(name, n -> new LinkedHashMap<>())
                    .put(place(places, key, place), group.figure().times(1, ""));
        }
        return series;
    }

    /** Like {@link #of}, for charts that show no interval: place by series. */
    static Map<String, Map<String, Double>> values(Table table, String place, String value, String series) {
        Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
        for (Group group : Results.groups(table, value, place, series)) {
            bars.computeIfAbsent(text(group.keys().get(0)), n -> new LinkedHashMap<>())
                    .merge(text(group.keys().get(1)), group.figure().value(), unique(place, series));
        }
        return bars;
    }

    private static BinaryOperator<Double> unique(String place, String series) {
        return (one, other) -> {
            throw new IllegalArgumentException(
                    "two values of the columns " + Arrays.asList(place, series) + " look the same");
        };
    }

    private static <K> K place(Class<K> places, Object key, String column) {
        if (places == String.class) {
            return places.cast(text(key));
        }
        if (key instanceof Number number) {
            return places.cast(number.doubleValue());
        }
        throw new IllegalArgumentException(
                "column \"" + column + "\" holds \"" + key + "\": an axis needs numbers, take bars for names");
    }

    private static String name(String column, Object key) {
        return key instanceof Number ? column + " = " + text(key) : text(key);
    }

    /** A name for people. */
    static String text(Object key) {
        return switch (key) {
            case Long whole -> String.format(Locale.ROOT, "%,d", whole);
            case Number number -> Numbers.plain(number.doubleValue());
            default -> String.valueOf(key);
        };
    }
}
