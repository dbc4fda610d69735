package parlab.timing;

/**
 * Orders in which things that disturb each other take turns, balanced for carry-over.
 *
 * <p>What runs next inherits its predecessor's garbage, caches and clock frequency. In a Williams square each item
 * has each place equally often, and within the rows each item directly follows each other one equally often: once in
 * the n rows for an even number n of items, twice in the 2n rows for an odd one. Source: E. J. Williams,
 * "Experimental designs balanced for the estimation of residual effects of treatments", Australian Journal of
 * Scientific Research A 2 (1949), 149-168.
 *
 * <p>Stateless and thread-safe.
 */
public final class WilliamsSquare {
    private WilliamsSquare() {}

    /**
     * Returns the rows of the square for n items, one or more, each a permutation of 0 to n-1: the first is 0, 1, n-1,
     * 2, n-2 and so on, each further one is the one before plus 1 modulo n; for an odd n above 1 the same rows
     * backwards come after them.
     */
    public static int[][] of(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("a square needs 1 item or more, got " + n);
        }
        boolean mirrored = n > 1 && n % 2 == 1;
        int[][] rows = new int[mirrored ? 2 * n : n][n];
        for (int row = 0; row < n; row++) {
            for (int place = 0; place < n; place++) {
                int first = place % 2 == 1 ? (place + 1) / 2 : (n - place / 2) % n;
                rows[row][place] = (first + row) % n;
                if (mirrored) {
                    rows[n + row][n - 1 - place] = rows[row][place];
                }
            }
        }
        return rows;
    }
}
