package parlab.exercises.internal;

import java.util.Set;
import java.util.function.Predicate;
import parlab.exercises.Draw;
import parlab.exercises.Trial;

/**
 * How a test finds out whether a thread that should wait for another only bides its time. A test in which one may do so is
 * run twice: once such a thread is watched for longer than it is given, the other time, to get on when nothing is in its
 * way any more. No fixed time passes both, and nobody knows which comes first. Of the thread of a test.
 */
public final class Scrutiny {

    private static final ScopedValue<Scrutiny> CURRENT = ScopedValue.newInstance();
    private static final int WATCH_MILLIS = 2_500; // longer than Patience.scarce

    private final boolean watching;
    private final Set<Thread> known; // the JVM's own, or null where nobody knows which these are
    private boolean suspicious;

    private Scrutiny(boolean watching, Set<Thread> known) {
        this.watching = watching;
        this.known = known;
    }

    /** That of a test's first run; all threads but the known ones and the test's own may be an answer's helpers. */
    static Scrutiny first(Set<Thread> known) {
        return new Scrutiny(Draw.number(0, 1) == 1, known);
    }

    /** That of the second run, or null if none is needed. */
    Scrutiny second() {
        return suspicious ? new Scrutiny(!watching, known) : null;
    }

    /** What is wrong with an answer in this run, or null. */
    <A> String problem(Trial<A> trial, A answer) {
        return ScopedValue.where(CURRENT, this).call(() -> Attempt.of(trial, answer));
    }

    /** That of the test which this thread runs. */
    public static Scrutiny current() {
        return CURRENT.isBound() ? CURRENT.get() : new Scrutiny(true, null);
    }

    /** Notes that a thread may bide its time; for how many milliseconds to watch it now. */
    public int suspect() {
        boolean first = !suspicious; // or a test of many rounds would take too long
        suspicious = true;
        return watching && first ? WATCH_MILLIS : 0;
    }

    /** Whether threads are there that are neither the JVM's nor the play's: one of them may wake another after a time. */
    public boolean hasHelpers(Predicate<Thread> ofThePlay) {
        return known != null
                && Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> !known.contains(thread) && !ofThePlay.test(thread));
    }
}
