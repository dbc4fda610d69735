package parlab.exercises;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PlayTest {

    @Test
    void gateOpensForThoseWhoWaitAndForThoseWhoComeLater() {
        try (var play = new Play()) {
            Gate gate = play.gate();
            var waiting = play.actor("one that waits", () -> gate.await("it stayed shut"));
            waiting.waits("it does not wait");
            assertFalse(gate.isOpen());
            gate.open();
            waiting.ends("it is not let through");
            gate.await("it stays open");
            assertTrue(gate.isOpen());
        }
    }

    @Test
    void gateThatStaysShutSaysSo() {
        try (var play = new Play()) {
            Gate gate = play.gate();
            var wrong = assertThrows(WrongAnswer.class, () -> gate.await("nobody came by"));
            assertEquals("nobody came by", wrong.getMessage());
        }
    }

    @Test
    void failureOfAnActorIsSaidRatherThanWhatItDidNotDo() {
        try (var play = new Play()) {
            Gate gate = play.gate();
            play.actor("the writer", () -> {
                throw new IllegalStateException("broken");
            });
            var wrong = assertThrows(WrongAnswer.class, () -> gate.await("nobody came by"));
            assertTrue(wrong.getMessage().startsWith("the writer: threw"), wrong.getMessage());
            assertTrue(wrong.getMessage().contains("broken"), wrong.getMessage());
        }
    }

    @Test
    void actorThatDoesNotEndIsWrong() {
        try (var play = new Play()) {
            var stuck = play.actor("stuck", () -> new CountDownLatch(1).await());
            var wrong = assertThrows(WrongAnswer.class, () -> stuck.ends("it does not end"));
            assertEquals("it does not end", wrong.getMessage());
        }
    }

    @Test
    void closingInterruptsWhoIsLeft() throws InterruptedException {
        Play.Actor left;
        var interrupted = new CountDownLatch(1);
        try (var play = new Play()) {
            left = play.actor("left", () -> {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                }
            });
            left.waits("it does not wait");
        }
        interrupted.await();
    }

    @Test
    void whoPassesAGateTooEarlyIsSeen() {
        try (var play = new Play()) {
            Gate early = play.gate();
            var runs = play.actor("one that runs through", early::open);
            assertThrows(WrongAnswer.class, () -> runs.staysBefore(early, "it came by"));
            Gate shut = play.gate();
            var waits = play.actor("one that waits", () -> shut.await("it stayed shut"));
            waits.staysBefore(shut, "it came by");
            shut.open();
            waits.ends("it is not let through");
        }
    }

    @Test
    void whoBidesTimeIsNotTakenForOneThatWaitsForALock() {
        try (var play = new Play()) {
            Gate gate = play.gate();
            var sleeps = play.actor("one that sleeps", () -> {
                LockSupport.parkNanos(500_000_000);
                gate.open();
            });
            assertThrows(WrongAnswer.class, () -> sleeps.staysBefore(gate, "it came by"));
        }
    }

    @Test
    void whoIsFoundNotToWaitIsWrong() {
        try (var play = new Play()) {
            var sleeps = play.actor("one that sleeps", () -> LockSupport.parkNanos(500_000_000));
            assertThrows(WrongAnswer.class, () -> sleeps.stays("it went on"));
            var waits = play.actor("one that waits", () -> new CountDownLatch(1).await());
            waits.stays("it went on");
        }
    }

    @Test
    void whoInterruptsATestDoesNotPassIt() {
        try (var play = new Play()) {
            Thread.currentThread().interrupt();
            assertThrows(WrongAnswer.class, () -> play.never(() -> false, "it happened"));
            assertFalse(Thread.interrupted());
        }
    }

    @Test
    void actorDoesNotKnowItsPart() {
        try (var play = new Play()) {
            var names = new ConcurrentLinkedQueue<String>();
            play.actor("the second", () -> names.add(Thread.currentThread().getName()))
                    .ends("it does not end");
            assertFalse(names.contains("the second"));
        }
    }

    @Test
    void aThreadThatRunsIsNotTakenForOneThatWaits() {
        var over = new AtomicInteger();
        try (var play = new Play()) {
            var runs = play.actor("one that runs", () -> {
                while (over.get() == 0) {
                    Thread.onSpinWait();
                }
            });
            assertFalse(runs.isWaiting());
            assertFalse(runs.hasEnded());
            over.set(1);
            runs.ends("it does not end");
            assertTrue(runs.hasEnded());
            runs.settles();
        }
    }

    @Test
    void anExpectedExceptionEndsAnActorWell() {
        try (var play = new Play()) {
            var waits = play.actor("one that waits", () -> new CountDownLatch(1).await());
            waits.waits("it does not wait");
            waits.interrupt();
            waits.endsWith(InterruptedException.class, "it was not interrupted");
            var ends = play.actor("one that ends", () -> {});
            assertThrows(WrongAnswer.class, () -> ends.endsWith(InterruptedException.class, "it was not interrupted"));
        }
    }

    @Test
    void neverLooksUntilItHappens() {
        try (var play = new Play()) {
            var looks = new AtomicInteger();
            assertThrows(WrongAnswer.class, () -> play.never(() -> looks.incrementAndGet() == 3, "it happened"));
            assertEquals(3, looks.get());
            play.never(() -> false, "it happened");
        }
    }

    @Test
    void patientlyTriesTheLongerTimesOnlyAfterAFailure() throws Exception {
        List<Duration> tried = new ArrayList<>();
        var times = new Duration[] {Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3)};
        Play.patiently(
                time -> {
                    tried.add(time);
                    Expect.that(tried.size() == 2, "too short");
                },
                times);
        assertEquals(List.of(times[0], times[1]), tried);
        var wrong = assertThrows(
                WrongAnswer.class,
                () -> Play.patiently(time -> Expect.that(false, "with " + time.toMillis() + " ms"), times));
        assertEquals("with 3 ms", wrong.getMessage());
    }
}
