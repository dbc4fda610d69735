package parlab.timing;

/**
 * The interval between two order statistics of a sample, as an interval for the median: as many samples lie below its
 * lower end as above its upper one, namely {@code rank}, and it covers the median with the probability {@code 1 - 2
 * P(Binomial(n, 1/2) <= rank)}.
 */
record MedianInterval(int rank, double coverage) {
    /**
     * Returns the narrowest interval of n samples that covers the median with the wanted probability, or their whole
     * range where even that does not. Takes time proportional to n: each term of the binomial distribution follows from
     * the one before.
     */
    static MedianInterval of(int n, double wanted) {
        // In logarithms: 0.5^n underflows for the sample counts that a long run collects.
        double logTerm = n * Math.log(0.5);
        double tail = Math.exp(logTerm); // P(X <= 0)
        MedianInterval best = new MedianInterval(0, Math.max(0, 1 - 2 * tail));
        for (int rank = 1; rank < (n + 1) / 2; rank++) {
            logTerm += Math.log((double) (n - rank + 1) / rank);
            tail += Math.exp(logTerm);
            double coverage = 1 - 2 * tail;
            if (coverage < wanted) {
                break;
            }
            best = new MedianInterval(rank, coverage);
        }
        return best;
    }
}
