package parlab.exercises.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.WrongAnswer;

class ServingTest {

    private static final long MILLI = 1_000_000;

    @Test
    void onlyWaitingMovesTheClock() {
        var queue = new ScriptedRequests(2, 5, 5);
        long start = queue.nanos();
        assertEquals("r1", queue.take());
        assertEquals(2 * MILLI, queue.nanos() - start);
        assertNull(queue.poll(2 * MILLI));
        assertEquals(4, queue.millis());
        assertNull(queue.poll(-5));
        assertEquals(4, queue.millis());
        assertEquals("r2", queue.poll(MILLI));
        assertEquals("r3", queue.poll(0));
        assertEquals(5, queue.millis());
        assertEquals(3, queue.taken());
        assertThrows(WrongAnswer.class, queue::take);
    }

    @Test
    void whoAsksWithoutWaitingIsStopped() {
        var queue = new ScriptedRequests(1);
        assertThrows(WrongAnswer.class, () -> {
            while (queue.poll(0) == null) {
                queue.nanos();
            }
        });
    }

    @Test
    void aRequestTellsAllThatBecameOfIt() {
        var requests = RecordedRequest.all(1, 2, 3);
        requests.get(0).answer(7);
        requests.get(0).fail(new IllegalStateException("late"));
        requests.get(1).fail(null);
        assertEquals("[7 and failed: late, failed: no reason, nothing]", requests.toString());
    }

    @Test
    void aModelObjectsToBeingClosedWhileItWorksToBeingClosedTwiceAndToBeingAskedAfterwards() {
        var idle = new WatchedModel("idle");
        assertEquals("idle: x", idle.run("x"));
        assertFalse(idle.isClosed());
        idle.close();
        assertTrue(idle.isClosed());
        assertThrows(WrongAnswer.class, idle::close);
        assertThrows(WrongAnswer.class, idle::isClosed);
        var asked = new WatchedModel("asked");
        asked.close();
        assertThrows(WrongAnswer.class, () -> asked.run("x"));
        assertThrows(WrongAnswer.class, asked::isClosed);
        try (var play = new Play()) {
            Gate inside = play.gate(), go = play.gate();
            var busy = new WatchedModel("busy", x -> {
                inside.open();
                go.await("the test never got on");
                return x;
            });
            var run = play.actor("a request", () -> busy.run("x"));
            inside.await("it does not run");
            assertThrows(WrongAnswer.class, busy::close);
            go.open();
            run.ends("it does not end");
            assertThrows(WrongAnswer.class, busy::isClosed);
        }
    }
}
