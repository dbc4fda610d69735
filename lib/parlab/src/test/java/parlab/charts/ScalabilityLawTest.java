package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import parlab.results.Results;
import parlab.results.Tables;
import parlab.timing.Estimate;
import tech.tablesaw.api.Table;

final class ScalabilityLawTest {

    private static final double[] WORKERS = {1, 2, 3, 4, 6, 8, 12, 16};

    @Test
    void exactDataGiveTheirParametersBack() {
        for (double[] p : new double[][] {
            {1000, 0.05, 0.001},
            {1, 0.2, 0},
            {3e6, 0, 0.002},
            {0.01, 0, 0},
            {10, 0.9, 0.05},
            {7, 1e-4, 1e-6},
            {5, 0, 0.5},
            {2, 3, 0}
        }) {
            ScalabilityLaw law = ScalabilityLaw.fit(WORKERS, rates(WORKERS, p[0], p[1], p[2]), "tasks/s");
            String what = law + " for " + p[0] + ", " + p[1] + ", " + p[2];
            assertEquals(1, law.lambda().value() / p[0], 1e-6, what);
            assertEquals(p[1], law.contention().value(), 1e-6, what);
            assertEquals(p[2], law.coherency().value(), 1e-7, what);
            assertEquals(1, law.rSquared(), 1e-9, what);
            assertEquals(1, law.predict(100).value() / rate(100, p[0], p[1], p[2]), 1e-3, what);
        }
    }

    @Test
    void aTablesRowsAreFittedButForThoseWithoutThroughput() {
        Table table = Tables.of(
                "",
                List.of(
                        Results.row("threads", 1, "jobs/s", 10.0),
                        Results.row("threads", 2, "jobs/s", 18.0),
                        Results.row("threads", 4, "jobs/s", 0.0),
                        Results.row("threads", 4, "jobs/s", 30.0)));
        ScalabilityLaw law = ScalabilityLaw.fit(table, "threads", "jobs/s");
        assertEquals(
                ScalabilityLaw.fit(new double[] {1, 2, 4}, new double[] {10, 18, 30}, "jobs/s")
                        .toString(),
                law.toString());
        assertEquals("jobs/s", law.lambda().unit());
        assertTrue(Charts.scalability("t", table, "threads", "jobs/s", law, 8)
                .alt()
                .contains("jobs/s"));
        assertThrows(IllegalArgumentException.class, () -> ScalabilityLaw.fit(table, "workers", "jobs/s"));
    }

    /** Intervals are a promise about repeated experiments, so the test repeats one. */
    @Test
    void intervalsCoverTheTruthAboutAsOftenAsTheySay() {
        check(0.06, 0.002, 3, 85);
        check(0.15, 0.01, 6, 85);
        check(0.1, 0, 3, 72);
    }

    private static void check(double sigma, double kappa, int rounds, int leastPercent) {
        Random random = new Random(2026);
        int trials = 60;
        int[] covered = new int[4];
        for (int t = 0; t < trials; t++) {
            ScalabilityLaw law = noisy(rounds, sigma, kappa, 0.03, random);
            covered[0] += covers(law.lambda(), 100) ? 1 : 0;
            covered[1] += covers(law.contention(), sigma) ? 1 : 0;
            covered[2] += covers(law.coherency(), kappa) ? 1 : 0;
            covered[3] += covers(law.predict(32), rate(32, 100, sigma, kappa)) ? 1 : 0;
        }
        for (int share : covered) {
            assertTrue(
                    100 * share >= leastPercent * trials,
                    "with sigma " + sigma + ", kappa " + kappa + ": " + Arrays.toString(covered));
        }
    }

    private static ScalabilityLaw noisy(int rounds, double sigma, double kappa, double noise, Random random) {
        double[] n = new double[rounds * WORKERS.length];
        double[] x = new double[n.length];
        for (int i = 0; i < n.length; i++) {
            n[i] = WORKERS[i % WORKERS.length];
            x[i] = rate(n[i], 100, sigma, kappa) * Math.exp(noise * random.nextGaussian());
        }
        return ScalabilityLaw.fit(n, x, "tasks/s");
    }

