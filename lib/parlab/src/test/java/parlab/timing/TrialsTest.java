package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class TrialsTest {

    @Test
    void warmUpGoesFirstAndEachVariantFollowsEachOtherEquallyOften() throws Exception {
        List<String> order = new ArrayList<>();
        Trials.Result result = Trials.of(7)
                .add("a", () -> order.add("a"))
                .add("b", () -> order.add("b"))
                .add("c", () -> order.add("c"))
                .run();
        assertEquals("abc abc bca cab cba acb bac abc", inGroups(order));
        assertEquals(List.of("a", "b", "c"), result.names());
        assertEquals(
                order.subList(3, 24),
                result.rows().stream().map(Trials.Row::variant).toList());
        List<Trials.Row> firstTwoRounds = result.rows().subList(0, 6);
        assertEquals(
                List.of(1, 1, 1, 2, 2, 2),
                firstTwoRounds.stream().map(Trials.Row::round).toList());
        assertEquals(
                List.of(1, 2, 3, 1, 2, 3),
                firstTwoRounds.stream().map(Trials.Row::turn).toList());
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
        Trials.Result result = Trials.of(6)
                .withWarmupRounds(0)
                .add("long", () -> spin(40_000_000))
                .add("short", () -> spin(10_000_000))
                .run();
        assertTrue(result.seconds("long").low() >= 0.04, result.toString());
        assertTrue(result.seconds("short").low() >= 0.01, result.toString());
        assertEquals(6, result.seconds("long").samples());
        assertEquals("s", result.seconds("long").unit());
        assertEquals(1, result.ratio("long", "long").value());
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        Trials.Result result = new Trials.Result(
                List.of("a", "b"),
                List.of(
                        new Trials.Row("a", 1, 1, 4, 1),
                        new Trials.Row("b", 1, 2, 1, 1),
                        new Trials.Row("b", 2, 1, 5, 1),
                        new Trials.Row("a", 2, 2, 10, 1),
                        new Trials.Row("a", 3, 1, 3, 1),
                        new Trials.Row("b", 3, 2, 1, 1)));
        assertEquals(new Estimate(3, 2, 4, 0.75, 3, "x"), result.ratio("a", "b"));
        assertEquals(1.0 / 3, result.speedup("a", "b").value());
        assertEquals(0.25, result.speedup("a", "b").low());
    }

    @Test
    void coresTellABusyTaskFromOneThatWaits() throws Exception {
        Trials.Result result = Trials.of(3)
                .withWarmupRounds(0)
                .add("busy", () -> burn(200_000_000))
                .add("waiting", () -> LockSupport.parkNanos(200_000_000))
                .run();
        // CPU seconds, not cores: a busy machine stretches the time that a task takes, not the work that it does.
        double[] busy = cpuSeconds(result, "busy");
        double[] waiting = cpuSeconds(result, "waiting");
        assertTrue(Arrays.stream(busy).min().orElseThrow() > 0.19, result.toString());
        assertTrue(
                Estimate.median(waiting, "s").value()
                        < Estimate.median(busy, "s").value(),
                result.toString());
        assertEquals("cores", result.cores("busy").unit());
    }

    private static double[] cpuSeconds(Trials.Result result, String variant) {
        return result.rows().stream()
                .filter(row -> row.variant().equals(variant))
                .mapToDouble(row -> row.seconds() * row.cores())
                .toArray();
    }

    @Test
    void aFailureNamesTheVariantAndTheRound() {
        IllegalStateException mine = new IllegalStateException("mine");
        int[] calls = new int[1];
        Trials trials = Trials.of(3).add("good", () -> 1).add("bad", () -> {
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
        assertEquals(List.of("a"), one.run().names());
        assertEquals(List.of("a", "b"), two.run().names());
    }

    @Test
    void badArgumentsAreRefusedWithTheirValue() throws Exception {
        assertMessage("got 0", () -> Trials.of(0));
        assertMessage("got 100001", () -> Trials.of(100_001));
        assertMessage("got -1", () -> Trials.of(1).withWarmupRounds(-1));
        assertMessage("\"a\" already", () -> Trials.of(1).add("a", () -> 1).add("a", () -> 2));
        assertThrows(NullPointerException.class, () -> Trials.of(1).add("a", (Trials.Task) null));
        assertThrows(IllegalStateException.class, () -> Trials.of(1).run());
        Trials.Result result = Trials.of(1).add("a", () -> 1).run();
        assertMessage("\"b\", there are [a]", () -> result.seconds("b"));
        assertMessage("\"b\", there are [a]", () -> result.ratio("a", "b"));
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
