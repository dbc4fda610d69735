package parlab.exercises;

/** Says what is wrong with an answer, in words for the one who gave it. */
public final class WrongAnswer extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Says what is wrong, and where to look. */
    public WrongAnswer(String message) {
        super(message);
    }
}