    @Test
    void moreRoundsNarrowTheIntervals() {
        ScalabilityLaw many = noisy(24, 0.05, 0.002, 0.05, new Random(5));
        ScalabilityLaw few = noisy(3, 0.05, 0.002, 0.05, new Random(5));
        assertTrue(width(many.contention()) < 0.6 * width(few.contention()), many + " against " + few);
        assertEquals(24 * 8, many.contention().samples());
        assertEquals(
                many.toString(), noisy(24, 0.05, 0.002, 0.05, new Random(5)).toString(), "the draw is the same");
    }

    @Test
    void aWindowThatNearlyStoodStillDoesNotSpoilTheFit() {
        double[] n = new double[6 * WORKERS.length];
        double[] x = new double[n.length];
        for (int i = 0; i < n.length; i++) {
            n[i] = WORKERS[i % WORKERS.length];
            x[i] = rate(n[i], 100, 0.1, 0.005) * (i == 11 ? 1e-3 : 1);
        }
        ScalabilityLaw law = ScalabilityLaw.fit(n, x, "tasks/s");
        assertEquals(100, law.lambda().value(), 10);
        assertEquals(0.1, law.contention().value(), 0.03);
        assertEquals(0.005, law.coherency().value(), 0.002);
        assertTrue(
                law.predict(8).high() < 2 * law.predict(8).low(), law.predict(8).toString());
    }

    @Test
    void linearDataHaveNoPeak() {
        ScalabilityLaw law = ScalabilityLaw.fit(WORKERS, rates(WORKERS, 5, 0, 0), "x");
        assertEquals(0, law.contention().value());
        assertEquals(0, law.coherency().value());
        assertEquals(Double.POSITIVE_INFINITY, law.peak().value());
        assertTrue(law.toString().endsWith(", no peak, R² 1.0000"), law.toString());
        assertEquals(5 * 64, law.at(64), 1e-6);
    }

    @Test
    void superlinearDataEndAtTheBound() {
        double[] x = {1, 2.1, 3.3, 4.5, 7, 9.7, 15, 21};
        ScalabilityLaw law = ScalabilityLaw.fit(WORKERS, x, "x");
        assertEquals(0, law.contention().value());
        assertEquals(0, law.coherency().value());
        assertEquals(0, law.contention().low());
    }

    @Test
    void flatDataAreAllContention() {
        ScalabilityLaw law = ScalabilityLaw.fit(WORKERS, rates(WORKERS, 5, 1, 0), "x");
        assertEquals(1, law.contention().value(), 1e-6);
        assertEquals(5, law.at(1000), 0.01);
        assertEquals(1, law.rSquared(), 1e-6);
    }

    @Test
    void retrogradeDataPeakWhereTheyTurn() {
        double[] x = rates(WORKERS, 100, 0.1, 0.02);
        ScalabilityLaw law = ScalabilityLaw.fit(WORKERS, x, "x");
        double peak = Math.sqrt(0.9 / 0.02);
        assertEquals(peak, law.peak().value(), 0.01);
        assertTrue(law.at(peak) > law.at(peak - 1) && law.at(peak) > law.at(peak + 1));
        // Slower from the second worker on: the best is one.
        ScalabilityLaw worse = ScalabilityLaw.fit(WORKERS, rates(WORKERS, 100, 2, 0.1), "x");
        assertEquals(1, worse.peak().value());
    }

    @Test
    void twoNumbersOfWorkersGiveAmdahlsLaw() {
        ScalabilityLaw law = ScalabilityLaw.fit(new double[] {1, 4}, new double[] {10, 25}, "x");
        assertEquals("Amdahl's law", law.name());
        assertEquals(10, law.lambda().value(), 1e-6);
        assertEquals(0.2, law.contention().value(), 1e-6);
        assertEquals(Estimate.exact(0, ""), law.coherency());
        // One round: nothing is known about the spread.
        assertFalse(law.hasIntervals());
        assertEquals(0, law.contention().low());
        assertEquals(Double.POSITIVE_INFINITY, law.contention().high());

        double[] n = {1, 1, 1, 4, 4, 4};
        ScalabilityLaw more = ScalabilityLaw.fit(n, new double[] {9.9, 10, 10.1, 24.8, 25, 25.3}, "x");
        assertEquals("Amdahl's law", more.name());
        assertTrue(more.hasIntervals());
        assertTrue(covers(more.contention(), 0.2) && width(more.contention()) < 0.05, more.toString());
        assertTrue(covers(more.predict(4), 25) && width(more.predict(4)) < 2, more.toString());
    }

