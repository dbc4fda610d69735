package parlab.timing;

/**
 * Two bodies measured in alternation by {@link Bench}. Immutable and thread-safe.
 *
 * @param ratio the first's time over the second's, sample by sample: above 1, the second is faster. What slows the
 *     machine down for a while hits both sides of a pair, so this is more certain than the quotient of the two medians
 */
public record Comparison(Measurement first, Measurement second, Estimate ratio) {
    /** Returns it for people: {@code first / second: 1.93 x [1.88, 1.97]}. */
    @Override
    public String toString() {
        return first.name() + " / " + second.name() + ": " + ratio;
    }
}
