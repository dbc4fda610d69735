package parlab.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import parlab.timing.Bench;
import parlab.timing.Measurement;

/**
 * The bodies that JMH and {@link Bench} both measure. What is a field of the state for JMH is a captured
 * variable for Bench: both are read anew in each call.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimingBodies {

    /** The bodies' names, the shortest first. */
    static final List<String> NAMES = List.of("count", "hash", "dot", "sort", "words", "sum");

    private static final int SHORT = 16;
    private static final int MIDDLE = 1024;
    private static final int LONG = 1 << 20;

    private final Counter counter = new Counter();
    private final int[] few = new Random(1).ints(SHORT).toArray();
    private final double[] x = new Random(2).doubles(MIDDLE).toArray();
    private final double[] y = new Random(3).doubles(MIDDLE).toArray();
    private final int[] shuffled = new Random(4).ints(MIDDLE).toArray();
    private final double[] many = new Random(5).doubles(LONG).toArray();

    @Benchmark
    public int count() {
        return counter.next();
    }

    @Benchmark
    public int hash() {
        return hash(few);
    }

    @Benchmark
    public double dot() {
        return dot(x, y);
    }

    @Benchmark
    public int[] sort() {
        return sort(shuffled);
    }

    @Benchmark
    public Map<Integer, Integer> words() {
        return words(shuffled);
    }

    @Benchmark
    public double sum() {
        return sum(many);
    }

    /** Measures the body of that name as a notebook would: as a lambda that captures local variables. */
    static Measurement measure(String name, Bench bench) {
        TimingBodies state = new TimingBodies();
        Counter counter = state.counter;
        int[] few = state.few;
        double[] x = state.x;
        double[] y = state.y;
        int[] shuffled = state.shuffled;
        double[] many = state.many;
        return switch (name) {
            case "count" -> bench.measure(name, () -> counter.next());
            case "hash" -> bench.measure(name, () -> hash(few));
            case "dot" -> bench.measure(name, () -> dot(x, y));
            case "sort" -> bench.measure(name, () -> sort(shuffled));
            case "words" -> bench.measure(name, () -> words(shuffled));
            case "sum" -> bench.measure(name, () -> sum(many));
            default -> throw new IllegalArgumentException("no body is called " + name);
        };
    }

    /** What a body does, for people. */
    static String describe(String name) {
        return switch (name) {
            case "count" -> "increment of a field";
            case "hash" -> "hash of 16 ints";
            case "dot" -> "dot product of 1024 doubles";
            case "sort" -> "copy and sort of 1024 ints";
            case "words" -> "HashMap, 1024 merges";
            case "sum" -> "sum of a million doubles";
            default -> throw new IllegalArgumentException("no body is called " + name);
        };
    }

    /** A load, an increment, a store, each waiting for the one before: about 1 ns. */
    private static final class Counter {
        private int value;

        int next() {
            return ++value;
        }
    }

    /** FNV-like: 16 dependent multiplications, about 20 ns. */
    private static int hash(int[] values) {
        int h = 0x811c9dc5;
        for (int v : values) {
            h = (h ^ v) * 0x01000193;
        }
        return h;
    }

    /** Summed in order, as Java demands: about 1 µs. */
    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** About 10 µs, branches and a little allocation. */
    private static int[] sort(int[] values) {
        int[] copy = values.clone();
        Arrays.sort(copy);
        return copy;
    }

    /** Some 10 µs, mostly hashing and allocation. */
    private static Map<Integer, Integer> words(int[] values) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int v : values) {
            counts.merge(v & 255, 1, Integer::sum);
        }
        return counts;
    }

    /** About 1 ms. */
    private static double sum(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum;
    }
}
