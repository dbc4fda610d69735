package parlab.exercises;

/** One thing that is tried with an answer. */
@FunctionalInterface
public interface Trial<A> {

    /** Tries it; throws {@link WrongAnswer}, which says what is wrong, or what the answer itself throws. */
    void run(A answer) throws Exception;
}
