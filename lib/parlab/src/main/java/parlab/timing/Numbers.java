package parlab.timing;

import java.time.Duration;
import java.util.Locale;

/** Formats numbers and durations for people: short, the same in every locale, powers of ten as a book prints them. */
public final class Numbers {
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private Numbers() {}

    /**
     * Returns a number with three significant digits, or with all digits before the point up to six: {@code 0.0123},
     * {@code 1.93}, {@code 42.0}, {@code 1,230}, {@code 1.23·10⁹}; {@code NaN} or {@code Infinity} where it is not
     * finite.
     */
    public static String shortText(double x) {
        double magnitude = Math.abs(x);
        if (magnitude == 0 || !Double.isFinite(x)) {
            return magnitude == 0 ? "0" : String.valueOf(x);
        }
        // 9995 and more would round to five digits, 999.5 to four: decide by the rounded number.
        double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.2e", magnitude));
        int exponent = (int) Math.floor(Math.log10(rounded));
        if (exponent >= 6 || exponent < -3) {
            return scientific(x, exponent);
        }
        return String.format(Locale.ROOT, "%,." + Math.max(0, 2 - exponent) + "f", x);
    }

    /** Returns a number as {@link #shortText} does, without zeros at the end: {@code 2} for 2.00. */
    public static String plain(double x) {
        String text = shortText(x);
        int end = text.indexOf('·') < 0 ? text.length() : text.indexOf('·');
        String mantissa = text.substring(0, end);
        if (mantissa.indexOf('.') >= 0) {
            mantissa = mantissa.replaceAll("0+$", "").replaceAll("\\.$", "");
        }
        return mantissa + text.substring(end);
    }

    /**
     * Returns a duration of less than 292 years with three significant digits in the unit that fits: {@code 450 ns},
     * {@code 12.3 µs}, {@code 1.50 s}; from a minute on in whole seconds, from an hour on in whole minutes, rounded
     * down: {@code 3 min 05 s}, {@code 2 h 03 min}.
     */
    public static String duration(Duration duration) {
        if (duration.isNegative()) {
            return "-" + duration(duration.negated());
        }
        long seconds = duration.toSeconds();
        if (seconds >= 3600) {
            return String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60);
        }
        if (seconds >= 60) {
            return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
        }
        double nanos = duration.toNanos();
        if (nanos < 1e3) {
            return duration.toNanos() + " ns";
        }
        // 999.5 of a unit and more would be rounded up to 1,000 of it.
        if (nanos < 999.5e3) {
            return shortText(nanos / 1e3) + " µs";
        }
        return nanos < 999.5e6 ? shortText(nanos / 1e6) + " ms" : shortText(nanos / 1e9) + " s";
    }

    private static String scientific(double x, int exponent) {
        // Twice by half the exponent: the power itself may be beyond the range of double.
        int half = exponent / 2;
        double mantissa = x / Math.pow(10, half) / Math.pow(10, exponent - half);
        return String.format(Locale.ROOT, "%.2f", mantissa) + "·" + power(exponent);
    }

    private static String power(int exponent) {
        StringBuilder text = new StringBuilder("10");
        for (char c : Integer.toString(exponent).toCharArray()) {
            text.append(c == '-' ? '⁻' : SUPERSCRIPTS.charAt(c - '0'));
        }
        return text.toString();
    }
}
