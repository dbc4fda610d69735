package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import parlab.executors.Pools;
import parlab.timing.Estimate;
import tech.tablesaw.api.Table;

final class TrialsTest {

    @Test
    void warmUpGoesFirstAndEachVariantFollowsEachOtherEquallyOften() throws Exception {
        List<String> order = new ArrayList<>();
        Table result = undisturbed(7)
                .add("a", () -> order.add("a"))
                .add("b", () -> order.add("b"))
                .add("c", () -> order.add("c"))
                .run();
        assertEquals("abc abc bca cab cba acb bac abc", inGroups(order));
        assertEquals(List.of("side", "way", "round", "seconds", "cores", "others"), result.columnNames());
        assertEquals(
                "abc ".repeat(7).strip(), inGroups(result.stringColumn("way").asList()));
        assertEquals(
                List.of(1L, 1L, 1L, 2L, 2L, 2L),
                result.longColumn("round").asList().subList(0, 6));
        Map<String, Integer> pairs = new TreeMap<>();
        for (String round : inGroups(order.subList(3, 21)).split(" ", -1)) {
            pairs.merge(round.substring(0, 2), 1, Integer::sum);
            pairs.merge(round.substring(1, 3), 1, Integer::sum);
        }
        assertEquals(Map.of("ab", 2, "ac", 2, "ba", 2, "bc", 2, "ca", 2, "cb", 2), pairs);
    }

    @Test
    void warmUpCanBeLeftOut() throws Exception {
        List<String> order = new ArrayList<>();
        Trials.of(1)
                .withWarmupRounds(0)
                .add("a", () -> order.add("a"))
                .add("b", () -> order.add("b"))
                .add("c", () -> order.add("c"))
                .run();
        assertEquals("abc", inGroups(order));
    }

    @Test
    void timeIsTheTasks() throws Exception {
        Table result = Trials.of(6)
                .withWarmupRounds(0)
                .add("long", () -> spin(40_000_000))
                .add("short", () -> spin(10_000_000))
                .run();
        Estimate longer = Results.medians(result, "seconds", "way", "long").jvm();
        assertTrue(longer.low() >= 0.04, result.toString());
        assertTrue(Results.medians(result, "seconds", "way", "short").jvm().low() >= 0.01, result.toString());
        assertEquals(6, longer.samples());
        assertEquals("s", longer.unit());
    }

    @Test
    void variablesAndFieldsOfResultsAreColumns() throws Exception {
        record Share(long rounds, double pause) {}
        Trials trials = Trials.of(2);
        for (int n : List.of(1, 4)) {
            trials = trials.add("lock", Map.of("threads", n), () -> new Share(10L * n, 0.5))
                    .add("none", Map.of("threads", n), () -> Results.row("rounds", 100L * n));
        }
        Table rows = trials.run();
        assertEquals(
                List.of("side", "way", "round", "seconds", "cores", "others", "threads", "rounds", "pause"),
                rows.columnNames());
        List<Group> groups = Results.groups(rows.sortOn("way", "threads"), "rounds", "way", "threads");
        assertEquals(
                "[lock, 1] 10.0, [lock, 4] 40.0, [none, 1] 100, [none, 4] 400",
                String.join(
                        ", ",
                        groups.stream()
                                .map(group -> group.keys() + " " + group.figure())
                                .toList()));
        Trials again = trials;
        assertMessage("\"lock\" {threads=4}", () -> again.add("lock", Map.of("threads", 4), () -> 1));
        assertMessage(
                "\"round\"",
                () -> Trials.of(1).add("a", Map.of("round", 1), () -> 1).run());
    }

    @Test
    void aWayForEachValueAndForEachPool() throws Exception {
        var seen = new ConcurrentLinkedQueue<Integer>();
        try (ExecutorService serial = Pools.serial();
                ExecutorService two = Pools.threads(2)) {
            Table rows = Trials.of(1)
                    .withWarmupRounds(0)
                    .addEach("tenfold", "n", List.of(3, 4), n -> Results.row("result", 10 * n))
                    .onEach(Pools.named("serial", serial, "two", two), List.of(1, 2), seen::add)
                    .onEach(Pools.named("two", two), Map.of("n", 5), List.of(7), seen::add)
                    .run();
            assertEquals(
                    List.of("tenfold", "tenfold", "serial", "two", "two"),
                    rows.stringColumn("way").asList());
            assertEquals(List.of(3L, 4L), rows.longColumn("n").asList().subList(0, 2));
            assertEquals(5L, rows.longColumn("n").get(4));
            assertEquals(List.of(30L, 40L), rows.longColumn("result").asList().subList(0, 2));
        }
        assertEquals(List.of(1, 1, 2, 2, 7), seen.stream().sorted().toList());
    }

