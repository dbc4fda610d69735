package parlab.pipelines.internal;

/** Which pixels a new one is made of: as many as {@code count}, each weighing {@code weight / 2^22}. */
final class Boxes {
    private static final int BITS = 22;

    final int[] first;
    final int[] count;
    final int[] weight;

    Boxes(int[] first, int[] count, int[] weight) {
        this.first = first;
        this.count = count;
        this.weight = weight;
    }

    static Boxes of(int from, int to) {
        double scale = (double) from / to;
        double filterScale = Math.max(scale, 1);
        double support = 0.5 * filterScale;
        int[] first = new int[to];
        int[] count = new int[to];
        int[] weight = new int[to];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int low = Math.max(0, (int) (centre - support + 0.5));
            int high = Math.min(from, (int) (centre + support + 0.5));
            // A pixel on the very border of two areas belongs to one of them.
            while (low < high && !within((low - centre + 0.5) / filterScale)) {
                low++;
            }
            while (high > low && !within((high - 1 - centre + 0.5) / filterScale)) {
                high--;
            }
            first[i] = low;
            count[i] = high - low;
            weight[i] = high == low ? 0 : (int) (0.5 + 1.0 / (high - low) * (1 << BITS));
        }
        return new Boxes(first, count, weight);
    }

    private static boolean within(double x) {
        return x > -0.5 && x <= 0.5;
    }

    /**
     * A sum of bytes, weighed and rounded. 32 bits suffice, for a weight is the inverse of the number of bytes; it is rounded,
     * so that the sum of weights may be a little over one.
     */
    static int mean(int sum, int weight) {
        return Math.min(255, (sum * weight + (1 << (BITS - 1))) >> BITS);
    }
}
