package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
final class CheckpointTest {

    @Test
    void pollOutsideAPoolDoesNothing() {
        Checkpoint.poll();
        assertEquals(false, Thread.currentThread().isInterrupted());
    }

    @Test
    void pollThrowsInAnInterruptedThreadAndLeavesItInterrupted() {
        Thread.currentThread().interrupt();
        try {
            CancellationException e = assertThrows(CancellationException.class, Checkpoint::poll);
            assertTrue(e.getMessage().contains(Thread.currentThread().getName()), e.getMessage());
            assertTrue(Thread.currentThread().isInterrupted());
            assertThrows(CancellationException.class, Checkpoint::poll);
        } finally {
            Thread.interrupted();
        }
    }

    static Stream<Supplier<ExecutorService>> poolsWithThreads() {
        return Stream.of(() -> Pools.threads(1), Pools::virtualThreads, () -> Pools.oneLock(1));
    }

    @ParameterizedTest
    @MethodSource("poolsWithThreads")
    void cancelEndsALoopThatPolls(Supplier<ExecutorService> pools) throws Exception {
        try (ExecutorService pool = pools.get()) {
            CountDownLatch started = new CountDownLatch(1);
            CountDownLatch ended = new CountDownLatch(1);
            Future<?> endless = pool.submit(() -> {
                started.countDown();
                try {
                    while (true) {
                        Checkpoint.poll();
                    }
                } finally {
                    ended.countDown();
                }
            });
            started.await();
            assertTrue(endless.cancel(true));
            assertTrue(ended.await(60, TimeUnit.SECONDS));
        }
    }
}
