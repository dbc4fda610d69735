package parlab.exercises;

/**
 * One thing that is tried with an answer.
 *
 * @param <A> what an answer is
 */
@FunctionalInterface
public interface Trial<A> {

    /**
     * Tries it.
     *
     * @param answer the answer
     * @throws WrongAnswer if the answer is wrong; the message says in what way
     * @throws Exception if the answer throws one, which is wrong as well
     */
    void run(A answer) throws Exception;
}
