package parlab.exercises;

import java.util.Objects;

/** Compares what came out with what should have, or throws {@link WrongAnswer} with words of its own. Thread-safe. */
public final class Expect {

    private Expect() {}

    /** Demands that something holds. */
    public static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new WrongAnswer(otherwise);
        }
    }

    /** Demands that two values are equal, by the expected one's notion of it: the other may come from the answer. */
    public static void equal(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new WrongAnswer(what + ": expected " + expected + ", found " + actual);
        }
    }

    /** Demands an exception of a class or below. */
    public static void thrown(Class<? extends Throwable> type, Action call, String otherwise) {
        try {
            call.run();
        } catch (Throwable e) {
            if (type.isInstance(e)) {
                return;
            }
            throw new WrongAnswer(otherwise + " (it threw " + e.getClass().getName() + ")");
        }
        throw new WrongAnswer(otherwise);
    }

    /** Something that may throw. */
    @FunctionalInterface
    public interface Action {
        /** Does it. */
        void run() throws Exception;
    }
}
