package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No absolute speeds here: what is compared is compared with the empty loop, or with itself. */
final class BenchTest {

    /** A crowded machine may leave one side uncompiled in one of them; a wrong loop would be wrong in all. */
    private static final int ATTEMPTS = 5;

    private static final Bench QUICK = Bench.standard().withBudget(Duration.ofMillis(400));

    private final int[] ints = new int[64];
    private final double[] doubles = new double[64];
    private int seed = 12345;

    /** 64 dependent multiplications cost dozens of empty iterations, if they are not removed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deadCodeIsNotEliminated(boolean blackhole) {
        Map<String, Function<Bench, Measurement>> bodies = Map.of(
                "boolean", bench -> bench.measure("boolean", () -> hash() > 0),
                "int", bench -> bench.measure("int", () -> hash()),
                "long", bench -> bench.measure("long", () -> (long) hash()),
                "double", bench -> bench.measure("double", () -> (double) hash()),
                "object", bench -> bench.measure("object", () -> Integer.valueOf(hash())));
        bodies.forEach((type, body) -> {
            Measurement m = assertCosts(5, blackhole, body);
            assertEquals(type, m.name());
            assertEquals(blackhole ? Measurement.Guard.COMPILER_BLACKHOLE : Measurement.Guard.SINK, m.guard());
        });
    }

    /** An array of 64 doubles that nobody keeps must be allocated and zeroed all the same. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allocationIsNotEliminated(boolean blackhole) {
        assertCosts(3, blackhole, bench -> bench.measure("new", () -> new double[64]));
    }

    /** The sum over a field that does not change could be computed once, before the loop. */
    @Test
    void loadsAreNotHoistedOutOfTheLoop() {
        assertCosts(
                5,
                true,
                bench -> bench.measure("sum", () -> {
                    double sum = 0;
                    for (double d : doubles) {
                        sum += d;
                    }
                    return sum;
                }));
    }

    @Test
    void aBodyWithoutAResultKeepsItsSideEffects() {
        Measurement m = assertCosts(
                2,
                true,
                bench -> bench.run("store", () -> {
                    for (int i = 0; i < ints.length; i++) {
                        ints[i] = ints[i] * 31 + seed;
                    }
                }));
        assertEquals(Measurement.Guard.NONE, m.guard());
        assertNotEquals(0, ints[1]);
    }

    @Test
    void aBodyThatDoesNothingIsReportedAsNotAboveTheLoop() {
        Measurement m = QUICK.measure("nothing", () -> 0);
        assertFalse(
                m.isAboveLoop() && m.nanosPerCall().value() > 3 * m.loopNanos().value(), m.toString());
        Measurement same = new Measurement(
                "x",
                Estimate.exact(1, "ns"),
                List.of(1.0),
                1,
                Estimate.exact(1, "ns"),
                1,
                true,
                Measurement.Guard.NONE);
        assertFalse(same.isAboveLoop());
        assertTrue(same.toString().contains("not clearly above the empty loop"), same.toString());
    }

    /** A shared loop would call the third and every later body through the interface's table. */
    @Test
    void manyDifferentBodiesBeforeDoNotMakeABodySlower() {
        Bench bench = Bench.standard(); // a long warm-up, where the machine is busy
        IntSupplier body = () -> seed + 1;
        double before = bench.measure("before", body).nanosPerCall().value();
        List<IntSupplier> others = List.of(
                () -> seed + 2, () -> seed * 3, () -> seed ^ 4, () -> seed - 5, () -> seed >> 6, () -> seed | 7);
        for (IntSupplier other : others) {
            assertTrue(QUICK.withBudget(Duration.ofMillis(100))
                            .measure("other", other)
                            .nanosPerCall()
                            .value()
                    > 0);
        }
        double after = Double.POSITIVE_INFINITY;
        for (int attempt = 0; attempt < ATTEMPTS && after >= 5 * before; attempt++) {
            after = bench.measure("after", body).nanosPerCall().value();
        }
        assertTrue(after < 5 * before, "after / before = " + after / before);
    }

    @Test
    void comparisonTellsTheSlowerFromTheFaster() {
        Bench bench = Bench.standard().withBudget(Duration.ofSeconds(5)).withRelativeHalfWidth(0.1);
        Comparison c = null;
        for (int attempt = 0; attempt < ATTEMPTS && !isAsExpected(c); attempt++) {
            c = bench.compare("three", () -> hash() ^ hash(seed) ^ hash(seed + 1), "one", () -> hash());
        }
        assertTrue(isAsExpected(c), String.valueOf(c));
        assertEquals("three", c.first().name());
        assertEquals("one", c.second().name());
        assertEquals(c.first().samples().size(), c.second().samples().size());
    }

    private static boolean isAsExpected(Comparison c) {
        return c != null && c.ratio().value() > 1.3 && c.ratio().value() < 10;
    }

    @Test
    void samplesAreBatchesOfManyCallsAndOneOfALongCall() {
        assertTrue(QUICK.measure("short", () -> hash()).callsPerSample() > 100);
        Measurement slow = QUICK.run("long", () -> spin(5_000_000));
        assertEquals(1, slow.callsPerSample());
        assertTrue(slow.nanosPerCall().value() >= 5e6, slow.toString());
    }

