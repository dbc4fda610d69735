package parlab.charts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import parlab.timing.Estimate;

/**
 * One line of a chart: points, one or more, in the order in which they are joined. Immutable and thread-safe.
 *
 * @param name what the legend calls it
 * @param y as many y values as x values; an interval is drawn where it has a length
 */
record Line(String name, List<Double> x, List<Estimate> y) {
    Line {
        Checks.text(name, "a line's name");
        x = List.copyOf(x);
        y = List.copyOf(y);
        if (x.size() != y.size()) {
            throw new IllegalArgumentException("line '" + name + "' has " + x.size() + " x values and " + y.size()
                    + " y values: one y for each x");
        }
        if (x.isEmpty()) {
            throw new IllegalArgumentException("line '" + name + "' is empty: it needs at least one point");
        }
        for (int i = 0; i < x.size(); i++) {
            Checks.number(x.get(i), "x value " + i + " of line '" + name + "'");
            Checks.estimate(y.get(i), false, "y value " + i + " of line '" + name + "'");
        }
    }

    /** A line through exact values. */
    Line(String name, double[] x, double[] y) {
        this(name, boxed(x), exact(name, y));
    }

    /** A line through estimates by x value, such as the number of threads, in the map's order. */
    Line(String name, Map<? extends Number, Estimate> points) {
        this(name, points.keySet().stream().map(Number::doubleValue).toList(), new ArrayList<>(points.values()));
    }

    /** The same line for a logarithmic axis, see {@link Checks#aboveZero}. */
    Line aboveZero() {
        return new Line(name, x, y.stream().map(Checks::aboveZero).toList());
    }

    private static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static List<Estimate> exact(String name, double[] values) {
        List<Estimate> estimates = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            estimates.add(Estimate.exact(Checks.number(values[i], "y value " + i + " of line '" + name + "'"), ""));
        }
        return estimates;
    }

    /** Whether any of the values has an interval. */
    boolean hasIntervals() {
        return y.stream().anyMatch(e -> e.low() < e.high());
    }
}
