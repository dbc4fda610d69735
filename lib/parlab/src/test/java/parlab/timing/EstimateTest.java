package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EstimateTest {

    @Test
    void medianOfAnEvenCountIsTheMiddle() {
        Estimate e = Estimate.median(new double[] {4, 1, 3, 2, 5, 6}, "s");
        assertEquals(3.5, e.value());
        assertEquals(1, e.low());
        assertEquals(6, e.high());
        assertEquals(1 - 2.0 / 64, e.confidence(), 1e-12);
        assertEquals("s", e.unit());
    }

    @Test
    void fewSamplesSayWhatTheirRangeIsWorth() {
        assertEquals(0, Estimate.median(new double[] {1}, "s").confidence());
        assertEquals(0.75, Estimate.median(new double[] {1, 2, 3}, "s").confidence(), 1e-12);
    }

    /** The interval is a promise about repeated experiments, so the test repeats one. */
    @Test
    void intervalCoversTheTrueMedianAsOftenAsItSays() {
        Random random = new Random(42);
        for (int n : new int[] {6, 11, 30, 200}) {
            int covered = 0;
            int trials = 4000;
            double promised = 0;
            for (int t = 0; t < trials; t++) {
                double[] samples = random.doubles(n).map(u -> -Math.log(u)).toArray();
                Estimate e = Estimate.median(samples, "");
                promised = e.confidence();
                if (e.low() <= Math.log(2) && Math.log(2) <= e.high()) {
                    covered++;
                }
            }
            assertTrue(promised >= 0.95, "n=" + n);
            assertEquals(promised, (double) covered / trials, 0.015, "n=" + n);
        }
    }

    @Test
    void thousandsOfSamplesDoNotUnderflow() {
        Estimate e = Estimate.median(new Random(1).doubles(5000).toArray(), "");
        assertTrue(e.confidence() >= 0.95 && e.confidence() < 0.96, e.toString());
        assertTrue(e.high() - e.low() < 0.05, e.toString());
    }

    /** Exact binomial tails in whole numbers: 2^n - 2 * (C(n, 0) + ... + C(n, rank)) of 2^n. */
    @Test
    void ranksAreThoseOfTheBinomialDistribution() {
        for (int n = 1; n <= 300; n++) {
            BigInteger all = BigInteger.TWO.pow(n);
            BigInteger term = BigInteger.ONE;
            BigInteger tail = BigInteger.ONE;
            BigInteger tailAtRank = tail;
            int rank = 0;
            for (int r = 1; r < (n + 1) / 2; r++) {
                term = term.multiply(BigInteger.valueOf(n - r + 1)).divide(BigInteger.valueOf(r));
                tail = tail.add(term);
                if (covered(all, tail) < 0.95) {
                    break;
                }
                rank = r;
                tailAtRank = tail;
            }
            MedianInterval interval = MedianInterval.of(n, 0.95);
            assertEquals(rank, interval.rank(), "n=" + n);
            assertEquals(covered(all, tailAtRank), interval.coverage(), 1e-12, "n=" + n);
        }
    }

    private static double covered(BigInteger all, BigInteger tail) {
        return new BigDecimal(all.subtract(tail.shiftLeft(1)))
                .divide(new BigDecimal(all), MathContext.DECIMAL64)
                .doubleValue();
    }

    /** A sum whose cost is quadratic would take hours; the ranks follow from the distribution's middle outwards. */
    @Test
    void aMillionSamplesHaveTheRightRanks() {
        double[] samples = new Random(2).doubles(1_000_000).toArray();
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        Estimate e = assertTimeoutPreemptively(Duration.ofMinutes(1), () -> Estimate.median(samples, "s"));
        assertEquals(sorted[499_019], e.low());
        assertEquals(sorted[1_000_000 - 1 - 499_019], e.high());
        assertEquals(0.95012103, e.confidence(), 1e-6);
        assertEquals(2430, MedianInterval.of(5000, 0.95).rank());
        assertEquals(49_689, MedianInterval.of(100_000, 0.95).rank());
    }

    @Test
    void ratioIsTakenPairByPair() {
        Estimate e = Estimate.ratio(new double[] {2, 20, 200}, new double[] {1, 10, 100});
        assertEquals(2, e.value());
        assertEquals(2, e.low());
        assertEquals(2, e.high());
    }

    @Test
    void badInputNamesTheValue() {
        assertMessage("none", () -> Estimate.median(new double[0], "s"));
        assertMessage("sample 1 is NaN", () -> Estimate.median(new double[] {1, Double.NaN}, "s"));
        assertMessage("2 numerators and 1", () -> Estimate.ratio(new double[] {1, 2}, new double[] {1}));
        assertMessage("Infinity", () -> Estimate.ratio(new double[] {1}, new double[] {0}));
        assertMessage("got 2.0, 1.0, 3.0", () -> new Estimate(1, 2, 3, 0.9, 3, "s"));
        assertMessage("got 1.5", () -> new Estimate(1, 1, 1, 1.5, 3, "s"));
        assertMessage("got -1.0", () -> Estimate.exact(1, "s").times(-1, "ms"));
    }

    @Test
    void thresholdsMustClearTheWholeInterval() {
        Estimate e = new Estimate(2, 1.5, 2.5, 0.95, 10, "x");
        assertTrue(e.isAbove(1.4));
        assertFalse(e.isAbove(1.5));
        assertTrue(e.isBelow(2.6));
        assertFalse(e.isBelow(2.5));
    }

    @Test
    void textHasThreeDigitsAndTheInterval() {
        assertEquals("1.93 x [1.88, 1.97]", new Estimate(1.9312, 1.8801, 1.9699, 0.95, 9, "x").toString());
        assertEquals("5 ms", Estimate.exact(5, "ms").toString().replace(".00", ""));
        assertEquals("0 s", Estimate.exact(0, "s").toString());
        assertEquals("1.20·10⁻⁹ s", Estimate.exact(1.2e-9, "s").toString());
        assertEquals("1,234 ops", Estimate.exact(1234, "ops").toString());
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
