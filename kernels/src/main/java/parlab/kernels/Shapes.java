package parlab.kernels;

/** Checks of sizes, with messages that name the shapes. */
final class Shapes {
    private Shapes() {}

    /** That A (m x k), B (k x n) and C (m x n) fit into so many elements. */
    static void check(int m, int n, int k, long a, long b, long c) {
        if (m < 0 || n < 0 || k < 0) {
            throw new IllegalArgumentException("sizes must not be negative, got " + product(m, n, k));
        }
        fits("A", m, k, a, m, n, k);
        fits("B", k, n, b, m, n, k);
        fits("C", m, n, c, m, n, k);
    }

    static void checkApart(int m, int n, boolean isA, boolean isB) {
        if ((isA || isB) && m > 0 && n > 0) {
            throw new IllegalArgumentException(
                    "C must not be the same array as " + (isA ? "A" : "B") + ": it is written while that is read");
        }
    }

    private static void fits(String name, int rows, int columns, long length, int m, int n, int k) {
        if ((long) rows * columns > length) {
            throw new IllegalArgumentException(name + " is too small: " + rows + " x " + columns + " needs "
                    + (long) rows * columns + " elements, it has " + length + " (" + product(m, n, k) + ")");
        }
    }

    static String product(int m, int n, int k) {
        return "A " + m + " x " + k + ", B " + k + " x " + n + ", C " + m + " x " + n;
    }
}
