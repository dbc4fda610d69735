package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
final class TasksTest {

    static Stream<PoolsContractTest.Kind> kinds() {
        return Stream.concat(
                PoolsContractTest.kinds(),
                Stream.of(
                        new PoolsContractTest.Kind("fork-join", () -> new ForkJoinPool(2), 2, "ForkJoin"),
                        new PoolsContractTest.Kind("completing", Completing::new, 2, "thread-1")));
    }

    static Stream<PoolsContractTest.Kind> kindsWithThreads() {
        return kinds().filter(k -> !k.inCaller());
    }

    /** Where one task runs at a time, they end in the order of the items. */
    static Stream<PoolsContractTest.Kind> kindsThatRunTwoAtOnce() {
        return kindsWithThreads().filter(k -> k.queues() != 1);
    }

    private static List<Integer> upTo(int n) {
        return IntStream.range(0, n).boxed().toList();
    }

    /** Notes what it hears. */
    private static final class Heard implements Tasks.Progress {
        final List<String> calls = new ArrayList<>();
        final Thread thread = Thread.currentThread();

        @Override
        public void started(long total) {
            note("started " + total);
        }

        @Override
        public void advanced(long done) {
            note("advanced " + done);
        }

        @Override
        public void finished() {
            note("finished");
        }

        private void note(String call) {
            assertSame(thread, Thread.currentThread());
            calls.add(call);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void mapKeepsTheOrderForAnyNumberOfItemsAndAnyLookAhead(PoolsContractTest.Kind kind) {
        Random random = new Random(7);
        for (int n : new int[] {0, 1, 2, 17, 3000}) {
            try (ExecutorService pool = kind.make().get()) {
                List<Integer> items = random.ints(n).boxed().toList();
                List<Long> expected = items.stream().map(i -> 3L * i).toList();
                assertEquals(expected, Tasks.map(pool, items, i -> 3L * i));
                for (int ahead : new int[] {1, 2, 16}) {
                    Tasks.Options options = Tasks.Options.standard().withLookAhead(ahead);
                    assertEquals(expected, Tasks.map(pool, items, i -> 3L * i, options), "look-ahead " + ahead);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void asCompletedGivesEveryItemOnce(PoolsContractTest.Kind kind) {
        try (ExecutorService pool = kind.make().get()) {
            Set<Integer> seen = ConcurrentHashMap.newKeySet();
            for (var done : Tasks.asCompleted(pool, upTo(500), i -> {
                if (i % 10 == 3) {
                    throw new IOException("no " + i);
                }
                return -i;
            })) {
                assertTrue(seen.add(done.index()));
                assertEquals(done.index(), done.item());
                assertEquals(done.item() % 10 != 3, done.succeeded());
                if (done.succeeded()) {
                    assertEquals(-done.item(), done.get());
                    assertNull(done.failure());
                } else {
                    assertEquals("no " + done.item(), done.failure().getMessage());
                    TaskFailedException e = assertThrows(TaskFailedException.class, done::get);
                    assertEquals(done.index(), e.index());
                    assertSame(done.failure(), e.getCause());
                }
            }
            assertEquals(500, seen.size());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void nullItemsAndResultsArePassedOn(PoolsContractTest.Kind kind) {
        try (ExecutorService pool = kind.make().get()) {
            List<String> items = Arrays.asList("a", null, "c");
            assertEquals(Arrays.asList(null, "null", null), Tasks.map(pool, items, s -> s == null ? "null" : null));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aFailureIsThrownWithItsItem(PoolsContractTest.Kind kind) {
        try (ExecutorService pool = kind.make().get()) {
            IOException cause = new IOException("disk full");
            TaskFailedException e = assertThrows(
                    TaskFailedException.class,
                    () -> Tasks.map(pool, List.of("x", "y", "z"), s -> {
                        if (s.equals("y")) {
                            throw cause;
                        }
                        return s;
                    }));
            assertSame(cause, e.getCause());
            assertEquals(1, e.index());
            assertEquals("y", e.item());
            assertEquals("task 1 (item: y) failed: java.io.IOException: disk full", e.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void aFailureInterruptsTheRunningAndDropsTheQueued(PoolsContractTest.Kind kind) {
        int n = 200;
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger startedCount = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        try (ExecutorService pool = kind.make().get()) {
            assertThrows(
                    TaskFailedException.class,
                    () -> Tasks.map(pool, upTo(n), i -> {
                        startedCount.incrementAndGet();
                        if (i == 0) {
                            throw new IOException("expected");
                        }
                        try {
                            OneLock.released(() -> never.await());
                        } finally {
                            left.incrementAndGet();
                        }
                        return i;
                    }));
            if (!(pool instanceof Completing)) {
                assertEquals(startedCount.get() - 1, left.get(), "map returned before its tasks had noticed");
            }
            assertTrue(kind.queues() == 0 || startedCount.get() < n);
            assertEquals(List.of(1), Tasks.map(pool, List.of(1), i -> i), "the pool is still of use");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void errorsAreFailuresToo(PoolsContractTest.Kind kind) {
        try (ExecutorService pool = kind.make().get()) {
            TaskFailedException e = assertThrows(
                    TaskFailedException.class,
                    () -> Tasks.map(pool, List.of(1), i -> {
                        throw new StackOverflowError("expected");
                    }));
            assertInstanceOf(StackOverflowError.class, e.getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void interruptingTheCallerEndsTheTasks(PoolsContractTest.Kind kind) throws Exception {
        AtomicInteger inside = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicBoolean flag = new AtomicBoolean();
        boolean completing;
        try (ExecutorService pool = kind.make().get()) {
            completing = pool instanceof Completing;
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    Tasks.map(pool, upTo(50), i -> {
                        inside.incrementAndGet();
                        started.countDown();
                        try {
                            while (true) {
                                Checkpoint.poll();
                            }
                        } finally {
                            inside.decrementAndGet();
                        }
                    });
                } catch (Throwable t) {
                    thrown.set(t);
                    flag.set(Thread.currentThread().isInterrupted());
                }
            });
            started.await();
            caller.interrupt();
            // In a quarter of a second, where the machine has nothing else to do.
            assertTrue(caller.join(Duration.ofMinutes(1)), "the tasks run on");
            assertInstanceOf(CancellationException.class, thrown.get());
            assertTrue(flag.get());
        }
        if (!completing) {
            assertEquals(0, inside.get());
        }
    }

    @Test
    void interruptingASerialMapEndsItAtOnce() {
        try (ExecutorService pool = Pools.serial()) {
            List<Integer> ran = new ArrayList<>();
            assertThrows(
                    CancellationException.class,
                    () -> Tasks.map(pool, upTo(100), i -> {
                        ran.add(i);
                        if (i == 3) {
                            Thread.currentThread().interrupt();
                            Thread.sleep(1);
                        }
                        return i;
                    }));
            assertTrue(Thread.interrupted());
            assertEquals(List.of(0, 1, 2, 3), ran);
        }
    }

    @Test
    void anInterruptedCallerHandsNothingIn() {
        try (ExecutorService pool = Pools.serial()) {
            AtomicInteger ran = new AtomicInteger();
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> Tasks.map(pool, upTo(3), i -> ran.incrementAndGet()));
            assertTrue(Thread.interrupted());
            assertEquals(0, ran.get());
        }
    }

    @ParameterizedTest
    @MethodSource("kindsThatRunTwoAtOnce")
    void resultsComeInTheOrderInWhichTasksEnd(PoolsContractTest.Kind kind) {
        CountDownLatch secondTaken = new CountDownLatch(1);
        try (ExecutorService pool = kind.make().get();
                var results = Tasks.asCompleted(pool, List.of("slow", "quick"), s -> {
                    if (s.equals("slow")) {
                        OneLock.released(() -> secondTaken.await());
                    }
                    return s;
                })) {
            Iterator<Tasks.Completed<String, String>> it = results.iterator();
            assertEquals("quick", it.next().get());
            secondTaken.countDown();
            assertEquals("slow", it.next().get());
            assertFalse(it.hasNext());
            assertThrows(NoSuchElementException.class, it::next);
        }
    }

    @ParameterizedTest
    @MethodSource("kindsWithThreads")
    void leavingTheLoopAndClosingCancelsTheRest(PoolsContractTest.Kind kind) {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        AtomicInteger begun = new AtomicInteger();
        Heard heard = new Heard();
        try (ExecutorService pool = kind.make().get()) {
            try (var results = Tasks.asCompleted(
                    pool,
                    upTo(20),
                    i -> {
                        if (i == 0) {
                            return i;
                        }
                        begun.incrementAndGet();
                        try {
                            OneLock.released(() -> never.await());
                        } catch (InterruptedException e) {
                            interrupted.incrementAndGet();
                        }
                        return i;
                    },
                    heard)) {
                for (var done : results) {
                    assertEquals(0, done.item());
                    break;
                }
            }
        } // the pool's close would wait for ever for a task that was not cancelled
        assertEquals(begun.get(), interrupted.get());
        assertEquals(List.of("started 20", "advanced 1", "finished"), heard.calls);
    }

    @Test
    void overASerialPoolTasksRunOneByOneAsResultsAreTaken() {
        List<String> order = new ArrayList<>();
        try (ExecutorService pool = Pools.serial();
                var results = Tasks.asCompleted(pool, upTo(100), i -> order.add("run " + i))) {
            assertEquals(List.of(), order);
            for (var done : results) {
                order.add("got " + done.index());
                if (done.index() == 2) {
                    break;
                }
            }
        }
        assertEquals(List.of("run 0", "got 0", "run 1", "got 1", "run 2", "got 2"), order);
    }

    @Test
    void lookAheadBoundsWhatIsHandedInButNotTaken() {
        AtomicInteger read = new AtomicInteger();
        Iterable<Integer> endless = () -> Stream.generate(read::getAndIncrement).iterator();
        int ahead = 8;
        int most = 0;
        try (ExecutorService pool = Pools.threads(2);
                var results = Tasks.asCompleted(
                        pool, endless, i -> i, Tasks.Options.standard().withLookAhead(ahead))) {
            int taken = 0;
            for (var done : results) {
                taken++;
                most = Math.max(most, read.get() - taken);
                assertTrue(done.succeeded());
                if (taken == 1000) {
                    break;
                }
            }
        }
        assertTrue(read.get() <= 1000 + ahead, read + " read");
        assertEquals(ahead - 1, most, "it fills the look-ahead, and no more");
    }

    @Test
    void lookAheadDoesNotStarveThePool() throws Exception {
        // Both threads have to be inside a task at once for either to end.
        try (ExecutorService pool = Pools.threads(2)) {
            var barrier = new CyclicBarrier(2);
            Tasks.map(
                    pool,
                    upTo(100),
                    i -> barrier.await(10, TimeUnit.SECONDS),
                    Tasks.Options.standard().withLookAhead(2));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void progressIsHeardOnTheCallersThreadAndAlwaysFinishes(PoolsContractTest.Kind kind) {
        try (ExecutorService pool = kind.make().get()) {
            Heard all = new Heard();
            Tasks.map(pool, upTo(3), i -> i, all);
            assertEquals(List.of("started 3", "advanced 1", "advanced 2", "advanced 3", "finished"), all.calls);

            Heard none = new Heard();
            Tasks.map(pool, List.of(), i -> i, none);
            assertEquals(List.of("started 0", "finished"), none.calls);

            Heard failed = new Heard();
            assertThrows(
                    TaskFailedException.class,
                    () -> Tasks.map(
                            pool,
                            upTo(1),
                            i -> {
                                throw new IOException("expected");
                            },
                            failed));
            assertEquals(List.of("started 1", "advanced 1", "finished"), failed.calls);

            Heard unknown = new Heard();
            Iterable<Integer> noCollection = () -> upTo(1).iterator();
            Tasks.map(pool, noCollection, i -> i, unknown);
            assertEquals(List.of("started -1", "advanced 1", "finished"), unknown.calls);

            Heard unused = new Heard();
            Tasks.asCompleted(pool, upTo(1), i -> i, unused).close();
            assertEquals(List.of(), unused.calls);
        }
    }

    @Test
    void aListenerThatThrowsEndsTheWork() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        try (ExecutorService pool = Pools.threads(2)) {
            Tasks.Progress broken = new Tasks.Progress() {
                @Override
                public void started(long total) {}

                @Override
                public void advanced(long done) {
                    throw new IllegalStateException("broken listener");
                }

                @Override
                public void finished() {
                    finished.set(true);
                }
            };
            assertThrows(
                    IllegalStateException.class,
                    () -> Tasks.map(
                            pool,
                            upTo(10),
                            i -> {
                                if (i > 0) {
                                    never.await();
                                }
                                return i;
                            },
                            broken));
        }
        assertTrue(finished.get());
    }

    @Test
    void itemsThatCannotBeReadEndTheWork() {
        CountDownLatch never = new CountDownLatch(1);
        Iterable<Integer> broken = () -> Stream.of(1, 2, 3)
                .peek(i -> {
                    if (i == 3) {
                        throw new IllegalStateException("unreadable");
                    }
                })
                .iterator();
        try (ExecutorService pool = Pools.threads(2)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> Tasks.map(pool, broken, i -> {
                        never.await();
                        return i;
                    }));
        }
    }

    @Test
    void aPoolThatIsShutDownByOthersDoesNotHangTheCaller() throws Exception {
        ExecutorService pool = Pools.threads(1);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch allHandedIn = new CountDownLatch(1);
        Iterable<Integer> items = () -> new Iterator<>() {
            private int next = 0;

            @Override
            public boolean hasNext() {
                if (next == 5) {
                    allHandedIn.countDown();
                }
                return next < 5;
            }

            @Override
            public Integer next() {
                return next++;
            }
        };
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                for (var done : Tasks.asCompleted(pool, items, i -> {
                    inside.countDown();
                    go.await();
                    return i;
                })) {
                    assertInstanceOf(InterruptedException.class, done.failure());
                }
            } catch (Throwable t) {
                thrown.set(t);
            }
        });
        inside.await();
        allHandedIn.await();
        assertEquals(4, pool.shutdownNow().size());
        assertTrue(caller.join(Duration.ofMinutes(1)));
        assertInstanceOf(CancellationException.class, thrown.get());
        assertTrue(
                thrown.get().getMessage().contains("shut down with 4"),
                thrown.get().getMessage());
    }

    @Test
    void aClosedPoolRejects() {
        ExecutorService pool = Pools.threads(1);
        pool.close();
        Heard heard = new Heard();
        assertThrows(RejectedExecutionException.class, () -> Tasks.map(pool, upTo(1), i -> i, heard));
        assertEquals(List.of("started 1", "finished"), heard.calls);
    }

    @Test
    void resultsComeOnce() {
        try (ExecutorService pool = Pools.threads(2)) {
            var results = Tasks.asCompleted(pool, upTo(10), i -> i);
            int sum = 0;
            for (var done : results) {
                sum += done.get();
            }
            assertEquals(45, sum);
            assertThrows(IllegalStateException.class, results::iterator);
            var closed = Tasks.asCompleted(pool, upTo(10), i -> i);
            closed.close();
            closed.close();
            assertThrows(IllegalStateException.class, closed::iterator);
        }
    }

    @Test
    void theResultListCannotBeChanged() {
        try (ExecutorService pool = Pools.serial()) {
            List<Integer> results = Tasks.map(pool, List.of(1), i -> i);
            assertThrows(UnsupportedOperationException.class, () -> results.add(2));
        }
    }

    @Test
    void longAndBrokenItemTextsDoNotSpoilTheMessage() {
        try (ExecutorService pool = Pools.serial()) {
            String message = assertThrows(
                            TaskFailedException.class,
                            () -> Tasks.map(pool, List.of("x".repeat(10_000)), i -> {
                                throw new IOException("expected");
                            }))
                    .getMessage();
            assertTrue(message.length() < 200, message);
            Object broken = new Object() {
                @Override
                public String toString() {
                    throw new IllegalStateException("toString is broken");
                }
            };
            TaskFailedException e = assertThrows(
                    TaskFailedException.class,
                    () -> Tasks.map(pool, Collections.singletonList(broken), i -> {
                        throw new IOException("expected");
                    }));
            assertTrue(e.getMessage().contains("toString throws"), e.getMessage());
        }
    }

    @Test
    void badArgumentsAreNamed() {
        try (ExecutorService pool = Pools.serial()) {
            assertThrows(NullPointerException.class, () -> Tasks.map(null, List.of(1), i -> i));
            assertThrows(NullPointerException.class, () -> Tasks.map(pool, null, i -> i));
            assertThrows(NullPointerException.class, () -> Tasks.map(pool, List.of(1), null));
            assertTrue(assertThrows(
                            IllegalArgumentException.class,
                            () -> Tasks.Options.standard().withLookAhead(0))
                    .getMessage()
                    .endsWith("got 0"));
            assertThrows(
                    NullPointerException.class, () -> Tasks.Options.standard().withProgress(null));
        }
    }

    /** A pool of two threads that tells by itself when a task is done, as one of processes would. */
    private static final class Completing extends AbstractExecutorService implements RemoteExecutor {
        @Override
        public ExecutorService recording(
                parlab.timing.Timeline timeline, java.util.function.IntFunction<String> names) {
            throw new UnsupportedOperationException("not asked for here");
        }

        private final ExecutorService inner = Pools.threads(2);

        @Override
        public <T, R> RemoteFunction<T, R> prepare(ThrowingFunction<? super T, ? extends R> function) {
            return new RemoteFunction<>() {
                @Override
                public <C> Future<List<Outcome<R>>> submit(
                        List<? extends T> items, int firstIndex, C tag, LinkedBlockingQueue<? super C> done) {
                    FutureTask<List<Outcome<R>>> future = new FutureTask<>(() -> outcomes(function, items)) {
                        @Override
                        protected void done() {
                            done.add(tag);
                        }
                    };
                    inner.execute(future);
                    return future;
                }

                @Override
                public void close() {}
            };
        }

        private static <T, R> List<Outcome<R>> outcomes(
                ThrowingFunction<? super T, ? extends R> function, List<? extends T> items) {
            List<Outcome<R>> all = new ArrayList<>();
            for (T item : items) {
                try {
                    all.add(new Outcome<>(function.apply(item), null, ""));
                } catch (Throwable e) {
                    all.add(new Outcome<>(null, e, ""));
                }
            }
            return all;
        }

        @Override
        public void execute(Runnable command) {
            throw new AssertionError("tasks must come through a prepared function");
        }

        @Override
        public void shutdown() {
            inner.shutdown();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return inner.shutdownNow();
        }

        @Override
        public boolean isShutdown() {
            return inner.isShutdown();
        }

        @Override
        public boolean isTerminated() {
            return inner.isTerminated();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
            return inner.awaitTermination(timeout, unit);
        }
    }
}
