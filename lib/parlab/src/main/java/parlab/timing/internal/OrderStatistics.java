package parlab.timing.internal;

/** Coverage of the interval between two order statistics of a sample, for the median. */
public final class OrderStatistics {

    private OrderStatistics() {}

    /**
     * How many samples to leave out at each end so that the interval between the remaining extremes still
     * covers the median with the wanted probability; 0 if even the whole range does not.
     */
    public static int lowerRank(int n, double wanted) {
        int rank = 0;
        while (rank + 1 < (n + 1) / 2 && coverage(n, rank + 1) >= wanted) {
            rank++;
        }
        return rank;
    }

    /** P(sorted[rank] <= median <= sorted[n - 1 - rank]) = 1 - 2 P(Binomial(n, 1/2) <= rank). */
    public static double coverage(int n, int rank) {
        // In logarithms: 0.5^n underflows for the sample counts that a long run collects.
        double logTerm = n * Math.log(0.5);
        double tail = 0;
        for (int k = 0; k <= rank; k++) {
            tail += Math.exp(logTerm);
            logTerm += Math.log((double) (n - k) / (k + 1));
        }
        return Math.max(0, 1 - 2 * tail);
    }
}
