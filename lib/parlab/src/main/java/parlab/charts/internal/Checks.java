package parlab.charts.internal;

import java.util.Objects;
import parlab.timing.Estimate;

/** What every chart asks of its input. */
public final class Checks {

    /** Beyond this, differences of two numbers may not be numbers any more. */
    private static final double LARGEST = 1e300;

    private Checks() {}

    /**
     * A text that says something.
     *
     * @param text the text
     * @param what what it is, for the message
     * @return the text
     * @throws IllegalArgumentException if it is blank
     */
    public static String text(String text, String what) {
        Objects.requireNonNull(text, what);
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    what + " must not be blank: a chart needs a title, and labels with units");
        }
        return text;
    }

    /**
     * A number that can be drawn.
     *
     * @param value the number
     * @param where series and index, for the message
     * @return the number
     * @throws IllegalArgumentException if it is NaN, infinite or beyond 1e300
     */
    public static double number(double value, String where) {
        if (!(Math.abs(value) <= LARGEST)) {
            throw new IllegalArgumentException(where + " is " + value + ": a chart draws numbers from -1e300 to 1e300");
        }
        return value;
    }

    /**
     * A number that a logarithmic axis can show.
     *
     * @param value the number
     * @param where series and index, for the message
     * @return the number
     * @throws IllegalArgumentException if it is not above 0
     */
    public static double positive(double value, String where) {
        if (!(value >= 1e-300)) {
            throw new IllegalArgumentException(
                    where + " is " + value + ": a logarithmic axis shows numbers above 0 only (from 1e-300)");
        }
        return value;
    }

    /**
     * An estimate that can be drawn.
     *
     * @param estimate the estimate
     * @param log whether on a logarithmic axis
     * @param where series and index, for the message
     * @return the estimate
     * @throws IllegalArgumentException if its value or an end of its interval cannot be drawn
     */
    public static Estimate estimate(Estimate estimate, boolean log, String where) {
        Objects.requireNonNull(estimate, where);
        number(estimate.value(), where);
        number(estimate.low(), "the lower end of " + where);
        number(estimate.high(), "the upper end of " + where);
        if (log) {
            positive(estimate.value(), where);
            positive(estimate.low(), "the lower end of " + where);
        }
        return estimate;
    }

    /**
     * A chart's size.
     *
     * @param size logical pixels
     * @param least the least
     * @param what width or height
     * @return the size
     * @throws IllegalArgumentException if it is too small or too large
     */
    public static int size(int size, int least, String what) {
        if (size < least || size > 4000) {
            throw new IllegalArgumentException(
                    what + " must be from " + least + " to 4000 logical pixels, got " + size);
        }
        return size;
    }
}
