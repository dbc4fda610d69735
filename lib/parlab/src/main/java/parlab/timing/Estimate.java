package parlab.timing;

import java.util.Arrays;
import java.util.Objects;

/**
 * A measured figure with its uncertainty: the median of some samples and an interval around it.
 *
 * <p>The interval is the distribution-free one between two order statistics of the sample, whose coverage follows from
 * the binomial distribution with p = 1/2 (H. A. David and H. N. Nagaraja, <i>Order Statistics</i>, 3rd ed., 2003,
 * section 7.1). It assumes that the samples are independent, and nothing about their distribution. With fewer than six
 * samples no such interval reaches 95 %: then it runs from the smallest sample to the largest, and {@link #confidence}
 * says what that is worth.
 *
 * <p>Immutable and thread-safe.
 *
 * @param value the median; low and high are the ends of the interval around it
 * @param confidence the probability with which such an interval covers the true median, from 0 to 1; 0 for a single
 *     sample, 1 for a figure that is known exactly
 * @param samples how many samples stand behind it; 0 for a figure that is known exactly
 * @param unit such as {@code "s"}, {@code "ns"} or {@code "x"} for a ratio; empty for a bare number
 */
public record Estimate(double value, double low, double high, double confidence, int samples, String unit) {
    private static final double WANTED_CONFIDENCE = 0.95;

    public Estimate {
        Objects.requireNonNull(unit, "unit");
        if (!(low <= value && value <= high)) {
            throw new IllegalArgumentException(
                    "an estimate needs low <= value <= high, got " + low + ", " + value + ", " + high);
        }
        if (!(confidence >= 0 && confidence <= 1)) {
            throw new IllegalArgumentException("confidence must be from 0 to 1, got " + confidence);
        }
        if (samples < 0) {
            throw new IllegalArgumentException("samples must be 0 or more, got " + samples);
        }
    }

    /**
     * Returns the median of the samples, one or more finite numbers, with its interval, of at least 95 % where six
     * samples or more allow it. Takes as long as sorting the samples.
     */
    public static Estimate median(double[] samples, String unit) {
        return median(samples, MedianInterval.of(samples.length, WANTED_CONFIDENCE), unit);
    }

    /**
     * Returns the same for samples that were taken in portions, with a look at the interval after each: from six to 24
     * samples the interval allows for looks after every one of them, so that it may decide when to stop, and covers the
     * median with 90 % at least; more samples than 24 count as taken at once. See {@code SequentialRanks} for the method.
     */
    public static Estimate sequential(double[] samples, String unit) {
        int n = samples.length;
        boolean looked = n >= SequentialRanks.FIRST_LOOK && n <= SequentialRanks.LAST_LOOK;
        return looked ? median(samples, SequentialRanks.of(n), unit) : median(samples, unit);
    }

    private static Estimate median(double[] samples, MedianInterval interval, String unit) {
        if (samples.length == 0) {
            throw new IllegalArgumentException("a median needs at least one sample, got none");
        }
        for (int i = 0; i < samples.length; i++) {
            if (!Double.isFinite(samples[i])) {
                throw new IllegalArgumentException("sample " + i + " is " + samples[i] + ": only finite numbers count");
            }
        }
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        double median = n % 2 == 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
        int rank = interval.rank();
        return new Estimate(median, sorted[rank], sorted[n - 1 - rank], interval.coverage(), n, unit);
    }

    /**
     * Returns the median of pairwise ratios, in the unit {@code "x"}: sample i of the numerator over sample i of the
     * denominator. Take the two in alternation, so that slow changes of the machine hit both sides of a pair.
     */
    public static Estimate ratio(double[] numerator, double[] denominator) {
        if (numerator.length != denominator.length) {
            throw new IllegalArgumentException("a ratio needs pairs, got " + numerator.length + " numerators and "
                    + denominator.length + " denominators");
        }
        double[] ratios = new double[numerator.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = numerator[i] / denominator[i];
        }
        return median(ratios, "x");
    }

    /** Returns a figure that is known exactly, such as a count: its interval is the value itself. */
    public static Estimate exact(double value, String unit) {
        return new Estimate(value, value, value, 1, 0, unit);
    }

    /** Returns whether the whole interval lies above the threshold. */
    public boolean isAbove(double threshold) {
        return low > threshold;
    }

    /** Returns whether the whole interval lies below the threshold. */
    public boolean isBelow(double threshold) {
        return high < threshold;
    }

    /** Returns the same figure in another unit: the numbers times a positive, finite factor. */
    public Estimate times(double factor, String newUnit) {
        if (!(factor > 0 && Double.isFinite(factor))) {
            throw new IllegalArgumentException("a factor must be positive and finite, got " + factor);
        }
        return new Estimate(value * factor, low * factor, high * factor, confidence, samples, newUnit);
    }

    /**
     * Returns it for people, by {@link Numbers#shortText}: {@code 1.93 x [1.88, 1.97]}; no interval if it is a point.
     */
    @Override
    public String toString() {
        String text = Numbers.shortText(value) + (unit.isEmpty() ? "" : " " + unit);
        return low == high ? text : text + " [" + Numbers.shortText(low) + ", " + Numbers.shortText(high) + "]";
    }
}
