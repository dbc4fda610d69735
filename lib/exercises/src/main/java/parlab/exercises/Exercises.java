package parlab.exercises;

import java.util.Objects;
import parlab.exercises.internal.HandOver;
import parlab.notebook.Notebook;

/** What a notebook of exercises calls. Thread-safe. */
public final class Exercises {

    private Exercises() {}

    /**
     * Checks an answer and shows what came of it. Where answers are graded, hands it over instead: the tests that give
     * the points come later.
     */
    public static <A> void check(Task<A> task, A answer) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(answer, "answer");
        if (HandOver.take(task.name(), answer)) {
            return;
        }
        var report = new StringBuilder();
        String wrong = null;
        for (var check : task.checks()) {
            String problem = problem(check.trial(), answer);
            report.append(problem == null ? "- ✓ " : "- ✗ ")
                    .append(check.title())
                    .append('\n');
            if (problem != null) {
                wrong = check.title() + ": " + problem;
                break; // the next ones build upon it
            }
        }
        Notebook.markdown(report.toString());
        if (wrong != null) {
            throw new WrongAnswer(wrong);
        }
    }

    /** What is wrong with an answer, or null. */
    static <A> String problem(Trial<A> trial, A answer) {
        return parlab.exercises.internal.Attempt.of(trial, answer);
    }
}
