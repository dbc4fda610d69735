package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** What is refused, with which words, and what many callers at once get. */
@Timeout(60)
final class ArgumentsTest {
    private static final int HUGE = Integer.MAX_VALUE;

    private final double[] four = new double[4];

    private static void refused(String part, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static Blas blas() {
        assumeTrue(Blas.isAvailable());
        Blas blas = Blas.openBlas();
        blas.threads(1);
        return blas;
    }

    @Test
    void gemm_names_the_shapes() {
        Gemm gemm = Gemm.serial();
        refused("A -1 x 2, B 2 x 2, C -1 x 2", () -> gemm.multiply(-1, 2, 2, four, four, new double[4]));
        refused("A is too small: 3 x 2 needs 6 elements, it has 4", () -> gemm.multiply(3, 1, 2, four, four, four));
        refused("B is too small: 2 x 3", () -> gemm.multiply(1, 3, 2, four, four, new double[4]));
        refused("C is too small: 2 x 2", () -> gemm.multiply(2, 2, 2, four, four, new double[3]));
        refused(
                "A is too small: 2147483647 x 2147483647 needs 4611686014132420609 elements",
                () -> gemm.multiply(HUGE, HUGE, HUGE, four, four, new double[4]));
        refused("C must not be the same array as A", () -> gemm.multiply(2, 2, 2, four, new double[4], four));
        double[] both = new double[4];
        refused("C must not be the same array as B", () -> gemm.multiply(2, 2, 2, four, both, both));
        refused("threads must be from 1 to 1024, got 0", () -> Gemm.threads(0));
        refused("got 1025", () -> Gemm.threads(1025));
        assertThrows(NullPointerException.class, () -> gemm.multiply(1, 1, 1, null, four, new double[1]));
    }

    @Test
    void blas_names_the_shapes_and_never_crashes() {
        Blas blas = blas();
        double[] c = new double[4];
        refused("A is too small: 3 x 2 needs 6 elements, it has 4", () -> blas.dgemm(3, 1, 2, 1, four, four, 0, c));
        refused("B is too small", () -> blas.dgemm(1, 3, 2, 1, four, four, 0, c));
        refused("C is too small", () -> blas.dgemm(2, 2, 2, 1, four, four, 0, new double[3]));
        refused("must not be negative", () -> blas.dgemm(2, -2, 2, 1, four, four, 0, c));
        refused("4611686014132420609", () -> blas.dgemm(HUGE, HUGE, HUGE, 1, four, four, 0, c));
        refused("same array as B", () -> blas.dgemm(2, 2, 2, 1, new double[4], c, 0, c));
        refused("A is too small", () -> blas.dgemv(false, 3, 2, 1, four, four, 0, c));
        refused(
                "x is too small: it needs 2 elements, it has 1 (A 2 x 1, transposed, x 2, y 1)",
                () -> blas.dgemv(true, 2, 1, 1, four, new double[1], 0, c));
        refused("y is too small", () -> blas.dgemv(false, 4, 1, 1, four, new double[1], 0, new double[3]));
        refused("y must not be the same array as x", () -> blas.dgemv(false, 2, 2, 1, four, c, 0, c));
        refused("must not be negative", () -> blas.dgemv(false, 2, -1, 1, four, four, 0, c));
        refused("y must not be the same array as A", () -> blas.dgemv(false, 2, 2, 1, c, four, 0, c));
        refused("threads must be from 1 to 1024, got 0", () -> blas.threads(0));
        refused("got 1025", () -> blas.threads(1025));
        assertThrows(NullPointerException.class, () -> blas.dgemm(1, 1, 1, 1, null, four, 0, c));
    }

    @Test
    void segments_are_checked_too() {
        Blas blas = blas();
        MemorySegment a = MemorySegment.ofArray(new double[4]);
        MemorySegment c = MemorySegment.ofArray(new double[4]);
        refused(
                "the rows of A have 2 elements, they cannot be 1 apart",
                () -> blas.dgemm(2, 2, 2, 1, a, 1, a, 2, 0, c, 2));
        refused("they cannot be 0 apart", () -> blas.dgemm(0, 0, 0, 1, a, 0, a, 1, 0, c, 1));
        refused(
                "B is too small: 2 x 2 with rows 3 apart needs 5 elements, it has 4",
                () -> blas.dgemm(2, 2, 2, 1, a, 2, a, 3, 0, c, 2));
        refused("C is read-only", () -> blas.dgemm(2, 2, 2, 1, a, 2, a, 2, 0, c.asReadOnly(), 2));
        refused("C overlaps A", () -> blas.dgemm(1, 1, 1, 1, c.asSlice(8), 1, a, 1, 0, c, 1));
        refused("x is too small: it needs 5 elements, it has 4", () -> blas.ddot(5, a, c));
        refused("got -1", () -> blas.ddot(-1, a, c));
        // 31 bytes are three doubles and a rest.
        refused("it has 3", () -> blas.ddot(4, a.asSlice(0, 31), c));
    }

    @Test
    void a_closed_arena_is_an_exception() throws Exception {
        Blas blas = blas();
        MemorySegment closed;
        try (Arena arena = Arena.ofConfined()) {
            closed = arena.allocate(32, 8);
            MemorySegment open = closed;
            try (ExecutorService other = Executors.newSingleThreadExecutor()) {
                Future<?> result = other.submit(() -> blas.ddot(4, open, open));
                Exception e = assertThrows(ExecutionException.class, result::get);
                assertEquals(WrongThreadException.class, e.getCause().getClass());
            }
        }
        MemorySegment c = MemorySegment.ofArray(new double[4]);
        assertThrows(IllegalStateException.class, () -> blas.ddot(4, closed, closed));
        assertThrows(IllegalStateException.class, () -> blas.dgemm(2, 2, 2, 1, closed, 2, closed, 2, 0, c, 2));
    }

    @Test
    void matrix_times_vector_is_right() {
        Blas blas = blas();
        Random random = new Random(3);
        for (int[] shape : new int[][] {{0, 0}, {0, 3}, {3, 0}, {1, 1}, {7, 5}, {1, 300}, {300, 1}, {65, 129}}) {
            int m = shape[0];
            int n = shape[1];
            for (boolean transposed : new boolean[] {false, true}) {
                for (double beta : new double[] {0, 1, 0.5}) {
                    for (double alpha : new double[] {0, 1, -2}) {
                        int from = transposed ? m : n;
                        int to = transposed ? n : m;
                        double[] a = Reference.random(random, m * n, 2);
                        double[] x = Reference.random(random, from, 2);
                        double[] y = Reference.random(random, to, 2);
                        if (beta == 0) {
                            Arrays.fill(y, Double.NaN);
                        }
                        double[] truth = transposed
                                ? Reference.product(1, n, m, alpha, x, a, beta, y)
                                : Reference.product(m, 1, n, alpha, a, x, beta, y);
                        double[] size = transposed
                                ? Reference.magnitude(1, n, m, alpha, x, a, beta, y)
                                : Reference.magnitude(m, 1, n, alpha, a, x, beta, y);
                        blas.dgemv(transposed, m, n, alpha, a, x, beta, y);
                        assertEquals("", Reference.firstWrong(1, to, from, Reference.EPS, 0, y, truth, size));
                    }
                }
            }
        }
    }

    @Test
    void a_dot_product_is_right() {
        Blas blas = blas();
        Random random = new Random(4);
        for (int n : new int[] {0, 1, 2, 31, 1000, 20_001}) {
            double[] x = Reference.random(random, n, 2);
            double[] y = Reference.random(random, n, 2);
            double truth = Reference.product(1, 1, n, 1, x, y, 0, new double[1])[0];
            double size = Reference.magnitude(1, 1, n, 1, x, y, 0, new double[1])[0];
            double allowed = (n + 1) * Reference.EPS * size;
            assertEquals(truth, blas.ddot(n, MemorySegment.ofArray(x), MemorySegment.ofArray(y)), allowed);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment nx = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, x);
                assertEquals(truth, blas.ddot(n, nx, MemorySegment.ofArray(y)), allowed);
            }
        }
    }

    @Test
    void threads_are_what_was_asked_for() {
        Blas blas = blas();
        blas.threads(3);
        assertEquals(3, blas.threads());
        blas.threads(1);
        assertEquals(1, blas.threads());
        assertTrue(blas.version().startsWith("OpenBLAS "), blas.version());
    }

    // ---- many at once

    private interface Product {
        void multiply(int size, double[] a, double[] b, double[] c);
    }

    /** Each caller has matrices of its own, and one product is known. */
    private static void atOnce(int callers, int size, Product product) throws Exception {
        Random random = new Random(callers);
        double[] a = Reference.random(random, size * size, 2);
        double[] b = Reference.random(random, size * size, 2);
        double[] wanted = new double[size * size];
        product.multiply(size, a, b, wanted);
        double[] truth = Reference.product(size, size, size, 1, a, b, 0, wanted);
        double[] magnitude = Reference.magnitude(size, size, size, 1, a, b, 0, wanted);
        try (ExecutorService pool = Executors.newFixedThreadPool(callers)) {
            List<Callable<double[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 2 * callers; i++) {
                tasks.add(() -> {
                    double[] c = new double[size * size];
                    product.multiply(size, a.clone(), b.clone(), c);
                    return c;
                });
            }
            for (Future<double[]> future : pool.invokeAll(tasks)) {
                assertEquals(
                        "", Reference.firstWrong(size, size, size, Reference.EPS, 0, future.get(), truth, magnitude));
            }
        }
    }

    @Test
    void many_callers_of_one_gemm() throws Exception {
        try (Gemm gemm = Gemm.threads(3)) {
            atOnce(16, 90, (n, a, b, c) -> gemm.multiply(n, n, n, a, b, c));
        }
    }

    /** More callers than this OpenBLAS has been built to have threads. */
    @Test
    void many_callers_of_blas() throws Exception {
        Blas blas = blas();
        atOnce(150, 70, (n, a, b, c) -> blas.dgemm(n, n, n, 1, a, b, 0, c));
        blas.threads(2);
        atOnce(8, 130, (n, a, b, c) -> blas.dgemm(n, n, n, 1, a, b, 0, c));
        blas.threads(1);
    }

    @Test
    void a_closed_gemm_works_on_the_callers_thread() {
        double[] a = Reference.random(new Random(1), 100 * 100, 2);
        double[] c = new double[100 * 100];
        double[] wanted = new double[100 * 100];
        Gemm.serial().multiply(100, 100, 100, a, a, wanted);
        Gemm closed = Gemm.threads(2);
        closed.close();
        closed.multiply(100, 100, 100, a, a, c);
        assertArrayEquals(wanted, c);
    }

    @Test
    void nothing_is_written_when_a_segment_is_closed() {
        Blas blas = blas();
        Arena closed = Arena.ofConfined();
        MemorySegment gone = closed.allocate(9 * Double.BYTES, 8);
        closed.close();
        double[] y = {1, 2, 3};
        MemorySegment x = MemorySegment.ofArray(new double[3]);
        MemorySegment result = MemorySegment.ofArray(y);
        for (double alpha : new double[] {0, 1}) {
            assertThrows(IllegalStateException.class, () -> blas.dgemm(3, 1, 3, alpha, gone, 3, x, 1, 0, result, 1));
            assertArrayEquals(new double[] {1, 2, 3}, y);
        }
    }

    @Test
    void a_platform_without_a_library_is_named() {
        assumeTrue(Blas.isAvailable()); // the class that is asked does not load without
        UnsupportedOperationException e =
                assertThrows(UnsupportedOperationException.class, () -> OpenBlas.library("plan9-mips"));
        assertTrue(e.getMessage().contains("no OpenBLAS for plan9-mips"), e.getMessage());
        assertTrue(e.getMessage().contains("parlab.kernels.Gemm"), e.getMessage());
    }
}
