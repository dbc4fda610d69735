package parlab.exercises;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A task of an assignment: its name, and what everybody may check. Immutable.
 *
 * @param <A> what an answer is: mostly a function, or one that makes the object in question
 */
public final class Task<A> {

    /**
     * A check that a student can run.
     *
     * @param <A> what an answer is
     * @param title what is checked
     * @param trial how
     */
    public record Check<A>(String title, Trial<A> trial) {}

    private final String name;
    private final List<Check<A>> checks;

    private Task(String name, List<Check<A>> checks) {
        this.name = name;
        this.checks = checks;
    }

    /**
     * A task without checks.
     *
     * @param <A> what an answer is
     * @param name its name, which the notebook's cells have, too
     * @return the task
     */
    public static <A> Task<A> named(String name) {
        return new Task<>(Objects.requireNonNull(name, "name"), List.of());
    }

    /**
     * The same task with one check more.
     *
     * @param title what is checked
     * @param trial how
     * @return a new task
     */
    public Task<A> check(String title, Trial<A> trial) {
        var more = new ArrayList<>(checks);
        more.add(new Check<>(title, trial));
        return new Task<>(name, List.copyOf(more));
    }

    /**
     * Its name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * What a student can check, in this order.
     *
     * @return the checks
     */
    public List<Check<A>> checks() {
        return checks;
    }
}
