package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Every implementation against sums in twice the precision: one to four threads, all shapes. */
final class ProductTest {
    private static final double CANARY = 12345;

    /** Empty, thin, around the tiles' edges, odd, and a few hundred; the shape is A m x k, B k x n. */
    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.of(0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17)),
                Tuple.of(2, Arbitraries.integers().between(18, 60)),
                Tuple.of(1, Arbitraries.integers().between(61, 300)));
    }

    @Provide
    Arbitrary<Double> factors() {
        return Arbitraries.of(1.0, 0.0, -1.0, 0.5, 3.0);
    }

    @Property(tries = 400)
    void products_are_within_the_bound(
            @ForAll Maker maker,
            @ForAll("sizes") int m,
            @ForAll("sizes") int n,
            @ForAll("sizes") int k,
            @ForAll("factors") double alpha,
            @ForAll("factors") double beta,
            @ForAll long seed) {
        available(maker);
        Random random = new Random(seed);
        double[] a = Reference.random(random, m * k, 2);
        double[] b = Reference.random(random, k * n, 2);
        double[] c = canaried(Reference.random(random, m * n, 2), random.nextInt(3));
        check(maker, m, n, k, alpha, a, b, beta, c);
    }

    /** Sizes that need several blocks in every direction, and leave a rest in each. */
    @Example
    void blocks_in_every_direction() {
        int[][] shapes = {
            {9, 3101, 530},
            {601, 301, 391},
            {5, 6200, 7},
            {4105, 26, 391},
            {250, 25, 1025},
            {1, 1001, 3073},
            {3, 4099, 391},
            {3001, 1, 300}
        };
        for (int[] shape : shapes) {
            int m = shape[0];
            int n = shape[1];
            int k = shape[2];
            Random random = new Random(m);
            double[] a = Reference.random(random, m * k, 2);
            double[] b = Reference.random(random, k * n, 2);
            double[] c = Reference.random(random, m * n, 2);
            Truth truth = new Truth(m, n, k, 1, a, b, 0.5, c); // takes far longer than the products
            for (Maker maker : Maker.values()) {
                if (!maker.isBlas() || Blas.isAvailable()) {
                    check(maker, m, n, k, 1, a, b, 0.5, c.clone(), truth);
                }
            }
        }
    }

    /** Where the plain loop has a number, NaN or an infinity, everybody has. */
    @Property(tries = 200)
    void nan_and_infinity_come_out_where_they_belong(
            @ForAll Maker maker,
            @ForAll("sizes") int m,
            @ForAll("sizes") int n,
            @ForAll("sizes") int k,
            @ForAll long seed) {
        available(maker);
        Random random = new Random(seed);
        double[] a = Reference.random(random, m * k, 2);
        double[] b = Reference.random(random, k * n, 2);
        double[] special = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0};
        for (int i = 0; i < 3; i++) {
            sprinkle(random, a, special[random.nextInt(special.length)]);
            sprinkle(random, b, special[random.nextInt(special.length)]);
        }
        double[] wanted = Reference.naive(m, n, k, a, b);
        double[] c = new double[m * n];
        maker.multiply(m, n, k, 1, a, b, 0, c);
        for (int i = 0; i < m * n; i++) {
            assertEquals(kind(wanted[i]), kind(c[i]), "C[" + i / n + "," + i % n + "] of " + Shapes.product(m, n, k));
        }
    }

    /** What underflows may be lost, a number of the smallest size at a time, and not more. */
    @Property(tries = 100)
    void denormals_are_numbers(
            @ForAll Maker maker,
            @ForAll("sizes") int m,
            @ForAll("sizes") int n,
            @ForAll("sizes") int k,
            @ForAll long seed) {
        available(maker);
        Random random = new Random(seed);
        double[] a = Reference.random(random, m * k, 0x1p-1030);
        double[] b = Reference.random(random, k * n, 2);
        double[] c = new double[m * n];
        check(maker, m, n, k, 1, a, b, 0, c);
        if (m > 0 && n > 0 && k > 0) {
            double[] one = new double[m * n];
            a = new double[m * k];
            b = new double[k * n];
            Arrays.fill(b, 1);
            a[0] = Double.MIN_VALUE;
            maker.multiply(m, n, k, 1, a, b, 0, one);
            assertEquals(Double.MIN_VALUE, one[0], 0, "flushed to zero");
        }
    }

    /** With beta 0 the result is not read, with alpha 0 the factors are not. */
    @Property(tries = 200)
    void a_factor_of_zero_hides_even_a_nan(
            @ForAll Maker maker, @ForAll("sizes") int m, @ForAll("sizes") int n, @ForAll("sizes") int k) {
        available(maker);
        double[] a = new double[m * k];
        double[] b = new double[k * n];
        double[] c = new double[m * n];
        Arrays.fill(a, 1);
        Arrays.fill(b, 1);
        Arrays.fill(c, Double.NaN);
        maker.multiply(m, n, k, 1, a, b, 0, c);
        for (int i = 0; i < m * n; i++) {
            assertEquals(k, c[i]);
        }
        Arrays.fill(a, Double.NaN);
        maker.multiply(m, n, k, 0, a, b, 2, c);
        for (double x : c) {
            assertEquals(2 * k, x);
        }
    }

    @Property(tries = 100)
    void threads_do_not_change_a_bit(
            @ForAll("sizes") int m, @ForAll("sizes") int n, @ForAll("sizes") int k, @ForAll long seed) {
        Random random = new Random(seed);
        double[] a = Reference.random(random, m * k, 2);
        double[] b = Reference.random(random, k * n, 2);
        double[] one = new double[m * n];
        Maker.GEMM_1.multiply(m, n, k, 1, a, b, 0, one);
        for (Maker maker : new Maker[] {Maker.GEMM_2, Maker.GEMM_3, Maker.GEMM_4}) {
            double[] many = new double[m * n];
            maker.multiply(m, n, k, 1, a, b, 0, many);
            assertArrayEquals(one, many);
        }
    }

    // ---- the reference and the check themselves

    @Example
    void the_reference_agrees_with_exact_arithmetic() {
        Random random = new Random(7);
        int k = 60;
        for (int round = 0; round < 50; round++) {
            double[] a = Reference.random(random, k, 2);
            double[] b = Reference.random(random, k, 2);
            // The same numbers again with the other sign, but for one: nearly all of the sum cancels.
            for (int i = 0; i < k / 2; i++) {
                a[k - 1 - i] = a[i];
                b[k - 1 - i] = -b[i] * (1 + random.nextInt(2) * 0x1p-40);
            }
            BigDecimal exact = BigDecimal.ZERO;
            for (int i = 0; i < k; i++) {
                exact = exact.add(new BigDecimal(a[i]).multiply(new BigDecimal(b[i])));
            }
            double got = Reference.product(1, 1, k, 1, a, b, 0, new double[1])[0];
            assertEquals(exact.doubleValue(), got, 1e-28);
        }
    }

    @Example
    void the_check_finds_one_wrong_element() {
        Random random = new Random(1);
        int size = 40;
        double[] a = Reference.random(random, size * size, 2);
        double[] b = Reference.random(random, size * size, 2);
        double[] truth = Reference.product(size, size, size, 1, a, b, 0, a);
        double[] magnitude = Reference.magnitude(size, size, size, 1, a, b, 0, a);
        double[] got = truth.clone();
        assertEquals("", Reference.firstWrong(size, size, size, Reference.EPS, 0, got, truth, magnitude));
        got[777] += 50 * Reference.EPS * magnitude[777];
        assertTrue(Reference.firstWrong(size, size, size, Reference.EPS, 0, got, truth, magnitude)
                .startsWith("C[19,17]"));
        got[777] = Double.NaN;
        assertNotEquals("", Reference.firstWrong(size, size, size, Reference.EPS, 0, got, truth, magnitude));
    }

    // ---- help

    private static void available(Maker maker) {
        Assume.that(!maker.isBlas() || Blas.isAvailable());
    }

    private static double[] canaried(double[] c, int more) {
        double[] longer = Arrays.copyOf(c, c.length + more);
        Arrays.fill(longer, c.length, longer.length, CANARY);
        return longer;
    }

    /** What comes out, and the magnitude by which rounding errors are measured. */
    private static final class Truth {
        final double[] values;
        final double[] magnitude;

        Truth(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
            values = Reference.product(m, n, k, alpha, a, b, beta, c);
            magnitude = Reference.magnitude(m, n, k, alpha, a, b, beta, c);
        }
    }

    private static void check(
            Maker maker, int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        check(maker, m, n, k, alpha, a, b, beta, c, new Truth(m, n, k, alpha, a, b, beta, c));
    }

    private static void check(
            Maker maker,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            double[] b,
            double beta,
            double[] c,
            Truth truth) {
        maker.multiply(m, n, k, alpha, a, b, beta, c);
        assertEquals(
                "",
                Reference.firstWrong(m, n, k, Reference.EPS, Double.MIN_VALUE, c, truth.values, truth.magnitude),
                maker.name());
        for (int i = m * n; i < c.length; i++) {
            assertEquals(CANARY, c[i], "written behind the end");
        }
    }

    private static void sprinkle(Random random, double[] values, double special) {
        if (values.length > 0) {
            values[random.nextInt(values.length)] = special;
        }
    }

    private static String kind(double x) {
        return Double.isNaN(x) ? "NaN" : Double.isInfinite(x) ? String.valueOf(x) : "a number";
    }
}
