package parlab.exercises.members;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongBinaryOperator;
import parlab.exercises.Expect;
import parlab.exercises.Task;

/** What the answers to lesson 06's exercises look like, and the checks that a student can run. */
public final class Members {

    /** Splits keys over members. */
    @FunctionalInterface
    public interface Split {
        /**
         * Returns the keys of each member, an empty list for one that has none.
         *
         * @param keys what is split, all different
         * @param members their names, all different, one or more, in any order
         */
        Map<String, List<String>> split(List<String> keys, List<String> members);
    }

    /** Names a task: two that are equal name the same one. */
    public interface TaskId {}

    /** What arrives from a member. Two are equal if they are of the same attempt at the same task, with the same value. */
    public interface Result {
        /** Returns the task that was done. */
        TaskId task();

        /** Returns the number of the attempt at this task, from 1 on. */
        int attempt();

        /** Returns what came of it. */
        long value();
    }

    /** Counts results, some of which arrive twice. Thread-safe. */
    public interface Merge {
        /** Takes a result that has arrived; returns whether it was the first of its task, and so was counted. */
        boolean deliver(Result result);

        /** Returns how many tasks have not been counted yet. At 0 the total is complete. */
        int left();

        /** Returns the values that were counted so far, combined. */
        long total();
    }

    /** Makes what counts results. */
    @FunctionalInterface
    public interface MakeMerge {
        /**
         * Makes one.
         *
         * @param tasks how many tasks there are
         * @param empty the total of no results at all
         * @param combine puts two values together; in which order values are combined does not matter
         */
        Merge make(int tasks, long empty, LongBinaryOperator combine);
    }

    /** An example to learn from: at {@code x} there is {@code y}. */
    public record Example(double x, double y) {}

    /** A step of training. */
    @FunctionalInterface
    public interface Step {
        /** Improves the parameters, in place, by what the examples say. Thread-safe. */
        void apply(double[] parameters, List<Example> shard);
    }

    /** A round of training on several members. */
    @FunctionalInterface
    public interface Round {
        /**
         * Lets each member take steps on its own shard, and returns the average of their parameters.
         *
         * @param parameters what each member starts from; it stays as it is
         * @param shards the examples of each member, any of which may have none
         * @param k how many steps a member takes, 1 or more
         * @param step a step
         * @param members runs what it is given on a member, as many at the same time as it is given
         */
        double[] run(double[] parameters, List<List<Example>> shards, int k, Step step, Executor members)
                throws Exception;
    }

    /** Task 1. */
    public static final Task<Split> OWNERS = Task.<Split>named("owners")
            .check(
                    "a few keys, two members",
                    split -> Shares.owners(split, List.of("a", "b", "c", "d", "e"), List.of("ann", "bob")));

    /** Task 2. */
    public static final Task<MakeMerge> MERGE = Task.<MakeMerge>named("merge")
            .check("what arrives twice, one after the other", make -> {
                var merge = make.make(3, 0, Long::sum);
                Expect.equal(true, merge.deliver(result("a", 1, 1)), "whether the first result counts");
                Expect.equal(true, merge.deliver(result("b", 1, 10)), "whether the result of another task counts");
                Expect.equal(false, merge.deliver(result("a", 2, 1)), "whether a second result of a task counts");
                Expect.equal(11L, merge.total(), "total of 1 and 10, where 1 came twice");
                Expect.equal(1, merge.left(), "tasks that are left when two of three were counted");
            });

    /** Task 3. */
    public static final Task<Round> AVERAGE = Task.<Round>named("average")
            .check("two members, one step, as many examples", round -> {
                var shards = List.of(List.of(new Example(1, 0)), List.of(new Example(3, 0)));
                double[] found = Training.round(
                        round,
                        new double[] {10},
                        shards,
                        1,
                        (p, s) -> p[0] += s.getFirst().x());
                Training.expect(new double[] {12}, found, "average of 10 + 1 and 10 + 3");
            });

    /** Returns a number that is the same in every JVM, and quite another one if one character of a text is another. */
    public static long hash(String text) {
        long hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = mixed(hash + text.charAt(i) + 0x9e3779b97f4a7c15L);
        }
        return hash;
    }

    /** Changes half of the bits when one is changed: the end of SplitMix64. */
    private static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    /** Returns a result as it arrives, with a copy of the task's name. */
    public static Result result(String task, int attempt, long value) {
        return new WatchedResult(new WatchedTask(task, () -> {}), attempt, value, () -> {});
    }

    private Members() {}
}
