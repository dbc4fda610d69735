package parlab.timing;

import java.util.Locale;

/** Numbers as charts and sentences show them: short, in every locale alike, with powers of ten as a book prints them. */
public final class Numbers {

    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private Numbers() {}

    /**
     * Three significant digits, or all of a whole number's up to six: {@code 0.0123}, {@code 1.93}, {@code 42.0}, {@code 1,230}, {@code 1.23·10⁹}.
     *
     * @param x a finite number
     * @return the text
     */
    public static String shortText(double x) {
        double magnitude = Math.abs(x);
        if (magnitude == 0) {
            return "0";
        }
        // 9995 and more would round to five digits, 999.5 to four: decide by the rounded number.
        int exponent = exponentOf(Double.parseDouble(String.format(Locale.ROOT, "%.2e", magnitude)));
        if (exponent >= 6 || exponent < -3) {
            return scientific(x, exponent, 2);
        }
        return String.format(Locale.ROOT, "%,." + Math.max(0, 2 - exponent) + "f", x);
    }

    /**
     * As {@link #shortText}, without zeros at the end.
     *
     * @param x a finite number
     * @return the text, such as {@code 2} for 2.00
     */
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
     * The label of a tick on an axis whose ticks are {@code step} apart.
     *
     * @param x the tick
     * @param step above 0
     * @param largest the largest magnitude on the axis: all labels share its power of ten
     * @return the text
     */
    public static String tick(double x, double step, double largest) {
        if (Math.abs(x) < step / 2) {
            return "0";
        }
        int exponent = exponentOf(largest);
        int stepExponent = (int) Math.floor(Math.log10(step) + 1e-9);
        boolean halves = Math.abs(step / Math.pow(10, stepExponent) - 2.5) < 1e-6;
        int needed = halves ? stepExponent - 1 : stepExponent;
        if (exponent >= 6 || exponent < -3) {
            return scientific(x, exponent, Math.max(0, exponent - needed));
        }
        return String.format(Locale.ROOT, "%,." + Math.max(0, -needed) + "f", x);
    }

    /** A tick of a logarithmic axis: {@code 0.01}, {@code 5}, {@code 1,000}, {@code 10⁶}, {@code 2·10⁶}. */
    public static String logTick(double x) {
        int exponent = exponentOf(x * (1 + 1e-12));
        if (exponent < 6 && exponent >= -3) {
            return String.format(Locale.ROOT, "%,." + Math.max(0, -exponent) + "f", x);
        }
        double mantissa = x / Math.pow(10, exponent);
        return Math.abs(mantissa - 1) < 1e-9 ? power(exponent) : scientific(x, exponent, 0);
    }

    private static String scientific(double x, int exponent, int decimals) {
        // Twice by half the exponent: the power itself may be beyond the range of double.
        int half = exponent / 2;
        double mantissa = x / Math.pow(10, half) / Math.pow(10, exponent - half);
        return String.format(Locale.ROOT, "%." + decimals + "f", mantissa) + "·" + power(exponent);
    }

    private static String power(int exponent) {
        StringBuilder text = new StringBuilder("10");
        for (char c : Integer.toString(exponent).toCharArray()) {
            text.append(c == '-' ? '⁻' : SUPERSCRIPTS.charAt(c - '0'));
        }
        return text.toString();
    }

    private static int exponentOf(double magnitude) {
        return (int) Math.floor(Math.log10(magnitude));
    }
}
