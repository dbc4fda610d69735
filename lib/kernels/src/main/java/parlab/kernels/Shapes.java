package parlab.kernels;

/** Checks of sizes, with messages that name the shapes. */
final class Shapes {
    private Shapes() {}

    /** That A (m x k), B (k x n) and C (m x n) fit into so many elements. */
    static void check(int m, int n, int k, long a, long b, long c) {
        checkStrided(m, n, k, Math.max(1, k), Math.max(1, n), Math.max(1, n), a, b, c);
    }

    static void checkApart(int m, int n, boolean isA, boolean isB) {
        if ((isA || isB) && m > 0 && n > 0) {
            throw new IllegalArgumentException(
                    "C must not be the same array as " + (isA ? "A" : "B") + ": it is written while that is read");
        }
    }

    /** As {@link #check}, with rows that are {@code ld} elements apart. */
    static void checkStrided(int m, int n, int k, int lda, int ldb, int ldc, long a, long b, long c) {
        if (m < 0 || n < 0 || k < 0) {
            throw new IllegalArgumentException("sizes must not be negative, got " + product(m, n, k));
        }
        strided("A", m, k, lda, a, m, n, k);
        strided("B", k, n, ldb, b, m, n, k);
        strided("C", m, n, ldc, c, m, n, k);
    }

    private static void strided(String name, int rows, int columns, int ld, long length, int m, int n, int k) {
        if (ld < Math.max(1, columns)) {
            throw new IllegalArgumentException("the rows of " + name + " have " + columns + " elements, they cannot be "
                    + ld + " apart (" + product(m, n, k) + ")");
        }
        long needed = rows == 0 || columns == 0 ? 0 : (rows - 1L) * ld + columns;
        if (needed > length) {
            String apart = ld == columns ? "" : " with rows " + ld + " apart";
            throw new IllegalArgumentException(name + " is too small: " + rows + " x " + columns + apart + " needs "
                    + needed + " elements, it has " + length + " (" + product(m, n, k) + ")");
        }
    }

    static void checkVector(boolean transposed, int m, int n, long a, long x, long y) {
        String shapes = "A " + m + " x " + n + (transposed ? ", transposed" : "") + ", x " + (transposed ? m : n)
                + ", y " + (transposed ? n : m);
        if (m < 0 || n < 0) {
            throw new IllegalArgumentException("sizes must not be negative, got " + shapes);
        }
        enough("A", (long) m * n, a, shapes);
        enough("x", transposed ? m : n, x, shapes);
        enough("y", transposed ? n : m, y, shapes);
    }

    static void checkDot(int n, long x, long y) {
        if (n < 0) {
            throw new IllegalArgumentException("the number of elements must not be negative, got " + n);
        }
        enough("x", n, x, "x " + n + ", y " + n);
        enough("y", n, y, "x " + n + ", y " + n);
    }

    private static void enough(String name, long needed, long length, String shapes) {
        if (needed > length) {
            throw new IllegalArgumentException(
                    name + " is too small: it needs " + needed + " elements, it has " + length + " (" + shapes + ")");
        }
    }

    static String product(int m, int n, int k) {
        return "A " + m + " x " + k + ", B " + k + " x " + n + ", C " + m + " x " + n;
    }
}
