package parlab.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

/** The bodies that JMH and {@link Bench} both measure, with what they read in fields, as a notebook has it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimingBodies {
    private static final int SHORT = 16;
    private static final int MIDDLE = 1024;
    private static final int LONG = 1 << 20;

    private int counter;
    private final int[] few = new Random(1).ints(SHORT).toArray();
    private final double[] x = new Random(2).doubles(MIDDLE).toArray();
    private final double[] y = new Random(3).doubles(MIDDLE).toArray();
    private final int[] shuffled = new Random(4).ints(MIDDLE).toArray();
    private final double[] many = new Random(5).doubles(LONG).toArray();

    /** Returns what each body does, for people, by its name, the shortest first. */
    static Map<String, String> descriptions() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("count", "increment of a field");
        all.put("hash", "hash of 16 ints");
        all.put("dot", "dot product of 1024 doubles");
        all.put("sort", "copy and sort of 1024 ints");
        all.put("words", "HashMap, 1024 merges");
        all.put("sum", "sum of a million doubles");
        return all;
    }

    /** Measures the body of that name by Bench. */
    static Measurement measure(String name, Bench bench) {
        TimingBodies state = new TimingBodies();
        return switch (name) {
            case "count" -> bench.measure(name, () -> state.count());
            case "hash" -> bench.measure(name, () -> state.hash());
            case "dot" -> bench.measure(name, () -> state.dot());
            case "sort" -> bench.measure(name, () -> state.sort());
            case "words" -> bench.measure(name, () -> state.words());
            case "sum" -> bench.measure(name, () -> state.sum());
            default -> throw new IllegalArgumentException("no body is called " + name);
        };
    }

    /** A load, an increment, a store, each waiting for the one before: about 1 ns. */
    @Benchmark
    public int count() {
        return ++counter;
    }

    /** FNV-like: 16 dependent multiplications, about 20 ns. */
    @Benchmark
    public int hash() {
        int h = 0x811c9dc5;
        for (int v : few) {
            h = (h ^ v) * 0x01000193;
        }
        return h;
    }

    /** Summed in order, as Java demands: about 1 µs. */
    @Benchmark
    public double dot() {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** About 10 µs, branches and a little allocation. */
    @Benchmark
    public int[] sort() {
        int[] copy = shuffled.clone();
        Arrays.sort(copy);
        return copy;
    }

    /** Some 10 µs, mostly hashing and allocation. */
    @Benchmark
    public Map<Integer, Integer> words() {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int v : shuffled) {
            counts.merge(v & 255, 1, Integer::sum);
        }
        return counts;
    }

    /** About 1 ms. */
    @Benchmark
    public double sum() {
        double sum = 0;
        for (double v : many) {
            sum += v;
        }
        return sum;
    }
}
