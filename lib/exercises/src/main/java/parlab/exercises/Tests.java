package parlab.exercises;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The tests of a task that give the points. Immutable. */
public final class Tests<A> {

    /** One test. Its title says what it finds out: a failed one names a mistake. */
    public record Test<A>(double points, String title, Trial<A> trial) {}

    private final Task<A> task;
    private final List<Test<A>> tests;

    private Tests(Task<A> task, List<Test<A>> tests) {
        this.task = task;
        this.tests = tests;
    }

    /** No test yet. */
    public static <A> Tests<A> of(Task<A> task) {
        return new Tests<>(Objects.requireNonNull(task, "task"), List.of());
    }

    /** One test more. */
    public Tests<A> test(double points, String title, Trial<A> trial) {
        if (!(points > 0)) {
            throw new IllegalArgumentException("a test is worth more than 0 points, not " + points + ": " + title);
        }
        var more = new ArrayList<>(tests);
        more.add(new Test<>(points, title, trial));
        return new Tests<>(task, List.copyOf(more));
    }

    /** What is tested. */
    public Task<A> task() {
        return task;
    }

    /** The tests, in this order. */
    public List<Test<A>> all() {
        return tests;
    }

    @Override
    public String toString() {
        return tests.size() + " tests of " + task.name();
    }
}
