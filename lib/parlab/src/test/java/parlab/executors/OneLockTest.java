package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.timing.Timeline;

@Timeout(20)
final class OneLockTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(1);

    private static void awaitUnlocked(CountDownLatch latch) throws Exception {
        OneLock.released(() -> latch.await());
    }

    /** Polls until the flag is up: a task that computes, never blocks, and keeps the lock if it may. */
    private static void spinUntil(AtomicBoolean flag) {
        while (!flag.get()) {
            Checkpoint.poll();
        }
    }

    @Test
    void waiterGetsTheLockAlthoughTheHolderNeverBlocks() throws Exception {
        try (OneLock pool = Pools.oneLock(2, SHORT)) {
            AtomicBoolean seen = new AtomicBoolean();
            CountDownLatch holds = new CountDownLatch(1);
            Future<?> holder = pool.submit(() -> {
                holds.countDown();
                spinUntil(seen);
            });
            holds.await();
            pool.submit(() -> seen.set(true)).get();
            holder.get();
            assertTrue(pool.lock.dropRequests() >= 1);
            assertTrue(pool.lock.switches() >= 1);
        }
    }

    @Test
    void holderThatNeverPollsKeepsTheLockToItsEnd() throws Exception {
        try (OneLock pool = Pools.oneLock(2, Duration.ofNanos(1_000))) {
            CountDownLatch mayEnd = new CountDownLatch(1);
            CountDownLatch holds = new CountDownLatch(1);
            AtomicBoolean ended = new AtomicBoolean();
            AtomicBoolean sawTheEnd = new AtomicBoolean();
            pool.execute(() -> {
                holds.countDown();
                uninterruptibly(mayEnd);
                ended.set(true);
            });
            holds.await();
            Future<?> waiter = pool.submit(() -> sawTheEnd.set(ended.get()));
            awaitDropRequests(pool, 1);
            assertFalse(waiter.isDone());
            mayEnd.countDown();
            waiter.get();
            assertTrue(sawTheEnd.get());
        }
    }

    @Test
    void holderKeepsTheLockWhileNobodyWaits() throws Exception {
        try (OneLock pool = Pools.oneLock(4, Duration.ofNanos(1_000))) {
            pool.submit(() -> {
                        for (int i = 0; i < 1_000_000; i++) {
                            Checkpoint.poll();
                        }
                    })
                    .get();
            assertEquals(0, pool.lock.switches());
            assertEquals(0, pool.lock.dropRequests());
        }
    }

    @Test
    void aLongIntervalKeepsTheHolderRunning() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch holds = new CountDownLatch(1);
            Future<?> holder = pool.submit(() -> {
                holds.countDown();
                spinUntil(stop);
            });
            holds.await();
            Future<Boolean> waiter = pool.submit(stop::get);
            awaitWaiting("onelock-2");
            stop.set(true);
            assertTrue(waiter.get(), "the waiter ran before the holder's end");
            holder.get();
            assertEquals(0, pool.lock.dropRequests());
            assertEquals(1, pool.lock.switches());
        }
    }

    @Test
    void tasksNeverComputeAtTheSameTime() throws Exception {
        int threads = 4;
        try (OneLock pool = Pools.oneLock(threads, Duration.ofNanos(50_000))) {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            AtomicBoolean stop = new AtomicBoolean();
            int[] unguarded = {0};
            List<Future<Integer>> futures = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                futures.add(pool.submit(() -> {
                    int mine = 0;
                    while (!stop.get()) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        unguarded[0]++; // lost updates would show
                        mine++;
                        inside.decrementAndGet();
                        Checkpoint.poll();
                        if (mine % 1000 == 0) {
                            OneLock.released(() -> Thread.yield());
                        }
                    }
                    return mine;
                }));
            }
            awaitSwitches(pool, 100);
            stop.set(true);
            int sum = 0;
            for (Future<Integer> f : futures) {
                sum += f.get();
            }
            assertEquals(1, most.get());
            assertEquals(sum, unguarded[0]);
        }
    }

    @Test
    void aHolderThatIsAskedWaitsUntilAnotherHasTakenOver() throws Exception {
        // Every drop request that is honoured by a spinning holder must end in a switch.
        try (OneLock pool = Pools.oneLock(2, SHORT)) {
            AtomicBoolean stop = new AtomicBoolean();
            Future<?> a = pool.submit(() -> spinUntil(stop));
            Future<?> b = pool.submit(() -> spinUntil(stop));
            awaitSwitches(pool, 20);
            stop.set(true);
            a.get();
            b.get();
            // The last request may find the holder at its end; that, too, hands over.
            long more = pool.lock.switches() - pool.lock.dropRequests();
            assertTrue(Math.abs(more) <= 1, more + " more switches than requests");
        }
    }

    @Test
    void aThreadThatHasJustTakenTheLockMayKeepItForAnInterval() throws Exception {
        Duration interval = Duration.ofMillis(100);
        while (true) { // until the machine lets the first holder end before anybody asks
            try (OneLock pool = Pools.oneLock(3, interval)) {
                CountDownLatch holds = new CountDownLatch(1);
                CountDownLatch go = new CountDownLatch(1);
                Future<?> first = pool.submit(() -> {
                    holds.countDown();
                    uninterruptibly(go);
                });
                holds.await();
                // Lines up first, so it gets the lock; and never polls.
                Future<Duration> second = pool.submit(() -> {
                    long taken = System.nanoTime();
                    if (pool.lock.dropRequests() > 0) {
                        return Duration.ZERO;
                    }
                    awaitDropRequests(pool, 1);
                    return Duration.ofNanos(System.nanoTime() - taken);
                });
                awaitWaiting("onelock-2");
                // Has waited for a while when the lock changes hands: that does not count.
                Future<?> third = pool.submit(() -> {});
                awaitWaiting("onelock-3");
                Thread.sleep(interval.dividedBy(2)); // the time that does not count
                go.countDown();
                first.get();
                third.get();
                Duration undisturbed = second.get();
                if (!undisturbed.isZero()) {
                    assertTrue(undisturbed.compareTo(interval) >= 0, undisturbed.toString());
                    return;
                }
            }
        }
    }

    @Test
    void releasedLetsAnotherRun() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch other = new CountDownLatch(1);
            Future<String> first = pool.submit(() -> {
                awaitUnlocked(other);
                return "back";
            });
            pool.submit(other::countDown).get();
            assertEquals("back", first.get());
            assertEquals(0, pool.lock.dropRequests());
        }
    }

    @Test
    void nestedReleasedCallsTakeTheLockBackOnce() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch inner = new CountDownLatch(1);
            CountDownLatch outer = new CountDownLatch(1);
            Future<String> nested = pool.submit(() -> OneLock.released(() -> {
                OneLock.released(() -> inner.await());
                // Still without the lock: else this would keep the second task from counting down.
                outer.await();
                Checkpoint.poll();
                return "done";
            }));
            pool.submit(inner::countDown).get();
            pool.submit(outer::countDown).get();
            assertEquals("done", nested.get());
        }
    }

    @Test
    void releasedOutsideAPoolJustCalls() throws Exception {
        assertEquals(42, OneLock.released(() -> 42));
        assertThrows(
                IOException.class,
                () -> OneLock.released(() -> {
                    throw new IOException("from the call");
                }));
        AtomicBoolean ran = new AtomicBoolean();
        OneLock.released(() -> ran.set(true));
        assertTrue(ran.get());
    }

    @Test
    void releasedTakesTheLockBackWhenTheCallThrows() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch caught = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            Future<?> thrower = pool.submit(() -> {
                try {
                    OneLock.released(() -> {
                        throw new IOException("expected");
                    });
                } catch (IOException e) {
                    caught.countDown();
                }
                go.await(); // with the lock
                return null;
            });
            caught.await();
            Future<?> other = pool.submit(() -> {});
            awaitWaiting("onelock-2");
            assertFalse(other.isDone());
            go.countDown();
            thrower.get();
            other.get();
        }
    }

    @Test
    void aFailingTaskFreesTheLock() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            Future<?> failing = pool.submit(() -> {
                throw new IOException("expected");
            });
            assertInstanceOf(
                    IOException.class,
                    assertThrows(ExecutionException.class, failing::get).getCause());
            // Two at once, so that the other worker gets one of them, and needs the lock.
            CyclicBarrier both = new CyclicBarrier(2);
            Future<?> a = pool.submit(() -> OneLock.released(() -> both.await()));
            Future<?> b = pool.submit(() -> OneLock.released(() -> both.await()));
            a.get();
            b.get();
        }
    }

    @Test
    void anErrorThroughExecuteCostsNeitherLockNorWorker() throws Exception {
        try (OneLock pool = Pools.oneLock(1, LONG)) {
            AtomicReference<Throwable> reported = new AtomicReference<>();
            pool.submit(() -> Thread.currentThread().setUncaughtExceptionHandler((t, e) -> reported.set(e)))
                    .get();
            Error error = new AssertionError("expected");
            pool.execute(() -> {
                throw error;
            });
            assertEquals(
                    "onelock-1",
                    pool.submit(() -> Thread.currentThread().getName()).get());
            assertSame(error, reported.get());
        }
    }

    @Test
    void cancelEndsATaskThatWaitsForTheLock() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch mayEnd = new CountDownLatch(1);
            CountDownLatch holds = new CountDownLatch(1);
            pool.execute(() -> {
                holds.countDown();
                uninterruptibly(mayEnd);
            });
            holds.await();
            AtomicBoolean ran = new AtomicBoolean();
            Future<?> waiter = pool.submit(() -> ran.set(true));
            awaitWaiting("onelock-2");
            assertTrue(waiter.cancel(true));
            awaitNoWaiter(pool);
            // The worker is free again, without the lock: it picks up the next task, and waits with that.
            Future<String> next = pool.submit(() -> Thread.currentThread().getName());
            awaitWaiting("onelock-2");
            mayEnd.countDown();
            next.get();
            assertFalse(ran.get());
            assertThrows(CancellationException.class, waiter::get);
        }
    }

    @Test
    void cancelEndsATaskThatWaitsToGetTheLockBack() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch released = new CountDownLatch(1);
            CountDownLatch holds = new CountDownLatch(1);
            CountDownLatch mayEnd = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicBoolean interruptedAfter = new AtomicBoolean();
            Future<?> task = pool.submit(() -> {
                try {
                    OneLock.released(() -> {
                        released.countDown();
                        return holds.await(10, TimeUnit.SECONDS);
                    });
                } catch (Throwable t) {
                    thrown.set(t);
                    interruptedAfter.set(Thread.currentThread().isInterrupted());
                    over.countDown();
                    throw t;
                }
                return null;
            });
            released.await();
            pool.execute(() -> {
                holds.countDown();
                uninterruptibly(mayEnd);
            });
            holds.await();
            awaitWaiting("onelock-1");
            assertTrue(task.cancel(true));
            over.await(); // although the lock is still held by the other
            assertInstanceOf(CancellationException.class, thrown.get());
            assertTrue(interruptedAfter.get());
            mayEnd.countDown();
        }
    }

    @Test
    void aTaskThatGoesOnAfterLosingTheLockGetsItBackAtACheckpoint() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch released = new CountDownLatch(1);
            CountDownLatch holds = new CountDownLatch(1);
            CountDownLatch mayEnd = new CountDownLatch(1);
            CountDownLatch lost = new CountDownLatch(1);
            AtomicReference<Thread> worker = new AtomicReference<>();
            AtomicBoolean otherEnded = new AtomicBoolean();
            Future<Boolean> stubborn = pool.submit(() -> {
                worker.set(Thread.currentThread());
                assertThrows(
                        CancellationException.class,
                        () -> OneLock.released(() -> {
                            released.countDown();
                            holds.await();
                        }));
                assertTrue(Thread.interrupted());
                lost.countDown();
                Checkpoint.poll();
                return otherEnded.get();
            });
            released.await();
            Future<?> other = pool.submit(() -> {
                holds.countDown();
                uninterruptibly(mayEnd);
                otherEnded.set(true);
            });
            holds.await();
            awaitWaiting("onelock-1");
            worker.get().interrupt();
            lost.await();
            awaitWaiting("onelock-1");
            assertFalse(stubborn.isDone());
            mayEnd.countDown();
            assertTrue(stubborn.get());
            other.get();
        }
    }

    @Test
    void aRequestOfAWaiterThatGaveUpDoesNotHoldUpTheHolder() throws Exception {
        try (OneLock pool = Pools.oneLock(2, SHORT)) {
            CountDownLatch holds = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            Future<String> holder = pool.submit(() -> {
                holds.countDown();
                goOn.await();
                Checkpoint.poll(); // finds a request, and nobody who waits
                return "went on";
            });
            holds.await();
            Future<?> waiter = pool.submit(() -> {});
            awaitDropRequests(pool, 1);
            waiter.cancel(true);
            awaitNoWaiter(pool);
            goOn.countDown();
            assertEquals("went on", holder.get());
        }
    }

    @Test
    void waitersThatGiveUpAtAnyMomentNeverLeaveTheHolderStanding() throws Exception {
        try (OneLock pool = Pools.oneLock(2, Duration.ofNanos(1_000))) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong turns = new AtomicLong();
            CountDownLatch holds = new CountDownLatch(1);
            Future<?> holder = pool.submit(() -> {
                holds.countDown();
                while (!stop.get()) {
                    Checkpoint.poll();
                    turns.incrementAndGet();
                }
            });
            holds.await();
            for (int i = 0; i < 200; i++) {
                Future<?> waiter = pool.submit(() -> {});
                for (int spin = 0; spin < 100 * (i % 200); spin++) {
                    Thread.onSpinWait(); // so that the interruption comes at another point every time
                }
                waiter.cancel(true);
                long before = turns.get();
                watch(() -> turns.get() > before + 1); // nobody else comes who could take over
            }
            stop.set(true);
            holder.get();
        }
    }

    @Test
    void shutdownNowEndsWorkersThatWaitForTheLockAndReturnsTheQueued() throws Exception {
        OneLock pool = Pools.oneLock(4, LONG);
        CountDownLatch holds = new CountDownLatch(1);
        Future<?> holder = pool.submit(() -> {
            holds.countDown();
            while (true) {
                Checkpoint.poll();
            }
        });
        holds.await();
        Future<?> waiter = pool.submit(() -> {});
        FutureTask<Void> foreign = new FutureTask<>(() -> null);
        FutureTask<Void> recorded = new FutureTask<>(() -> null);
        pool.execute(foreign);
        Pools.recording(pool, new Timeline()).execute(recorded);
        awaitWaiting("onelock-2");
        awaitWaiting("onelock-3");
        awaitWaiting("onelock-4");
        Runnable queued = () -> {};
        pool.execute(queued);
        Future<?> queuedFuture = pool.submit(() -> {});
        assertEquals(List.of(queued, queuedFuture), pool.shutdownNow());
        assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
        assertInstanceOf(
                CancellationException.class,
                assertThrows(ExecutionException.class, holder::get).getCause());
        assertTrue(waiter.isDone());
        assertTrue(recorded.isDone());
        assertTrue(foreign.isDone(), "somebody may be waiting for it"); // cancelled, or it got the lock just in time
        assertFalse(queuedFuture.isDone());
    }

    @Test
    void aReturnedTaskCanBeRunByHand() throws Exception {
        OneLock pool = Pools.oneLock(1, LONG);
        CountDownLatch holds = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        pool.execute(() -> {
            holds.countDown();
            uninterruptibly(never);
        });
        holds.await();
        Future<Integer> queued = pool.submit(() -> 7);
        pool.shutdownNow().forEach(Runnable::run);
        assertEquals(7, queued.get());
        never.countDown();
    }

    @Test
    void theLockStaysWithAWorkerWhileTasksAreQueued() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            CountDownLatch queued = new CountDownLatch(1);
            CountDownLatch holds = new CountDownLatch(1);
            List<String> order = new ArrayList<>(); // guarded by the one lock
            pool.execute(() -> {
                holds.countDown();
                uninterruptibly(queued);
                order.add("first of onelock-1");
            });
            holds.await();
            pool.execute(() -> order.add("onelock-2"));
            awaitWaiting("onelock-2");
            Future<?> last = null;
            for (int i = 0; i < 3; i++) {
                last = pool.submit(
                        () -> order.add("later of " + Thread.currentThread().getName()));
            }
            queued.countDown();
            assertNotNull(last);
            last.get();
            pool.shutdown();
            assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS));
            assertEquals(
                    List.of(
                            "first of onelock-1",
                            "later of onelock-1",
                            "later of onelock-1",
                            "later of onelock-1",
                            "onelock-2"),
                    order);
            assertEquals(1, pool.lock.switches());
        }
    }

    /** The convoy effect: against a computing thread, every blocking call costs a wait of about an interval. */
    @Test
    void everyBlockingCallLosesTheLockToAComputingThread() throws Exception {
        int calls = 20;
        Duration interval = Duration.ofMillis(2);
        try (OneLock pool = Pools.oneLock(2, interval)) {
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch computing = new CountDownLatch(1);
            Future<?> cpu = pool.submit(() -> {
                computing.countDown();
                spinUntil(stop);
            });
            computing.await();
            List<Duration> waits = pool.submit(() -> {
                        List<Duration> all = new ArrayList<>();
                        for (int i = 0; i < calls; i++) {
                            long before = pool.lock.switches();
                            // It blocks until the other thread has the lock: no luck involved.
                            long ready = OneLock.released(() -> {
                                awaitSwitches(pool, before + 1);
                                return System.nanoTime();
                            });
                            all.add(Duration.ofNanos(System.nanoTime() - ready));
                        }
                        return all;
                    })
                    .get();
            stop.set(true);
            cpu.get();
            assertEquals(calls, waits.size());
            assertTrue(Collections.min(waits).compareTo(interval) >= 0, waits.toString());
            assertTrue(pool.lock.dropRequests() >= calls + 1);
        }
    }

    @Test
    void tenThousandHandOversLoseNoWakeUp() throws Exception {
        int rounds = 5_000;
        try (OneLock pool = Pools.oneLock(2, LONG)) { // a lost wake-up would cost an hour
            AtomicInteger turn = new AtomicInteger();
            List<Future<?>> players = new ArrayList<>();
            for (int p = 0; p < 2; p++) {
                int me = p;
                players.add(pool.submit(() -> {
                    for (int r = 0; r < rounds; r++) {
                        while (turn.get() % 2 != me) {
                            OneLock.released(() -> Thread.yield());
                        }
                        turn.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (Future<?> f : players) {
                f.get();
            }
            assertEquals(2 * rounds, turn.get());
            assertTrue(pool.lock.switches() >= 2 * rounds - 2);
        }
    }

    @Test
    void requestsAndInterruptionsAtRandomLeaveTheLockUsable() throws Exception {
        try (OneLock pool = Pools.oneLock(4, Duration.ofNanos(20_000))) {
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                int seed = i;
                futures.add(pool.submit(() -> {
                    for (int k = 0; k < 50; k++) {
                        Checkpoint.poll();
                        if ((k + seed) % 7 == 0) {
                            OneLock.released(() -> Thread.yield());
                        }
                    }
                    return null;
                }));
                if (i % 3 == 0) {
                    futures.get(i / 2).cancel(true);
                }
            }
            int done = 0;
            for (Future<?> f : futures) {
                try {
                    f.get();
                    done++;
                } catch (CancellationException e) {
                    assertTrue(f.isCancelled());
                }
            }
            assertTrue(done >= 1_000, done + " done");
            assertEquals("alive", pool.submit(() -> "alive").get());
        }
    }

    @Test
    void aTaskMayWaitForATaskOfItsOwnPoolWithoutTheLock() throws Exception {
        try (OneLock pool = Pools.oneLock(2, LONG)) {
            Callable<Integer> nested =
                    () -> 1 + OneLock.released(() -> pool.submit(() -> 2).get());
            assertEquals(3, pool.submit(nested).get());
            assertEquals(
                    List.of(2, 4),
                    pool.submit(() -> Tasks.map(pool, List.of(1, 2), x -> 2 * x))
                            .get());
            Callable<Integer> any = () -> OneLock.released(() -> pool.invokeAny(List.of(() -> 5)));
            assertEquals(5, pool.submit(any).get());
        }
    }

    @Test
    void waitsAreRecordedInsideTheirTasks() throws Exception {
        Timeline timeline = new Timeline();
        try (OneLock lock = Pools.oneLock(2, SHORT)) {
            ExecutorService pool = Pools.recording(lock, timeline, k -> k == 1 ? "computes" : "waits");
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch holds = new CountDownLatch(1);
            Future<?> cpu = pool.submit(() -> {
                holds.countDown();
                spinUntil(stop);
            });
            holds.await();
            pool.submit(() -> {
                        long before = lock.lock.switches();
                        OneLock.released(() -> {
                            awaitSwitches(lock, before + 1);
                            Thread.sleep(1); // for a wait that is long enough to be recorded
                        });
                        stop.set(true);
                        return null;
                    })
                    .get();
            cpu.get();
        }
        List<Timeline.Span> spans = timeline.spans();
        Timeline.Span run = spans.stream()
                .filter(s -> s.kind() == Timeline.Kind.RUN && s.task().equals("waits"))
                .findFirst()
                .orElseThrow();
        assertEquals("onelock-2", run.worker());
        List<Timeline.Span> waits = spans.stream()
                .filter(s -> s.kind() == Timeline.Kind.WAIT && s.task().equals("waits"))
                .toList();
        assertEquals(
                List.of("the lock", "a blocking call", "the lock"),
                waits.stream().map(Timeline.Span::why).toList());
        for (Timeline.Span wait : waits) {
            assertTrue(wait.nanos() >= 100_000);
            assertTrue(run.startNanos() <= wait.startNanos() && wait.endNanos() <= run.endNanos());
        }
        assertEquals(
                1,
                spans.stream()
                        .filter(s -> s.kind() == Timeline.Kind.RUN && s.task().equals("computes"))
                        .count());
    }

    @Test
    void badArgumentsAreNamed() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Pools.oneLock(0))
                .getMessage()
                .contains("got 0"));
        for (Duration bad : List.of(
                Duration.ZERO,
                Duration.ofMillis(-5),
                Duration.ofNanos(999),
                Duration.ofDays(1),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            String message = assertThrows(IllegalArgumentException.class, () -> Pools.oneLock(1, bad))
                    .getMessage();
            assertTrue(message.contains("1 µs") && message.contains(bad.toString()), message);
        }
        assertThrows(NullPointerException.class, () -> Pools.oneLock(1, null));
        assertThrows(NullPointerException.class, () -> OneLock.released((OneLock.BlockingAction) null));
        try (OneLock pool = Pools.oneLock(3, Duration.ofNanos(1_000))) {
            assertEquals("OneLock[3 threads, interval 1.00 µs]", pool.toString());
            assertThrows(NullPointerException.class, () -> pool.execute(null));
        }
    }

    @Test
    void workersAreNamedDaemonsAndOutsidersAreNotBound() throws Exception {
        try (OneLock pool = Pools.oneLock(1)) {
            assertTrue(pool.submit(() -> Thread.currentThread().isDaemon()).get());
            // A thread that a task starts by itself is no part of the pool.
            String result = pool.submit(() -> CompletableFuture.supplyAsync(() -> {
                                Checkpoint.poll();
                                return "outside";
                            })
                            .get())
                    .get();
            assertEquals("outside", result);
        }
    }

    private static void uninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // What happens inside the pool has no latch to wait on: these watch it until it has happened, or until
    // the test's time-out interrupts them.

    private static void awaitDropRequests(OneLock pool, long atLeast) {
        watch(() -> pool.lock.dropRequests() >= atLeast);
    }

    private static void awaitSwitches(OneLock pool, long atLeast) {
        watch(() -> pool.lock.switches() >= atLeast);
    }

    private static void awaitNoWaiter(OneLock pool) {
        watch(() -> pool.lock.waiting() == 0);
    }

    /** Until the live worker of that name stands in the wait for the lock. */
    private static void awaitWaiting(String name) {
        watch(() -> Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals(name) && inTake(t)));
    }

    private static void watch(BooleanSupplier happened) {
        while (!happened.getAsBoolean()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("it did not happen in time");
            }
            Thread.yield();
        }
    }

    private static boolean inTake(Thread thread) {
        if (thread.getState() != Thread.State.TIMED_WAITING) {
            return false;
        }
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().endsWith("GlobalLock")
                    && frame.getMethodName().equals("take")) {
                return true;
            }
        }
        return false;
    }
}
