package parlab.notebook.internal;

import java.time.Duration;
import java.util.Locale;

/** Durations for people. */
public final class Durations {

    private Durations() {}

    /**
     * Three significant digits in the unit that fits; minutes and hours beyond.
     *
     * @param duration any duration
     * @return such as {@code 450 ns}, {@code 12.3 µs}, {@code 1.50 s}, {@code 3 min 05 s}, {@code 2 h 03 min}
     */
    public static String format(Duration duration) {
        if (duration.isNegative()) {
            return "-" + format(duration.negated());
        }
        long seconds = duration.toSeconds();
        if (seconds >= 3600) {
            return String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60);
        }
        if (seconds >= 60) {
            return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
        }
        double nanos = duration.toNanos();
        if (nanos < 999.5) {
            return duration.toNanos() + " ns";
        }
        if (nanos < 999.5e3) {
            return digits(nanos / 1e3) + " µs";
        }
        return nanos < 999.5e6 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
    }

    private static String digits(double x) {
        return String.format(Locale.ROOT, x < 9.995 ? "%.2f" : x < 99.95 ? "%.1f" : "%.0f", x);
    }
}