    @Test
    void threeNumbersOfWorkersWithOneSampleEachFitExactlyWithoutIntervals() {
        double[] n = {1, 2, 4};
        ScalabilityLaw law = ScalabilityLaw.fit(n, rates(n, 10, 0.1, 0.01), "x");
        assertEquals("Universal Scalability Law", law.name());
        assertEquals(0.1, law.contention().value(), 1e-6);
        assertEquals(0.01, law.coherency().value(), 1e-6);
        assertFalse(law.hasIntervals());
        assertEquals(Double.POSITIVE_INFINITY, law.predict(8).high());
        assertEquals(Double.POSITIVE_INFINITY, law.peak().high());
    }

    @Test
    void dataThatSayLittleHaveWideIntervalsNotWrongOnes() {
        // Without one worker, and nearly flat: contention cannot be told from a small lambda.
        double[] n = {4, 8, 16, 32, 64, 4, 8, 16, 32, 64};
        double[] x = {10, 10.2, 9.9, 10.1, 9.8, 9.9, 10.1, 10, 9.8, 10.1};
        ScalabilityLaw law = ScalabilityLaw.fit(n, x, "x");
        assertTrue(law.lambda().high() > 10, law.toString());
        assertTrue(
                law.predict(16).low() > 9 && law.predict(16).high() < 11,
                law.predict(16).toString());
    }

    @Test
    void orderAndScaleDoNotMatter() {
        double[] x = {98, 185, 262, 340, 460, 560, 690, 770};
        double[] reversedN = new double[8];
        double[] reversedX = new double[8];
        for (int i = 0; i < 8; i++) {
            reversedN[i] = WORKERS[7 - i];
            reversedX[i] = 1e9 * x[7 - i];
        }
        ScalabilityLaw a = ScalabilityLaw.fit(WORKERS, x, "x");
        ScalabilityLaw b = ScalabilityLaw.fit(reversedN, reversedX, "x");
        assertEquals(a.contention().value(), b.contention().value(), 1e-9);
        assertEquals(a.coherency().value(), b.coherency().value(), 1e-9);
        assertEquals(1e9, b.at(20) / a.at(20), 1);
    }

    @Test
    void badInputNamesTheSample() {
        double[] two = {1, 2};
        assertMessage("2 numbers of workers and 1", () -> ScalabilityLaw.fit(two, new double[] {1}, "x"));
        assertMessage("sample 1 has 0.5 workers", () -> ScalabilityLaw.fit(new double[] {1, 0.5}, two, "x"));
        assertMessage(
                "sample 1 (2.0 workers) has the throughput 0.0",
                () -> ScalabilityLaw.fit(two, new double[] {1, 0}, "x"));
        assertMessage("NaN", () -> ScalabilityLaw.fit(two, new double[] {1, Double.NaN}, "x"));
        assertMessage("2 different numbers of workers", () -> ScalabilityLaw.fit(new double[] {4, 4}, two, "x"));
        assertMessage("got none", () -> ScalabilityLaw.fit(new double[0], new double[0], "x"));
        ScalabilityLaw law = ScalabilityLaw.fit(two, two, "x");
        assertMessage("got 0.0", () -> law.at(0));
        assertMessage("got NaN", () -> law.predict(Double.NaN));
    }

    private static double rate(double n, double lambda, double sigma, double kappa) {
        return lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
    }

    private static double[] rates(double[] workers, double lambda, double sigma, double kappa) {
        return Arrays.stream(workers).map(n -> rate(n, lambda, sigma, kappa)).toArray();
    }

    private static boolean covers(Estimate e, double truth) {
        return e.low() <= truth && truth <= e.high();
    }

    private static double width(Estimate e) {
        return e.high() - e.low();
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