    @Test
    void aBodyThatWaitsIsReportedAsSuch() {
        Measurement m = QUICK.run("wait", () -> LockSupport.parkNanos(5_000_000));
        assertTrue(m.cpuShare() >= 0 && m.cpuShare() < 0.9, m.toString());
        assertTrue(m.toString().contains("the body waits"), m.toString());
    }

    @Test
    void theMedianBelongsToTheSamples() {
        Measurement m = QUICK.measure("hash", () -> hash());
        double[] samples = m.samples().stream().mapToDouble(x -> x).toArray();
        assertEquals(Estimate.median(samples, "ns"), m.nanosPerCall());
    }

    @Test
    void theBudgetIsKept() {
        long start = System.nanoTime();
        // No interval is narrow enough, so only the budget ends it.
        Measurement m = QUICK.withRelativeHalfWidth(0).measure("hash", () -> hash());
        long nanos = System.nanoTime() - start;
        assertTrue(nanos >= 300_000_000L, "only " + nanos + " ns of a budget of 400 ms were used");
        assertTrue(nanos < 4_000_000_000L, nanos + " ns for a budget of 400 ms");
        assertTrue(m.nanosPerCall().value() > 0);
    }

    @Test
    void aBodyLongerThanTheBudgetIsCalledTwice() {
        int[] calls = new int[1];
        Measurement m = Bench.standard().withBudget(Duration.ofMillis(10)).run("long", () -> {
            calls[0]++;
            spin(50_000_000);
        });
        assertEquals(2, calls[0]);
        assertEquals(1, m.samples().size());
        assertTrue(m.notes().toString().contains("only 1 samples"), m.toString());
    }

    @Test
    void aNarrowIntervalEndsItEarly() {
        Bench patient = Bench.standard().withBudget(Duration.ofMinutes(10)).withRelativeHalfWidth(0.9);
        Measurement m = assertTimeoutPreemptively(
                Duration.ofSeconds(60), () -> patient.run("wait", () -> LockSupport.parkNanos(100_000)));
        assertTrue(m.samples().size() >= 6);
    }

    @Test
    void anInterruptEndsItPromptlyAndStaysSet() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Bench endless = Bench.standard().withBudget(Duration.ofHours(1)).withRelativeHalfWidth(0);
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                endless.measure("endless", () -> {
                    running.countDown();
                    return hash();
                });
            } catch (Throwable t) {
                thrown.set(t);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        running.await();
        thread.interrupt();
        assertTrue(thread.join(Duration.ofMinutes(1)), "still running after the interrupt");
        assertEquals(CancellationException.class, thrown.get().getClass());
        assertTrue(
                thrown.get().getMessage().contains("\"endless\""), thrown.get().getMessage());
        assertEquals(true, flag.get());
    }

    @Test
    void whatTheBodyThrowsIsPassedOn() {
        IllegalStateException e = new IllegalStateException("mine");
        IntSupplier body = () -> {
            throw e;
        };
        assertSame(e, assertThrows(IllegalStateException.class, () -> QUICK.measure("throws", body)));
    }

    @Test
    void badArgumentsAreRefusedWithTheirValue() {
        Bench bench = Bench.standard();
        assertMessage("got PT0S", () -> bench.withBudget(Duration.ZERO));
        assertMessage("got PT-1S", () -> bench.withBudget(Duration.ofSeconds(-1)));
        assertMessage("got PT2H", () -> bench.withBudget(Duration.ofHours(2)));
        assertThrows(NullPointerException.class, () -> bench.measure(null, () -> 1));
        assertThrows(NullPointerException.class, () -> bench.measure("x", (IntSupplier) null));
        assertThrows(NullPointerException.class, () -> bench.run("x", null));
        assertThrows(NullPointerException.class, () -> bench.withBudget(null));
    }

    @Test
    void textIsInAReadableUnit() {
        assertEquals("x: 1.50 µs", measurement(1500).toString());
        assertEquals("x: 2.50 ms", measurement(2.5e6).toString());
        assertEquals("x: 3 s", measurement(3e9).toString().replace(".00", ""));
    }

    /**
     * Asserts that the body costs so many times the empty loop. A busy machine may leave the loop
     * uncompiled for longer than the budget lasts, so there is another attempt; work that was eliminated
     * would not come back.
     */
    private static Measurement assertCosts(double factor, boolean blackhole, Function<Bench, Measurement> body) {
        Measurement m = null;
        for (long millis : new long[] {400, 2000, 5000, 20_000}) {
            m = body.apply(QUICK.withBudget(Duration.ofMillis(millis)).withCompilerBlackhole(blackhole));
            if (m.isAboveLoop()
                    && m.nanosPerCall().value() > factor * m.loopNanos().value()) {
                return m;
            }
        }
        return fail(m + " against the loop's " + m.loopNanos());
    }

    private static Measurement measurement(double nanos) {
        return new Measurement(
                "x",
                Estimate.exact(nanos, "ns"),
                List.of(nanos),
                1,
                Estimate.exact(1, "ns"),
                1,
                true,
                Measurement.Guard.COMPILER_BLACKHOLE);
    }

    private int hash() {
        return hash(seed);
    }

    private int hash(int start) {
        int h = start;
        for (int v : ints) {
            h = (h ^ v) * 0x01000193;
        }
        return h;
    }

    private void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
