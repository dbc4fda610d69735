package parlab.exercises.members;

import java.util.function.LongBinaryOperator;
import parlab.exercises.Expect;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.Play.Actor;
import parlab.exercises.WrongAnswer;

/**
 * Two calls at the same time: the first one is stopped wherever it reads a result, looks at a task's name, or combines
 * values; the second one gets as far as it can, and then the first goes on. Played once for each stop, so that an answer
 * that is wrong in one of these moments fails every time. Thread-safe.
 *
 * <pre>{@code
 * Stops.each(stops -> {
 *     var merge = make.make(1, 0, stops.at(Long::sum));
 *     stops.together(() -> merge.deliver(stops.result("a", 1, 1)), () -> merge.deliver(stops.result("a", 2, 1)));
 *     Expect.equal(1L, merge.total(), "total");
 * });
 * }</pre>
 */
public final class Stops {

    private static final int MOST = 100;

    private final Play play;
    private final Gate reached;
    private final Gate go;
    private volatile Thread first;
    private int left; // of the first thread

    private Stops(Play play, int number) {
        this.play = play;
        this.reached = play.gate();
        this.go = play.gate();
        this.left = number;
    }

    /** What is played with the first call stopped somewhere else each time. */
    @FunctionalInterface
    public interface Scene {
        /** Makes the two calls, and demands what has to come of them. */
        void play(Stops stops) throws Exception;
    }

    /** Plays a scene once for each stop, and at last without one. */
    public static void each(Scene scene) throws Exception {
        for (int number = 1; number <= MOST; number++) {
            try (var play = new Play()) {
                var stops = new Stops(play, number);
                scene.play(stops);
                if (!stops.reached.isOpen()) {
                    return;
                }
            }
        }
        throw new WrongAnswer("a call reads a result, or combines values, again and again");
    }

    /** Makes both calls, and waits until they have returned. */
    public void together(Expect.Action firstCall, Expect.Action secondCall) {
        Actor one = play.actor("the first of two calls", () -> {
            first = Thread.currentThread();
            firstCall.run();
        });
        play.until(() -> reached.isOpen() || one.hasEnded(), "a call does not return although nobody is in its way");
        Actor two = play.actor("the second of two calls", secondCall);
        two.settles();
        go.open();
        one.ends("of two calls at the same time, the first one does not return");
        two.ends("of two calls at the same time, the second one does not return");
    }

    /** Returns a way to combine values at which the first call is stopped. */
    public LongBinaryOperator at(LongBinaryOperator combine) {
        return (a, b) -> {
            stop();
            return combine.applyAsLong(a, b);
        };
    }

    /** Returns a result at which the first call is stopped. */
    public Members.Result result(String task, int attempt, long value) {
        return new WatchedResult(new WatchedTask(task, this::stop), attempt, value, this::stop);
    }

    private void stop() {
        if (Thread.currentThread() == first && --left == 0) {
            reached.open();
            go.await("of two calls at the same time, the second one never got anywhere");
        }
    }
}
