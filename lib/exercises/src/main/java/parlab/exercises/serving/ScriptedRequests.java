package parlab.exercises.serving;

import java.util.concurrent.TimeUnit;
import parlab.exercises.WrongAnswer;

/**
 * Requests that come at known moments, by a clock that only waiting moves: a busy machine changes nothing. They are called
 * r1, r2 and so on. Not thread-safe: nobody else is needed.
 */
public final class ScriptedRequests implements Serving.Requests {

    private static final int MOST_CALLS = 10_000;
    private static final long START = 1_000_000_000_000L; // a clock of this kind may begin anywhere

    private final long[] arrivals;
    private long now;
    private int taken;
    private int calls;

    /** A queue of requests that come so many milliseconds after the start, in their order. */
    public ScriptedRequests(long... millis) {
        arrivals = new long[millis.length];
        for (int i = 0; i < millis.length; i++) {
            arrivals[i] = TimeUnit.MILLISECONDS.toNanos(millis[i]);
        }
    }

    @Override
    public long nanos() {
        count();
        return START + now;
    }

    @Override
    public String take() {
        count();
        if (taken == arrivals.length) {
            throw new WrongAnswer("it waits, without an end, for a request that never comes");
        }
        now = Math.max(now, arrivals[taken]);
        return "r" + ++taken;
    }

    @Override
    public String poll(long nanos) {
        count();
        long until = now + Math.max(0, nanos);
        if (taken < arrivals.length && arrivals[taken] <= until) {
            return take();
        }
        now = until;
        return null;
    }

    /** How many milliseconds have passed since the start. */
    public long millis() {
        return TimeUnit.NANOSECONDS.toMillis(now);
    }

    /** How many requests were taken. */
    public int taken() {
        return taken;
    }

    private void count() {
        if (++calls > MOST_CALLS) {
            throw new WrongAnswer("it asks again and again, and does not wait");
        }
    }
}