    @Test
    void aRoundThatOthersDisturbIsRepeated() throws Exception {
        // Warm-up, then: quiet, disturbed and repeated, disturbed twice: then none is repeated any more.
        double[] cores = {0, 0, 1, 0, 1, 1, 1, 1};
        int[] asked = new int[1];
        List<String> order = new ArrayList<>();
        Table rows = Trials.of(5)
                .watching(() -> () -> cores[asked[0]++])
                .add("a", () -> order.add("a"))
                .run();
        assertEquals(8, order.size());
        assertEquals(
                List.of(0.0, 0.0, 1.0, 1.0, 1.0), rows.doubleColumn("others").asList());
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), rows.longColumn("round").asList());
    }

    @Test
    void coresTellABusyTaskFromOneThatWaits() throws Exception {
        Table result = Trials.of(3)
                .withWarmupRounds(0)
                .add("busy", () -> burn(200_000_000))
                .add("waiting", () -> LockSupport.parkNanos(200_000_000))
                .run();
        // CPU seconds, not cores: a busy machine stretches the time that a task takes, not the work that it does.
        Table used = Results.with(result, "used (s)", row -> row.number("seconds") * row.number("cores"));
        Estimate busy = Results.medians(used, "used (s)", "way", "busy").jvm();
        Estimate waiting = Results.medians(used, "used (s)", "way", "waiting").jvm();
        assertTrue(busy.low() > 0.19, result.toString());
        assertTrue(waiting.value() < busy.value(), result.toString());
    }

    @Test
    void aFailureNamesTheVariantAndTheRound() {
        IllegalStateException mine = new IllegalStateException("mine");
        int[] calls = new int[1];
        Trials trials = undisturbed(3).add("good", () -> 1).add("bad", () -> {
            if (++calls[0] == 3) {
                throw mine;
            }
        });
        ExecutionException e = assertThrows(ExecutionException.class, trials::run);
        assertSame(mine, e.getCause());
        assertTrue(e.getMessage().contains("\"bad\" failed in round 2"), e.getMessage());
    }

    @Test
    void aFailedAssertionIsAFailure() {
        Trials trials = Trials.of(1).add("bad", () -> {
            throw new AssertionError("wrong sum");
        });
        ExecutionException e = assertThrows(ExecutionException.class, trials::run);
        assertTrue(e.getMessage().contains("\"bad\" failed in warm-up round 1: "), e.getMessage());
        assertTrue(e.getMessage().contains("wrong sum"), e.getMessage());
    }

    @Test
    void anInterruptEndsTheRunBeforeTheNextTask() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                Trials.of(100_000)
                        .add("spin", () -> {
                            running.countDown();
                            spin(1_000_000);
                        })
                        .run();
            } catch (Throwable t) {
                thrown.set(t);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        running.await();
        thread.interrupt();
        assertTrue(thread.join(java.time.Duration.ofMinutes(1)), "still running after the interrupt");
        assertEquals(InterruptedException.class, thrown.get().getClass());
        assertTrue(thrown.get().getMessage().contains("\"spin\""), thrown.get().getMessage());
        assertEquals(false, flag.get());
    }

    @Test
    void anInterruptInsideATaskIsNoFailureOfTheVariant() {
        Trials sleeping = Trials.of(1).add("sleeping", () -> {
            Thread.currentThread().interrupt();
            new CountDownLatch(1).await();
        });
        assertThrows(InterruptedException.class, sleeping::run);
        Trials polling = Trials.of(1).add("polling", () -> {
            Thread.currentThread().interrupt();
            throw new CancellationException("by the poll");
        });
        InterruptedException e = assertThrows(InterruptedException.class, polling::run);
        assertEquals("by the poll", e.getCause().getMessage());
        assertFalse(Thread.interrupted());
    }

    @Test
    void addingToAConfigurationLeavesItAsItWas() throws Exception {
        Trials one = Trials.of(1).add("a", () -> 1);
        Trials two = one.add("b", () -> 2);
        assertEquals(List.of("a"), one.run().stringColumn("way").asList());
        assertEquals(List.of("a", "b"), two.run().stringColumn("way").asList());
    }

    @Test
    void badArgumentsAreRefusedWithTheirValue() throws Exception {
        assertMessage("got 0", () -> Trials.of(0));
        assertMessage("got 100001", () -> Trials.of(100_001));
        assertMessage("got -1", () -> Trials.of(1).withWarmupRounds(-1));
        assertMessage("\"a\" already", () -> Trials.of(1).add("a", () -> 1).add("a", () -> 2));
        assertThrows(NullPointerException.class, () -> Trials.of(1).add("a", (Trials.Task) null));
        assertThrows(IllegalStateException.class, () -> Trials.of(1).run());
    }

    /** Other programs would have rounds repeated. */
    private static Trials undisturbed(int rounds) {
        return Trials.of(rounds).watching(() -> () -> 0);
    }

    private static String inGroups(List<String> letters) {
        return String.join("", letters).replaceAll("(...)(?!$)", "$1 ");
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    /** Uses CPU time, however long that takes. */
    private static void burn(long cpuNanos) {
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        long end = threads.getCurrentThreadCpuTime() + cpuNanos;
        while (threads.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
