package parlab.exercises;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The tests of a task that give the points. Immutable.
 *
 * @param <A> what an answer is
 */
public final class Tests<A> {

    /**
     * One test.
     *
     * @param <A> what an answer is
     * @param points what it is worth
     * @param title what it finds out; a failed one names a mistake
     * @param trial how
     */
    public record Test<A>(double points, String title, Trial<A> trial) {}

    private final Task<A> task;
    private final List<Test<A>> tests;

    private Tests(Task<A> task, List<Test<A>> tests) {
        this.task = task;
        this.tests = tests;
    }

    /**
     * No test yet.
     *
     * @param <A> what an answer is
     * @param task the task
     * @return its tests
     */
    public static <A> Tests<A> of(Task<A> task) {
        return new Tests<>(Objects.requireNonNull(task, "task"), List.of());
    }

    /**
     * One test more.
     *
     * @param points what it is worth, above 0
     * @param title what it finds out
     * @param trial how
     * @return new tests
     */
    public Tests<A> test(double points, String title, Trial<A> trial) {
        if (!(points > 0)) {
            throw new IllegalArgumentException("a test is worth more than 0 points, not " + points + ": " + title);
        }
        var more = new ArrayList<>(tests);
        more.add(new Test<>(points, title, trial));
        return new Tests<>(task, List.copyOf(more));
    }

    /**
     * What is tested.
     *
     * @return the task
     */
    public Task<A> task() {
        return task;
    }

    /**
     * The tests, in this order.
     *
     * @return all of them
     */
    public List<Test<A>> all() {
        return tests;
    }

    @Override
    public String toString() {
        return tests.size() + " tests of " + task.name();
    }
}
