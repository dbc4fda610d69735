package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import parlab.timing.Timeline;

/** What the interface promises, asked of every pool. */
@Timeout(20)
final class PoolsContractTest {

    /**
     * A pool and what is its own.
     *
     * @param queues how many tasks run at most before further ones queue; 0: never
     * @param worker the name of the thread that runs the first task; null: the caller's
     */
    record Kind(String name, Supplier<ExecutorService> make, int queues, String worker) {
        @Override
        public String toString() {
            return name;
        }

        boolean inCaller() {
            return worker == null;
        }
    }

    static Stream<Kind> plainKinds() {
        return Stream.of(
                new Kind("serial", Pools::serial, 0, null),
                new Kind("1 thread", () -> Pools.threads(1), 1, "thread-1"),
                new Kind("3 threads", () -> Pools.threads(3), 3, "thread-1"),
                new Kind("virtual threads", Pools::virtualThreads, 0, "virtual-1"),
                new Kind("one lock, 1 thread", () -> Pools.oneLock(1), 1, "onelock-1"),
                new Kind("one lock, 3 threads", () -> Pools.oneLock(3), 3, "onelock-1"));
    }

    static Stream<Kind> kinds() {
        return Stream.concat(
                plainKinds(),
                plainKinds()
                        .map(k -> new Kind(
                                "recording " + k.name,
                                () -> Pools.recording(k.make.get(), new Timeline()),
                                k.queues,
                                k.worker)));
    }

    static Stream<Kind> kindsWithThreads() {
        return kinds().filter(k -> !k.inCaller());
    }

    static Stream<Kind> kindsThatQueue() {
        return kinds().filter(k -> k.queues > 0);
    }

