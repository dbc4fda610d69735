package parlab.claims;

import java.util.Objects;
import parlab.timing.Estimate;

/**
 * When a claim counts as true: a condition on a figure, stated before the figure is known. It looks at the whole interval
 * of an estimate: it says {@link Answer#YES} or {@link Answer#NO} only where every value of the interval would give the
 * same answer. Rules are immutable and thread-safe.
 */
public sealed interface Rule {

    /**
     * Judges a figure.
     *
     * @param figure in the unit that the rule's thresholds are meant in; for {@link #isTrue()} 1 for true and 0 for false
     * @return whether the figure obeys
     */
    Answer judge(Estimate figure);

    /**
     * The condition, without what it is about.
     *
     * @return such as {@code > 1.2}
     */
    String text();

    /**
     * The figure must be greater.
     *
     * @param threshold a finite number
     * @return the rule
     * @throws IllegalArgumentException if the threshold is not finite
     */
    static Rule above(double threshold) {
        return new Above(threshold);
    }

    /**
     * The figure must be smaller.
     *
     * @param threshold a finite number
     * @return the rule
     * @throws IllegalArgumentException if the threshold is not finite
     */
    static Rule below(double threshold) {
        return new Below(threshold);
    }

    /**
     * The figure must be neither smaller than one number nor greater than the other.
     *
     * @param low a finite number
     * @param high a finite number, not below low
     * @return the rule
     * @throws IllegalArgumentException if a number is not finite, or if low is greater than high
     */
    static Rule between(double low, double high) {
        return new Between(low, high);
    }

    /**
     * The figure must be exactly this number, such as a default that was read.
     *
     * @param value a finite number
     * @return the rule
     * @throws IllegalArgumentException if the value is not finite
     */
    static Rule equalTo(double value) {
        return new Between(value, value);
    }

    /**
     * The observation must be true: for facts that are no figures.
     *
     * @return the rule
     */
    static Rule isTrue() {
        return new IsTrue();
    }

    /**
     * The opposite of a rule; what that leaves undecided stays undecided.
     *
     * @param rule the rule to turn round
     * @return the opposite
     */
    static Rule not(Rule rule) {
        return new Not(rule);
    }

    /**
     * Whether the rule is about an observation and not about a figure.
     *
     * @return true for {@link #isTrue()} and its opposite
     */
    default boolean isAboutFact() {
        return false;
    }

    /** See {@link Rule#above}. */
    record Above(double threshold) implements Rule {
        /** Checks the threshold. */
        public Above {
            requireFinite(threshold);
        }

        @Override
        public Answer judge(Estimate figure) {
            return figure.isAbove(threshold) ? Answer.YES : figure.high() <= threshold ? Answer.NO : Answer.UNDECIDED;
        }

        @Override
        public String text() {
            return "> " + number(threshold);
        }
    }

    /** See {@link Rule#below}. */
    record Below(double threshold) implements Rule {
        /** Checks the threshold. */
        public Below {
            requireFinite(threshold);
        }

        @Override
        public Answer judge(Estimate figure) {
            return figure.isBelow(threshold) ? Answer.YES : figure.low() >= threshold ? Answer.NO : Answer.UNDECIDED;
        }

        @Override
        public String text() {
            return "< " + number(threshold);
        }
    }

    /** See {@link Rule#between}. */
    record Between(double low, double high) implements Rule {
        /** Checks the numbers. */
        public Between {
            requireFinite(low);
            requireFinite(high);
            if (low > high) {
                throw new IllegalArgumentException("between needs low <= high, got " + low + " and " + high);
            }
        }

        @Override
        public Answer judge(Estimate figure) {
            if (figure.low() >= low && figure.high() <= high) {
                return Answer.YES;
            }
            return figure.isBelow(low) || figure.isAbove(high) ? Answer.NO : Answer.UNDECIDED;
        }

        @Override
        public String text() {
            return low == high ? "= " + number(low) : "from " + number(low) + " to " + number(high);
        }
    }

    /** See {@link Rule#isTrue}. */
    record IsTrue() implements Rule {
        @Override
        public Answer judge(Estimate figure) {
            return figure.value() == 1 ? Answer.YES : Answer.NO;
        }

        @Override
        public String text() {
            return "is true";
        }

        @Override
        public boolean isAboutFact() {
            return true;
        }
    }

    /** See {@link Rule#not}. */
    record Not(Rule rule) implements Rule {
        /** Checks the rule. */
        public Not {
            Objects.requireNonNull(rule, "rule");
        }

        @Override
        public Answer judge(Estimate figure) {
            return switch (rule.judge(figure)) {
                case YES -> Answer.NO;
                case NO -> Answer.YES;
                case UNDECIDED -> Answer.UNDECIDED;
            };
        }

        @Override
        public String text() {
            return "not " + rule.text();
        }

        @Override
        public boolean isAboutFact() {
            return rule.isAboutFact();
        }
    }

    private static void requireFinite(double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("a threshold must be a finite number, got " + number);
        }
    }

    private static String number(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }
}
