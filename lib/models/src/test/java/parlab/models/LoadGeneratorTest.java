package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.models.LoadGenerator.Arrivals;
import parlab.models.LoadGenerator.Load;

final class LoadGeneratorTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final long STALL = 300_000_000;

    /** A server that stalls once, on its tenth request. */
    private static LoadGenerator.Request stallsOnce() {
        AtomicInteger number = new AtomicInteger();
        return () -> {
            if (number.incrementAndGet() == 10) {
                long end = System.nanoTime() + STALL;
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            }
        };
    }

    @Test
    void every_request_is_sent_and_counted() throws Exception {
        AtomicInteger number = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (Arrivals arrivals : Arrivals.values()) {
                number.set(0);
                Load load = LoadGenerator.openLoop(1000, arrivals, SHORT, pool, number::incrementAndGet);
                assertEquals(load.sent(), number.get());
                assertEquals(load.sent(), load.sinceDue().getTotalCount());
                assertEquals(500, load.sent());
                assertTrue(load.seconds() >= 0.4, load.seconds() + " s");
                assertTrue(load.perSecond() > 0);
            }
        }
    }

    /** What the closed loop leaves out: the requests that should have come while the server stood still. */
    @Test
    void an_open_loop_sees_the_stall_that_a_closed_loop_omits() throws Exception {
        Load closed = LoadGenerator.closedLoop(1, 1000, SHORT, stallsOnce());
        Load open;
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            open = LoadGenerator.openLoop(1000, Arrivals.EVEN, SHORT, one, stallsOnce());
        }
        double half = STALL / 2e6;
        assertTrue(closed.sentMillis(99) < half, "the loop says " + closed.sentMillis(99));
        assertTrue(closed.dueMillis(90) > half, "corrected, it says " + closed.dueMillis(90));
        assertTrue(open.dueMillis(90) > half, "the open loop says " + open.dueMillis(90));
        assertTrue(open.sentMillis(99) < half, "and its server " + open.sentMillis(99));
    }

    @Test
    void a_closed_loop_sends_no_more_than_its_rate() throws Exception {
        Duration duration = Duration.ofMillis(50);
        for (int callers : new int[] {1, 3, 10}) {
            Load load = LoadGenerator.closedLoop(callers, 100, duration, () -> {});
            assertTrue(load.sent() <= 5, callers + " callers sent " + load.sent());
            assertTrue(load.perSecond() <= 100, load.perSecond() + " requests a second");
            assertEquals(load.sent(), load.sinceSent().getTotalCount());
        }
        assertEquals(5, LoadGenerator.closedLoop(10, 100, duration, () -> {}).sent());
        assertEquals(1, LoadGenerator.closedLoop(10, 1, duration, () -> {}).sent());
    }

    @Test
    void failures_are_counted_and_the_first_is_kept() throws Exception {
        AtomicInteger number = new AtomicInteger();
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            Load load = LoadGenerator.openLoop(1000, Arrivals.EVEN, SHORT, one, () -> {
                if (number.incrementAndGet() % 10 == 0) {
                    throw new IllegalStateException("number " + number.get());
                }
            });
            assertEquals(load.sent() / 10, load.failed());
            assertEquals("number 10", load.failure().getMessage());
            assertEquals(load.sent() - load.failed(), load.sinceSent().getTotalCount());
        }
    }

    @Test
    void a_request_that_the_executor_refuses_has_failed() throws Exception {
        ExecutorService closed = Executors.newSingleThreadExecutor();
        closed.shutdown();
        Load load = LoadGenerator.openLoop(1000, Arrivals.EVEN, Duration.ofMillis(10), closed, () -> {});
        assertEquals(load.sent(), load.failed());
        assertEquals(RejectedExecutionException.class, load.failure().getClass());
    }

    @Test
    void an_interrupt_ends_it() {
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> LoadGenerator.openLoop(1, Arrivals.EVEN, Duration.ofHours(1), Runnable::run, () -> {}));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> LoadGenerator.closedLoop(2, 1, Duration.ofHours(1), () -> {}));
    }

    @Test
    void rates_and_durations_are_checked() {
        for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> LoadGenerator.closedLoop(1, rate, SHORT, () -> {}));
        }
        assertThrows(IllegalArgumentException.class, () -> LoadGenerator.closedLoop(0, 1, SHORT, () -> {}));
        assertThrows(
                IllegalArgumentException.class,
                () -> LoadGenerator.openLoop(1, Arrivals.EVEN, Duration.ZERO, Runnable::run, () -> {}));
    }

    /** A request that waits is woken by the interrupt: its caller must stop, not take the next. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void interrupted_callers_stop_after_the_request_they_wait_for() throws Exception {
        CountDownLatch inside = new CountDownLatch(2);
        List<Thread> callers = new CopyOnWriteArrayList<>();
        AtomicInteger number = new AtomicInteger();
        Thread user = Thread.ofPlatform()
                .start(() -> assertThrows(
                        InterruptedException.class,
                        () -> LoadGenerator.closedLoop(2, 1_000_000, Duration.ofHours(1), () -> {
                            number.incrementAndGet();
                            callers.add(Thread.currentThread());
                            inside.countDown();
                            new CountDownLatch(1).await();
                        })));
        inside.await();
        user.interrupt();
        user.join();
        for (Thread caller : callers) {
            caller.join();
        }
        assertEquals(2, number.get());
    }

    @Test
    void a_poisson_load_is_exactly_the_load_that_was_asked_for() throws Exception {
        for (double rate : new double[] {950, 1001, 5, 1}) {
            AtomicInteger number = new AtomicInteger();
            Load load = LoadGenerator.openLoop(
                    rate, Arrivals.POISSON, Duration.ofMillis(400), Runnable::run, number::incrementAndGet);
            assertEquals(Math.max(1, Math.round(rate * 0.4)), load.sent());
            assertEquals(load.sent(), number.get());
            assertTrue(load.seconds() > 0);
        }
    }
}
