package parlab.timing;

/**
 * The ranks of order statistics between which the median lies, however often one has looked at the growing sample.
 *
 * <p>Whoever adds rounds until an interval leaves a threshold looks repeatedly, and errs more often than the
 * interval of one look says. Seen from the true median, each sample falls above or below it with probability 1/2, and the
 * interval misses it where the smaller of the two counts is at most the rank: a random walk that leaves a corridor. So the
 * corridor is chosen, look by look, such that the probability of having left it by the n-th sample is at most what has been
 * allotted to n: 1/32 at six samples, growing evenly to 1/10 at 24 (alpha spending: K. K. G. Lan and D. L. DeMets,
 * <i>Discrete sequential boundaries for clinical trials</i>, Biometrika 70, 1983). The walk's probabilities are computed
 * exactly. Looks after every sample from the sixth on are allowed for.
 */
final class SequentialRanks {
    /** From so many samples on an interval can be trusted; fewer have no corridor. */
    static final int FIRST_LOOK = 6;

    /** After this many samples nobody looks again. */
    static final int LAST_LOOK = 24;

    private static final double FIRST_ERROR = 1.0 / 32;
    private static final double WHOLE_ERROR = 0.1;

    private SequentialRanks() {}

    /** Returns the rank for n samples from {@link #FIRST_LOOK} to {@link #LAST_LOOK}, and what the interval is worth. */
    static MedianInterval of(int n) {
        double[] inside = {1
        }; // by how many samples lie above the median: the probability, never having left the corridor
        double left = 0;
        int rank = -1;
        for (int size = 1; size <= n; size++) {
            inside = step(inside);
            if (size < FIRST_LOOK) {
                continue;
            }
            double allotted =
                    FIRST_ERROR + (WHOLE_ERROR - FIRST_ERROR) * (size - FIRST_LOOK) / (LAST_LOOK - FIRST_LOOK);
            while (left + leaving(inside, rank + 1) <= allotted + 1e-12) {
                rank++;
            }
            left += leaving(inside, rank);
            for (int above = 0; above <= size; above++) {
                if (Math.min(above, size - above) <= rank) {
                    inside[above] = 0;
                }
            }
        }
        return new MedianInterval(rank, 1 - left);
    }

    private static double[] step(double[] before) {
        double[] after = new double[before.length + 1];
        for (int above = 0; above < before.length; above++) {
            after[above] += before[above] / 2;
            after[above + 1] += before[above] / 2;
        }
        return after;
    }

    /** The probability of the paths that a corridor of that rank would end now. */
    private static double leaving(double[] inside, int rank) {
        double sum = 0;
        for (int above = 0; above < inside.length; above++) {
            if (Math.min(above, inside.length - 1 - above) <= rank) {
                sum += inside[above];
            }
        }
        return sum;
    }
}
