package parlab.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * OpenBLAS, called through the Foreign Function &amp; Memory API: products of matrices and vectors in machine code.
 *
 * <p>Matrices lie row after row: element (i, j) is at {@code i * ld + j}, where ld, the leading dimension, is the
 * number of columns unless another is given. Heap arrays are passed as they lie, without a copy; while such a call
 * runs, the garbage collector cannot begin a pause; if it asks for one, all other Java threads stop until the call
 * has ended. Native {@link MemorySegment}s do not hold it up. With beta 0 what is in the result does not count; with
 * alpha 0 the factors do not.
 *
 * <p>Every argument is checked first: a size that is negative, an array that is too small, a result that is read-only
 * or overlaps a factor give an {@link IllegalArgumentException} with the shapes, a closed arena an {@link
 * IllegalStateException}, and never a crash.
 *
 * <p>The library is loaded by {@link #openBlas}, not before; it needs {@code --enable-native-access}. Thread-safe,
 * but the number of threads is one setting for the whole process, and must not be changed while a product runs.
 */
public final class Blas {

    /** One attempt to load it, and why that failed; null if it did not. */
    private static final class Holder {
        static final Blas LOADED = new Blas();
        static final String FAILURE = load();

        /** OpenBLAS would begin with a thread for each processor. What it does is to be seen, so it is asked for. */
        private static String load() {
            try {
                OpenBlas.setThreads(1);
                return null;
            } catch (ExceptionInInitializerError e) {
                Throwable cause = e.getCause();
                return cause instanceof UnsupportedOperationException
                        ? cause.getMessage()
                        : "OpenBLAS does not load: " + cause;
            }
        }
    }

    private Blas() {}

    /**
     * Loads OpenBLAS, the first time, and sets its number of threads to 1.
     *
     * @return the one Blas of this process
     * @throws UnsupportedOperationException if there is no library for this platform, or it does not load; the
     *     message says why
     */
    public static Blas openBlas() {
        if (Holder.FAILURE != null) {
            throw new UnsupportedOperationException(Holder.FAILURE);
        }
        return Holder.LOADED;
    }

    /**
     * Whether {@link #openBlas} works here; loads the library to find out.
     *
     * @return true if it does
     */
    public static boolean isAvailable() {
        return Holder.FAILURE == null;
    }

    /**
     * How many threads OpenBLAS uses for one product.
     *
     * @return at least 1
     */
    public int threads() {
        return OpenBlas.threads();
    }

    /**
     * Sets how many threads OpenBLAS uses for one product, in the whole process. Not to be called while a product
     * runs.
     *
     * @param threads from 1 to 1024; the library may have been built for fewer, {@link #threads()} tells
     * @throws IllegalArgumentException if it is out of range
     */
    public void threads(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be from 1 to 1024, got " + threads);
        }
        OpenBlas.setThreads(threads);
    }

    /**
     * The library's own description: version, options of its build.
     *
     * @return one line
     */
    public String version() {
        return OpenBlas.configuration();
    }

    /**
     * The processor for which the library has chosen its kernels.
     *
     * @return a name such as {@code SkylakeX} or {@code Haswell}
     */
    public String core() {
        return OpenBlas.core();
    }

    /**
     * C = alpha A B + beta C, in doubles, on heap arrays.
     *
     * @param m rows of A and C
     * @param n columns of B and C
     * @param k columns of A, rows of B
     * @param alpha factor of the product
     * @param a m x k
     * @param b k x n
     * @param beta factor of what is in c
     * @param c m x n, overwritten
     * @throws IllegalArgumentException if a size is negative, an array too small, or c is a or b
     */
    public void dgemm(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        Shapes.check(m, n, k, a.length, b.length, c.length);
        Shapes.checkApart(m, n, c == a && k > 0, c == b && k > 0);
        MemorySegment left = MemorySegment.ofArray(a);
        MemorySegment right = MemorySegment.ofArray(b);
        call(
                m,
                n,
                k,
                alpha,
                left,
                Math.max(1, k),
                right,
                Math.max(1, n),
                beta,
                MemorySegment.ofArray(c),
                Math.max(1, n));
    }

    /**
     * C = alpha A B + beta C, in doubles, on native or heap memory, with leading dimensions.
     *
     * @param m rows of A and C
     * @param n columns of B and C
     * @param k columns of A, rows of B
     * @param alpha factor of the product
     * @param a m x k
     * @param lda from one row of a to the next, in elements, at least 1 and k
     * @param b k x n
     * @param ldb from one row of b to the next, in elements, at least 1 and n
     * @param beta factor of what is in c
     * @param c m x n, overwritten
     * @param ldc from one row of c to the next, in elements, at least 1 and n
     * @throws IllegalArgumentException if a size is negative, a leading dimension or segment too small, or c is
     *     read-only or overlaps a or b
     * @throws IllegalStateException if a segment's arena is closed
     * @throws WrongThreadException if a segment belongs to another thread
     */
    public void dgemm(
            int m,
            int n,
            int k,
            double alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            double beta,
            MemorySegment c,
            int ldc) {
        Shapes.checkStrided(
                m,
                n,
                k,
                lda,
                ldb,
                ldc,
                a.byteSize() / Double.BYTES,
                b.byteSize() / Double.BYTES,
                c.byteSize() / Double.BYTES);
        checkResult(c, "C", a, "A");
        checkResult(c, "C", b, "B");
        call(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    private static void call(
            int m,
            int n,
            int k,
            double alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            double beta,
            MemorySegment c,
            int ldc) {
        int order = OpenBlas.ROW_MAJOR;
        int depth = alpha == 0 ? 0 : k; // some versions look at the factors all the same
        int plain = OpenBlas.PLAIN;
        try {
            if (a.isNative() && b.isNative() && c.isNative()) {
                OpenBlas.DGEMM.invokeExact(order, plain, plain, m, n, depth, alpha, a, lda, b, ldb, beta, c, ldc);
            } else {
                OpenBlas.DGEMM_CRITICAL.invokeExact(
                        order, plain, plain, m, n, depth, alpha, a, lda, b, ldb, beta, c, ldc);
            }
        } catch (Throwable e) {
            throw OpenBlas.unexpected(e);
        }
    }

    /**
     * y = alpha A x + beta y, or with A transposed y = alpha x A + beta y, in doubles, on heap arrays.
     *
     * @param transposed whether A is taken transposed: x A, for a row x, is that
     * @param m rows of A
     * @param n columns of A
     * @param alpha factor of the product
     * @param a m x n
     * @param x n elements; m if transposed
     * @param beta factor of what is in y
     * @param y m elements, overwritten; n if transposed
     * @throws IllegalArgumentException if a size is negative, an array too small, or y is a or x
     */
    public void dgemv(boolean transposed, int m, int n, double alpha, double[] a, double[] x, double beta, double[] y) {
        Shapes.checkVector(transposed, m, n, a.length, x.length, y.length);
        if (y == a || y == x) {
            throw new IllegalArgumentException("y must not be the same array as " + (y == a ? "A" : "x"));
        }
        int result = transposed ? n : m;
        if (m == 0 || n == 0 || alpha == 0) {
            // No sum: some versions return at once, or look at the factors all the same.
            scale(beta, y, result);
            return;
        }
        if (beta == 0) {
            Arrays.fill(y, 0, result, 0); // some versions multiply what is there by zero
        }
        MemorySegment matrix = MemorySegment.ofArray(a);
        MemorySegment from = MemorySegment.ofArray(x);
        MemorySegment to = MemorySegment.ofArray(y);
        int order = OpenBlas.ROW_MAJOR;
        int how = transposed ? OpenBlas.TRANSPOSED : OpenBlas.PLAIN;
        try {
            OpenBlas.DGEMV_CRITICAL.invokeExact(order, how, m, n, alpha, matrix, n, from, 1, beta, to, 1);
        } catch (Throwable e) {
            throw OpenBlas.unexpected(e);
        }
    }

    private static void scale(double beta, double[] y, int length) {
        for (int i = 0; i < length; i++) {
            y[i] = beta == 0 ? 0 : beta * y[i]; // not even a NaN counts then
        }
    }

    /**
     * The sum of x[i] y[i], in doubles, on native or heap memory.
     *
     * @param n how many elements
     * @param x at least n elements
     * @param y at least n elements; may be x
     * @return the sum
     * @throws IllegalArgumentException if n is negative or a segment too small
     * @throws IllegalStateException if a segment's arena is closed
     * @throws WrongThreadException if a segment belongs to another thread
     */
    public double ddot(int n, MemorySegment x, MemorySegment y) {
        Shapes.checkDot(n, x.byteSize() / Double.BYTES, y.byteSize() / Double.BYTES);
        try {
            return (double) OpenBlas.DDOT_CRITICAL.invokeExact(n, x, 1, y, 1);
        } catch (Throwable e) {
            throw OpenBlas.unexpected(e);
        }
    }

    private static void checkResult(MemorySegment result, String resultName, MemorySegment factor, String factorName) {
        if (result.isReadOnly()) {
            throw new IllegalArgumentException(resultName + " is read-only");
        }
        if (result.asOverlappingSlice(factor).isPresent()) {
            throw new IllegalArgumentException(
                    resultName + " overlaps " + factorName + ": it is written while that is read");
        }
    }

    @Override
    public String toString() {
        return version();
    }
}
