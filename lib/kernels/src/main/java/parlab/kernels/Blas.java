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
     * @throws UnsupportedOperationException if there is no library for this platform, or it does not load; the message
     *     says why
     */
    public static Blas openBlas() {
        if (Holder.FAILURE != null) {
            throw new UnsupportedOperationException(Holder.FAILURE);
        }
        return Holder.LOADED;
    }

    /** Whether {@link #openBlas} works here; loads the library to find out. */
    public static boolean isAvailable() {
        return Holder.FAILURE == null;
    }

    /** How many threads OpenBLAS uses for one product. */
    public int threads() {
        return OpenBlas.threads();
    }

    /**
     * Sets how many threads, from 1 to 1024, OpenBLAS uses for one product, in the whole process. Not to be called
     * while a product runs. The library may have been built for fewer: {@link #threads()} tells.
     */
    public void threads(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be from 1 to 1024, got " + threads);
        }
        OpenBlas.setThreads(threads);
    }

    /** The library's own description in one line: version, options of its build. */
    public String version() {
        return OpenBlas.configuration();
    }

    /** The processor for which the library has chosen its kernels, such as {@code SkylakeX} or {@code Haswell}. */
    public String core() {
        return OpenBlas.core();
    }

    /**
     * C = alpha A B + beta C for A m x k, B k x n and C m x n, in doubles, on heap arrays. C is neither of the others.
     */
    public void dgemm(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        Shapes.check(m, n, k, a.length, b.length, c.length);
        Shapes.checkApart(m, n, c == a && k > 0, c == b && k > 0);
        MemorySegment left = MemorySegment.ofArray(a);
        MemorySegment right = MemorySegment.ofArray(b);
        MemorySegment result = MemorySegment.ofArray(c);
        int columns = Math.max(1, n);
        dgemm(m, n, k, alpha, left, Math.max(1, k), right, columns, beta, result, columns);
    }

    /**
     * The same on native or heap memory, with leading dimensions: from one row to the next, in elements, at least 1 and
     * the number of columns.
     *
     * @throws IllegalArgumentException also if c is read-only or overlaps a or b
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
        checkResult(c, a, "A");
        checkResult(c, b, "B");
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
     * y = alpha A x + beta y for an m x n matrix A, or with A transposed y = alpha x A + beta y, in doubles, on heap
     * arrays. For a row x, x A is that. Vectors are as long as the sides of A that they meet; y is neither of the
     * others.
     */
    public void dgemv(boolean transposed, int m, int n, double alpha, double[] a, double[] x, double beta, double[] y) {
        Shapes.checkVector(transposed, m, n, a.length, x.length, y.length);
        if (y == a || y == x) {
            throw new IllegalArgumentException("y must not be the same array as " + (y == a ? "A" : "x"));
        }
        int result = transposed ? n : m;
        if (m == 0 || n == 0 || alpha == 0) {
            // No sum: some versions return at once, or look at the factors all the same.
            Product.scale(beta, y, 0, result);
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

    /**
     * The sum of x[i] y[i] of the first n elements, in doubles, on native or heap memory; y may be x.
     *
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

    private static void checkResult(MemorySegment c, MemorySegment factor, String name) {
        if (c.isReadOnly()) {
            throw new IllegalArgumentException("C is read-only");
        }
        if (c.asOverlappingSlice(factor).isPresent()) {
            throw new IllegalArgumentException("C overlaps " + name + ": it is written while that is read");
        }
    }

    @Override
    public String toString() {
        return version();
    }
}