    /** Blocks without the one lock, so that as many tasks as there are threads can be inside. */
    private static void block(CountDownLatch latch) throws Exception {
        OneLock.released(() -> latch.await());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void submitReturnsResultsAndExceptions(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            assertEquals(42, pool.submit(() -> 42).get());
            assertNull(pool.submit(() -> {}).get());
            assertEquals("value", pool.submit(() -> {}, "value").get(60, TimeUnit.SECONDS));
            Future<?> failing = pool.submit((Callable<Void>) () -> {
                throw new IOException("expected");
            });
            assertInstanceOf(
                    IOException.class,
                    assertThrows(ExecutionException.class, failing::get).getCause());
            Future<?> erring = pool.submit((Runnable) () -> {
                throw new AssertionError("expected");
            });
            assertInstanceOf(
                    AssertionError.class,
                    assertThrows(ExecutionException.class, erring::get).getCause());
            assertEquals(Future.State.FAILED, erring.state());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void executeRunsTheTask(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            CountDownLatch ran = new CountDownLatch(1);
            pool.execute(ran::countDown);
            assertTrue(ran.await(60, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void workersHaveTheirName(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            Thread worker = pool.submit(Thread::currentThread).get();
            if (kind.inCaller()) {
                assertSame(Thread.currentThread(), worker);
            } else {
                assertEquals(kind.worker, worker.getName());
                assertTrue(worker.isDaemon());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void nullTasksAreRefused(Kind kind) {
        try (ExecutorService pool = kind.make.get()) {
            assertThrows(NullPointerException.class, () -> pool.execute(null));
            assertThrows(NullPointerException.class, () -> pool.submit((Runnable) null));
            assertThrows(NullPointerException.class, () -> pool.submit((Callable<?>) null));
            assertThrows(NullPointerException.class, () -> pool.submit(null, 1));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void invokeAllKeepsTheOrderAndWaitsForAll(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int k = i;
                tasks.add(() -> {
                    if (k == 7) {
                        throw new IOException("expected");
                    }
                    return k;
                });
            }
            List<Future<Integer>> futures = pool.invokeAll(tasks);
            for (int i = 0; i < 20; i++) {
                assertTrue(futures.get(i).isDone());
                if (i == 7) {
                    assertThrows(ExecutionException.class, futures.get(i)::get);
                } else {
                    assertEquals(i, futures.get(i).get());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void invokeAllWithATimeoutCancelsTheUnfinished(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            CountDownLatch never = new CountDownLatch(1);
            List<Future<Void>> futures = pool.invokeAll(
                    List.of(() -> {
                        block(never);
                        return null;
                    }),
                    10,
                    TimeUnit.MILLISECONDS);
            assertTrue(futures.getFirst().isCancelled());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void invokeAnyReturnsASuccess(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            Callable<String> fails = () -> {
                throw new IOException("expected");
            };
            assertEquals("success", pool.invokeAny(List.of(fails, () -> "success", fails)));
            assertEquals("success", pool.invokeAny(List.of(fails, () -> "success"), 5, TimeUnit.SECONDS));
            assertInstanceOf(
                    IOException.class,
                    assertThrows(ExecutionException.class, () -> pool.invokeAny(List.of(fails, fails)))
                            .getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void invokeAnyWithATimeoutGivesUp(Kind kind) {
        try (ExecutorService pool = kind.make.get()) {
            CountDownLatch never = new CountDownLatch(1);
            Callable<Void> blocks = () -> {
                block(never);
                return null;
            };
            assertThrows(TimeoutException.class, () -> pool.invokeAny(List.of(blocks), 10, TimeUnit.MILLISECONDS));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aCompletionServiceWorksOnTop(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            var service = new ExecutorCompletionService<Integer>(pool);
            for (int i = 1; i <= 10; i++) {
                int k = i;
                service.submit(() -> k);
            }
            int sum = 0;
            for (int i = 0; i < 10; i++) {
                sum += service.take().get();
            }
            assertEquals(55, sum);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void tasksAreRejectedAfterShutdown(Kind kind) throws Exception {
        ExecutorService pool = kind.make.get();
        assertFalse(pool.isShutdown());
        assertFalse(pool.isTerminated());
        assertFalse(pool.awaitTermination(1, TimeUnit.MILLISECONDS));
        pool.shutdown();
        assertTrue(pool.isShutdown());
        assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 1));
        assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
        assertTrue(pool.isTerminated());
        pool.shutdown();
        assertEquals(List.of(), pool.shutdownNow());
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void shutdownLetsSubmittedTasksEnd(Kind kind) throws Exception {
        ExecutorService pool = kind.make.get();
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger ran = new AtomicInteger();
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            futures.add(pool.submit(() -> {
                block(go);
                return ran.incrementAndGet();
            }));
        }
        pool.shutdown();
        assertFalse(pool.isTerminated());
        go.countDown();
        assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
        assertEquals(5, ran.get());
        assertTrue(futures.stream().allMatch(f -> f.state() == Future.State.SUCCESS));
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void shutdownNowInterruptsTheRunningAndReturnsTheUnstarted(Kind kind) throws Exception {
        ExecutorService pool = kind.make.get();
        int running = Math.max(kind.queues, 1);
        CountDownLatch inside = new CountDownLatch(running);
        CountDownLatch never = new CountDownLatch(1);
        List<Future<?>> started = new ArrayList<>();
        for (int i = 0; i < running; i++) {
            started.add(pool.submit(() -> {
                inside.countDown();
                block(never);
                return null;
            }));
        }
        inside.await();
        List<Runnable> queued = new ArrayList<>();
        if (kind.queues > 0) {
            queued.add(() -> {});
            pool.execute(queued.getFirst());
            queued.add((Runnable) pool.submit(() -> {}));
        }
        assertEquals(queued, pool.shutdownNow());
        assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
        for (Future<?> f : started) {
            assertInstanceOf(
                    InterruptedException.class,
                    assertThrows(ExecutionException.class, f::get).getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void cancelInterruptsARunningTask(Kind kind) throws Exception {
        try (ExecutorService pool = kind.make.get()) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch noticed = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            Future<?> future = pool.submit(() -> {
                inside.countDown();
                try {
                    block(never);
                } catch (InterruptedException e) {
                    noticed.countDown();
                }
                return null;
            });
            inside.await();
            assertTrue(future.cancel(true));
            assertTrue(noticed.await(60, TimeUnit.SECONDS));
            assertTrue(future.isCancelled());
            assertThrows(CancellationException.class, future::get);
            assertEquals("alive", pool.submit(() -> "alive").get());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsThatQueue")
    void cancelKeepsAQueuedTaskFromStarting(Kind kind) throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        try (ExecutorService pool = kind.make.get()) {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < kind.queues; i++) {
                running.add(pool.submit(() -> {
                    block(go);
                    return null;
                }));
            }
            Future<?> queued = pool.submit(() -> ran.set(true));
            assertTrue(queued.cancel(false));
            go.countDown();
            for (Future<?> f : running) {
                f.get();
            }
        }
        assertFalse(ran.get());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void closeWaitsForTheTasks(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        ExecutorService pool = kind.make.get();
        for (int i = 0; i < 10; i++) {
            pool.execute(ran::incrementAndGet);
        }
        pool.close();
        assertEquals(10, ran.get());
        assertTrue(pool.isTerminated());
        pool.close();
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void anInterruptedCloseCancelsTheTasksAndReturns(Kind kind) throws Exception {
        ExecutorService pool = kind.make.get();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Future<?> blocked = pool.submit(() -> {
            inside.countDown();
            block(never);
            return null;
        });
        Future<?> spinning = pool.submit(() -> {
            while (true) {
                Checkpoint.poll();
            }
        });
        inside.await();
        Thread.currentThread().interrupt();
        pool.close();
        assertTrue(Thread.interrupted(), "the caller learns of it");
        assertTrue(pool.isTerminated());
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, blocked::get).getCause());
        assertTrue(spinning.state() != Future.State.SUCCESS);
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void manySubmittersLoseNoTask(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (ExecutorService pool = kind.make.get()) {
            List<Thread> submitters = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                submitters.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 500; i++) {
                        pool.execute(ran::incrementAndGet);
                    }
                }));
            }
            for (Thread t : submitters) {
                t.join();
            }
        }
        assertEquals(2000, ran.get());
    }

    // The serial pool's own.

    @Test
    void serialRunsBeforeSubmitReturns() {
        try (ExecutorService pool = Pools.serial()) {
            List<String> order = new ArrayList<>();
            Future<?> first = pool.submit(() -> order.add("first"));
            order.add("submitted");
            assertTrue(first.isDone());
            assertFalse(first.cancel(true));
            pool.execute(() -> {
                order.add("outer");
                pool.execute(() -> order.add("inner"));
            });
            assertEquals(List.of("first", "submitted", "outer", "inner"), order);
            assertThrows(
                    IllegalStateException.class,
                    () -> pool.execute(() -> {
                        throw new IllegalStateException("reaches the caller");
                    }));
        }
    }

    @Test
    void serialTellsTheCallerOfAnInterruptionInsideATask() throws Exception {
        try (ExecutorService pool = Pools.serial()) {
            CountDownLatch never = new CountDownLatch(1);
            Thread.currentThread().interrupt();
            Future<?> future = pool.submit(() -> {
                never.await();
                return null;
            });
            assertTrue(Thread.interrupted());
            assertEquals(Future.State.FAILED, future.state());
        }
    }

    @Test
    void serialShutdownNowInterruptsTheThreadInsideATask() throws Exception {
        ExecutorService pool = Pools.serial();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread caller = Thread.ofPlatform().start(() -> {
            pool.execute(() -> {
                inside.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
            });
        });
        inside.await();
        pool.shutdown();
        assertFalse(pool.isTerminated());
        assertFalse(pool.awaitTermination(1, TimeUnit.MILLISECONDS));
        assertEquals(List.of(), pool.shutdownNow());
        assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
        caller.join();
        assertTrue(interrupted.get());
    }

    @Test
    void badNumbersOfThreadsAreNamed() {
        for (int bad : new int[] {0, -1, 10_001}) {
            String message = assertThrows(IllegalArgumentException.class, () -> Pools.threads(bad))
                    .getMessage();
            assertTrue(message.contains("from 1 to 10000") && message.endsWith("got " + bad), message);
        }
    }

    // The recording pool's own.

    @ParameterizedTest
    @MethodSource("plainKinds")
    void everyTaskThatStartsIsOneSpanOfItsWorker(Kind kind) throws Exception {
        Timeline timeline = new Timeline();
        AtomicInteger workers = new AtomicInteger();
        try (ExecutorService pool = Pools.recording(kind.make.get(), timeline)) {
            pool.submit(() -> 1).get();
            pool.submit(() -> {
                        throw new IOException("expected");
                    })
                    .state();
            pool.execute(workers::incrementAndGet);
            pool.submit(workers::incrementAndGet, "x").get();
            pool.invokeAll(List.of(() -> 1, () -> 2));
            assertEquals("any", pool.invokeAny(List.of(() -> "any")));
        }
        // The one lock adds waiting spans where workers meet.
        List<Timeline.Span> runs = timeline.spans().stream()
                .filter(span -> span.kind() == Timeline.Kind.RUN)
                .toList();
        assertEquals(
                List.of("task 1", "task 2", "task 3", "task 4", "task 5", "task 6", "task 7"),
                runs.stream().map(Timeline.Span::task).sorted().toList());
        for (Timeline.Span span : runs) {
            String prefix = kind.inCaller()
                    ? Thread.currentThread().getName()
                    : kind.worker.substring(0, kind.worker.indexOf('-') + 1);
            assertTrue(span.worker().startsWith(prefix), span.toString());
        }
    }

    @Test
    void whoHasTheResultsHasTheRecordsToo() {
        for (int round = 0; round < 300; round++) {
            Timeline timeline = new Timeline();
            try (ExecutorService two = Pools.threads(2)) {
                Tasks.map(Pools.recording(two, timeline), List.of(1, 2, 3, 4), k -> k);
                assertEquals(
                        List.of("task 1", "task 2", "task 3", "task 4"),
                        timeline.spans().stream()
                                .map(Timeline.Span::task)
                                .sorted()
                                .toList());
            }
        }
    }

    @Test
    void recordedTasksGetTheirGivenNamesAndRejectedOnesNone() {
        Timeline timeline = new Timeline();
        ExecutorService pool = Pools.recording(Pools.threads(1), timeline, k -> "fib " + k);
        Future<Integer> named = pool.submit(() -> 1);
        pool.close();
        assertEquals(1, named.resultNow());
        assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 2));
        assertEquals(
                List.of("fib 1"),
                timeline.spans().stream().map(Timeline.Span::task).toList());
        ExecutorService unnamed = Pools.recording(Pools.serial(), timeline, k -> null);
        assertTrue(assertThrows(NullPointerException.class, () -> unnamed.submit(() -> 1))
                .getMessage()
                .contains("name of task 1"));
    }
}
