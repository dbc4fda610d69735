package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.kernels.ParallelFor.Loop;

@Timeout(60)
final class ParallelForTest {

    /** Two loops; the second checks that the first is done. */
    private static void twoLoops(Executor executor, int threads) {
        AtomicIntegerArray counts = new AtomicIntegerArray(100);
        Loop first = new Loop(100, counts::incrementAndGet);
        Loop second = new Loop(100, i -> {
            for (int j = 0; j < 100; j++) {
                assertTrue(counts.get(j) >= 1, "the second loop begins before the first has ended");
            }
            counts.incrementAndGet(i);
        });
        ParallelFor.run(executor, threads, List.of(first, second));
        for (int i = 0; i < 100; i++) {
            assertEquals(2, counts.get(i));
        }
    }

    /** Every thread of the pool calls, and waits for helpers that only the pool could provide. */
    @Test
    void the_pool_on_which_the_caller_runs_may_be_full() throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            List<Callable<Void>> tasks = Collections.nCopies(20, () -> {
                twoLoops(pool, 4);
                return null;
            });
            for (Future<Void> future : pool.invokeAll(tasks)) {
                future.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void without_helpers_the_caller_does_it_all() {
        ExecutorService ended = Executors.newFixedThreadPool(2);
        ended.shutdown();
        twoLoops(ended, 3);
        twoLoops(
                work -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                3);
        twoLoops(null, 1);
    }

    @Test
    void a_helper_that_comes_late_finds_nothing_to_do() {
        List<Runnable> late = new ArrayList<>();
        AtomicIntegerArray counts = new AtomicIntegerArray(10);
        ParallelFor.run(late::add, 3, List.of(new Loop(10, counts::incrementAndGet)));
        assertEquals(2, late.size());
        late.forEach(Runnable::run);
        for (int i = 0; i < 10; i++) {
            assertEquals(1, counts.get(i));
        }
    }

    @Test
    void helpers_work_beside_the_caller() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            ParallelFor.run(pool, 2, List.of(new Loop(2, i -> {
                both.countDown();
                try {
                    assertTrue(both.await(30, TimeUnit.SECONDS), "one thread does both");
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            })));
        }
    }

    @Test
    void what_an_iteration_throws_reaches_the_caller() {
        IllegalStateException mine = new IllegalStateException("mine");
        AtomicIntegerArray counts = new AtomicIntegerArray(1);
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Loop failing = new Loop(10, i -> {
                throw mine;
            });
            Loop next = new Loop(1, counts::incrementAndGet);
            List<Loop> loops = List.of(failing, next);
            assertSame(mine, assertThrows(IllegalStateException.class, () -> ParallelFor.run(pool, 3, loops)));
        }
        assertEquals(0, counts.get(0));
    }
}
