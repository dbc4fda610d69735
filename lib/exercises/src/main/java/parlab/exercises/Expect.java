package parlab.exercises;

import java.util.Objects;

/** Compares what came out with what should have. Stateless and thread-safe. */
public final class Expect {

    private Expect() {}

    /**
     * Demands that something holds.
     *
     * @param holds whether it does
     * @param otherwise what to say if it does not
     * @throws WrongAnswer if it does not hold
     */
    public static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new WrongAnswer(otherwise);
        }
    }

    /**
     * Demands that two values are equal, by the expected one's notion of it: the other may come from the answer.
     *
     * @param expected what should have come
     * @param actual what came
     * @param what what it is that is compared
     * @throws WrongAnswer if they differ
     */
    public static void equal(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new WrongAnswer(what + ": expected " + expected + ", found " + actual);
        }
    }

    /**
     * Demands an exception.
     *
     * @param type of this class or below
     * @param call what should throw it
     * @param otherwise what to say if it does not
     * @throws WrongAnswer if nothing is thrown, or something else
     */
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
        /**
         * Does it.
         *
         * @throws Exception whatever it throws
         */
        void run() throws Exception;
    }
}
