package parlab.exercises.members;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import parlab.exercises.Expect;
import parlab.exercises.Play;
import parlab.exercises.Play.Actor;
import parlab.exercises.members.Members.Example;
import parlab.exercises.members.Members.Round;
import parlab.exercises.members.Members.Step;

/** Something to learn, and rounds of learning it whose members end in a known order. Stateless. */
public final class Training {

    private static final double TOLERANCE = 1e-9;

    private Training() {}

    /** Returns examples near a line, so many in each shard. */
    public static List<List<Example>> shards(int... sizes) {
        var random = ThreadLocalRandom.current();
        var shards = new ArrayList<List<Example>>();
        for (int size : sizes) {
            var shard = new ArrayList<Example>();
            while (shard.size() < size) {
                double x = random.nextDouble(-1, 1);
                shard.add(new Example(x, 3 * x - 1 + random.nextDouble(-0.1, 0.1)));
            }
            shards.add(List.copyOf(shard));
        }
        return List.copyOf(shards);
    }

    /** Returns the examples of all shards. */
    public static List<Example> together(List<List<Example>> shards) {
        return shards.stream().flatMap(List::stream).toList();
    }

    /** Returns a step of gradient descent for a line's slope and height, over all examples of a shard. */
    public static Step descent(double rate) {
        return (line, shard) -> {
            double slope = 0;
            double height = 0;
            for (Example example : shard) {
                double error = line[0] * example.x() + line[1] - example.y();
                slope += 2 * error * example.x();
                height += 2 * error;
            }
            line[0] -= rate * slope / shard.size();
            line[1] -= rate * height / shard.size();
        };
    }

    /** Runs a round whose members end in the order of the shards. */
    public static double[] round(Round round, double[] parameters, List<List<Example>> shards, int k, Step step) {
        return round(
                round,
                parameters,
                shards,
                k,
                step,
                IntStream.range(0, shards.size()).toArray());
    }

    /** Runs a round whose members end in this order; those without examples whenever they do. */
    public static double[] round(
            Round round, double[] parameters, List<List<Example>> shards, int k, Step step, int[] order) {
        try (var play = new Play()) {
            var found = new AtomicReference<double[]>();
            var ordered = Arrays.stream(order).mapToObj(shards::get).filter(shard -> !shard.isEmpty());
            var members = new ScriptedMembers(play, ordered.toList());
            Actor run = play.actor(
                    "the round", () -> found.set(round.run(parameters, shards, k, members.waiting(step), members)));
            play.until(() -> run.hasEnded() || members.hasFailed(), "the round does not end");
            members.failIfOneHas(); // the answer may have made another exception of it
            run.ends("the round does not end");
            Expect.that(found.get() != null, "there is no answer but null");
            return found.get().clone();
        }
    }

    /** Demands that parameters are as expected, but for rounding. */
    public static void expect(double[] expected, double[] found, String what) {
        boolean close = expected.length == found.length;
        for (int i = 0; close && i < expected.length; i++) {
            close = Math.abs(expected[i] - found[i]) <= TOLERANCE * Math.max(1, Math.abs(expected[i]));
        }
        Expect.that(close, what + ": expected " + Arrays.toString(expected) + ", found " + Arrays.toString(found));
    }
}
