package parlab.exercises;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A task of an assignment: its name, and what everybody may check. Immutable. */
public final class Task<A> {

    /** A check that a student can run. */
    public record Check<A>(String title, Trial<A> trial) {}

    private final String name;
    private final List<Check<A>> checks;

    private Task(String name, List<Check<A>> checks) {
        this.name = name;
        this.checks = checks;
    }

    /** A task without checks. The notebook's cells have its name, too. */
    public static <A> Task<A> named(String name) {
        return new Task<>(Objects.requireNonNull(name, "name"), List.of());
    }

    /** The same task with one check more. */
    public Task<A> check(String title, Trial<A> trial) {
        var more = new ArrayList<>(checks);
        more.add(new Check<>(title, trial));
        return new Task<>(name, List.copyOf(more));
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** What a student can check, in this order. */
    public List<Check<A>> checks() {
        return checks;
    }
}
