package parlab.notebook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.Predicate;
import parlab.timing.Estimate;

/**
 * When a claim counts as true: a condition on a figure, stated before the figure is known. It looks at the whole interval
 * of an estimate, and decides only where every value of the interval would give the same answer. Immutable and
 * thread-safe.
 */
final class Rule {
    /** What a rule says about one figure. */
    enum Answer {
        /** The whole interval obeys the rule. */
        YES,
        /** The whole interval breaks it. */
        NO,
        /** Some of the interval obeys it and some does not. */
        UNDECIDED
    }

    private final String text;
    private final boolean aboutFact;
    private final Predicate<Estimate> obeyed;
    private final Predicate<Estimate> broken;

    private Rule(String text, boolean aboutFact, Predicate<Estimate> obeyed, Predicate<Estimate> broken) {
        this.text = text;
        this.aboutFact = aboutFact;
        this.obeyed = obeyed;
        this.broken = broken;
    }

    /**
     * Reads a rule as {@code claims.yml} writes it: {@code > x}, {@code < x}, {@code x to y} or {@code is true}, where x
     * and y are made of numbers and {@code workers}.
     */
    static Rule parse(String text, int workers) {
        String rule = text.strip();
        if (rule.equals("is true")) {
            return isTrue();
        }
        if (rule.startsWith(">") || rule.startsWith("<")) {
            double threshold = rounded(Threshold.of(rule.substring(1), workers));
            return rule.startsWith(">") ? above(threshold) : below(threshold);
        }
        String[] ends = rule.split(" to ", -1);
        if (ends.length == 2) {
            return between(Threshold.of(ends[0], workers), Threshold.of(ends[1], workers));
        }
        throw new IllegalArgumentException(
                "a rule is \"> x\", \"< x\", \"x to y\" or \"is true\", got \"" + text + "\"");
    }

    /** To three digits, as a reader sees it. */
    private static double rounded(double threshold) {
        return new BigDecimal(threshold).round(new MathContext(3)).doubleValue();
    }

    /** Returns the rule that the figure must be greater. */
    static Rule above(double threshold) {
        return new Rule(
                "> " + number(threshold),
                false,
                figure -> figure.low() > threshold,
                figure -> figure.high() <= threshold);
    }

    /** Returns the rule that the figure must be smaller. */
    static Rule below(double threshold) {
        return new Rule(
                "< " + number(threshold),
                false,
                figure -> figure.high() < threshold,
                figure -> figure.low() >= threshold);
    }

    /** Returns the rule that the figure must be neither smaller than one number nor greater than the other. */
    static Rule between(double low, double high) {
        if (low > high) {
            throw new IllegalArgumentException("between needs low <= high, got " + low + " and " + high);
        }
        return new Rule(
                "from " + number(low) + " to " + number(high),
                false,
                figure -> figure.low() >= low && figure.high() <= high,
                figure -> figure.high() < low || figure.low() > high);
    }

    /** Returns the rule that the observation must be true: for facts that are no figures. */
    static Rule isTrue() {
        return new Rule("is true", true, figure -> figure.value() == 1, figure -> figure.value() != 1);
    }

    /** Judges a figure in the unit that the thresholds are meant in; an observation is 1 for true and 0 for false. */
    Answer judge(Estimate figure) {
        return obeyed.test(figure) ? Answer.YES : broken.test(figure) ? Answer.NO : Answer.UNDECIDED;
    }

    /** Whether the rule is about an observation and not about a figure. */
    boolean isAboutFact() {
        return aboutFact;
    }

    /** The condition, without what it is about, such as {@code > 1.2}. */
    @Override
    public String toString() {
        return text;
    }

    private static String number(double threshold) {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("a threshold must be a finite number, got " + threshold);
        }
        return threshold == Math.rint(threshold) && Math.abs(threshold) < 1e15
                ? String.valueOf((long) threshold)
                : String.valueOf(threshold);
    }
}
