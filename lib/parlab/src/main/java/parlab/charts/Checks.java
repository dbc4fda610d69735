package parlab.charts;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import parlab.timing.Estimate;

/** What every chart asks of its input; each failed check is an IllegalArgumentException that names the value. */
final class Checks {
    /** Beyond this, differences of two numbers may not be numbers any more. */
    private static final double LARGEST = 1e300;

    private Checks() {}

    /** Returns the text, which must not be blank. */
    static String text(String text, String what) {
        Objects.requireNonNull(text, what);
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    what + " must not be blank: a chart needs a title, and labels with units");
        }
        return text;
    }

    /** Returns the number, which must be finite and not beyond 1e300. */
    static double number(double value, String where) {
        if (!(Math.abs(value) <= LARGEST)) {
            throw new IllegalArgumentException(where + " is " + value + ": a chart draws numbers from -1e300 to 1e300");
        }
        return value;
    }

    /** Returns the number, which must be one that a logarithmic axis can show. */
    static double positive(double value, String where) {
        if (!(value >= 1e-300)) {
            throw new IllegalArgumentException(
                    where + " is " + value + ": a logarithmic axis shows numbers above 0 only (from 1e-300)");
        }
        return value;
    }

    /** Checks a value and its interval. */
    static void estimate(Estimate estimate, boolean log, String where) {
        Objects.requireNonNull(estimate, where);
        number(estimate.value(), where);
        number(estimate.low(), "the lower end of " + where);
        number(estimate.high(), "the upper end of " + where);
        if (log) {
            positive(estimate.value(), where);
            positive(estimate.low(), "the lower end of " + where);
        }
    }

    /**
     * An estimate as a logarithmic axis can show it: an interval that reaches down to 0 or below, as that of a rate does
     * whose worst round got nothing done, ends at a tenth of the value.
     */
    static Estimate aboveZero(Estimate e) {
        boolean reachesDown = e.value() > 0 && e.low() <= 0;
        return reachesDown
                ? new Estimate(e.value(), e.value() / 10, e.high(), e.confidence(), e.samples(), e.unit())
                : e;
    }

    /** An axis's label with the unit of all its values, where the label does not name it yet; they must agree. */
    static String label(String label, Collection<Estimate> values) {
        List<String> units = values.stream()
                .map(Estimate::unit)
                .filter(unit -> !unit.isEmpty())
                .distinct()
                .sorted()
                .toList();
        if (units.size() > 1) {
            throw new IllegalArgumentException("one axis cannot show the units " + units
                    + " together: bring the values to one unit (Estimate.times)");
        }
        if (units.isEmpty()) {
            return label;
        }
        String unit = units.getFirst();
        String name = unit.equals("x") ? "[x×]" : Pattern.quote(unit);
        boolean named = Pattern.compile("(?<![\\p{L}\\p{N}])" + name + "(?![\\p{L}\\p{N}])")
                .matcher(label)
                .find();
        return named ? label : label + " (" + (unit.equals("x") ? "×" : unit) + ")";
    }
}
