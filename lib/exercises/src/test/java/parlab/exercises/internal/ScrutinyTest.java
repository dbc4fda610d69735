package parlab.exercises.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.Trial;

class ScrutinyTest {

    /** Two threads want to pass one after the other; an answer says how the second waits, and how the first leaves. */
    private interface Turns {
        void waits() throws InterruptedException;

        default void leaves() {}
    }

    private final AtomicInteger runs = new AtomicInteger();

    private final Trial<Turns> trial = turns -> {
        runs.incrementAndGet();
        try (var play = new Play()) {
            Gate passed = play.gate(), go = play.gate();
            var first = play.actor("the first", () -> {
                go.await("the first never got on");
                turns.leaves();
            });
            var second = play.actor("the second", () -> {
                turns.waits();
                passed.open();
            });
            second.staysBefore(passed, "the second came by");
            go.open();
            first.ends("the first does not end");
            second.ends("the second still waits");
        }
    };

    private static Turns latch(Runnable byTheWay) {
        var left = new CountDownLatch(1);
        return new Turns() {
            @Override
            public void waits() throws InterruptedException {
                byTheWay.run();
                left.await();
            }

            @Override
            public void leaves() {
                left.countDown();
            }
        };
    }

    @Test
    void whoWaitsForTheOtherPassesAtOnce() {
        assertNull(problem(trial, latch(() -> {}), allThreadsNow()));
        assertEquals(1, runs.get());
    }

    @Test
    void whoPollsPassesBothRuns() {
        var left = new AtomicInteger();
        var polls = new Turns() {
            @Override
            public void waits() {
                for (int turn = left.get(); left.get() == turn; ) {
                    Thread.onSpinWait();
                }
            }

            @Override
            public void leaves() {
                left.incrementAndGet();
            }
        };
        assertNull(problem(trial, polls, allThreadsNow()));
        assertEquals(2, runs.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 2_000})
    void whoSleepsFailsOneRunHoweverLong(int millis) {
        assertNotNull(problem(trial, () -> Thread.sleep(millis), allThreadsNow()));
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 2_000})
    void whoIsWokenByAHelperFailsOneRunHoweverLong(int millis) {
        Turns woken = () -> {
            var waiting = Thread.currentThread();
            var helper = Thread.ofPlatform().daemon().start(() -> {
                LockSupport.parkNanos(millis * 1_000_000L);
                LockSupport.unpark(waiting);
            });
            while (helper.isAlive()) {
                LockSupport.park();
            }
        };
        assertNotNull(problem(trial, woken, allThreadsNow()));
    }

    @Test
    void whoHasAHelperAndWaitsAllTheSamePassesBothRuns() {
        var end = new CountDownLatch(1);
        var helper = Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                // then it ends as well
            }
        });
        Set<Thread> known = allThreadsNow();
        helper.start();
        try {
            var left = new AtomicInteger();
            assertNull(problem(
                    trial,
                    new Turns() {
                        @Override
                        public synchronized void waits() throws InterruptedException {
                            int turn = left.get();
                            while (left.get() == turn) {
                                wait();
                            }
                        }

                        @Override
                        public synchronized void leaves() {
                            left.incrementAndGet();
                            notifyAll();
                        }
                    },
                    known));
            assertEquals(2, runs.get());
        } finally {
            end.countDown();
        }
    }

    /** What both runs say, or the only one. */
    private static String problem(Trial<Turns> trial, Turns turns, Set<Thread> known) {
        var first = Scrutiny.first(known);
        String problem = first.problem(trial, turns);
        var second = first.second();
        return problem == null && second != null ? second.problem(trial, turns) : problem;
    }

    private static Set<Thread> allThreadsNow() {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }
}
