package parlab.claims;

/** What a {@link Rule} says about one figure. */
public enum Answer {
    /** The whole interval obeys the rule. */
    YES,
    /** The whole interval breaks it. */
    NO,
    /** Some of the interval obeys it and some does not. */
    UNDECIDED
}
