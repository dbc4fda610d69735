package parlab.bench;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import parlab.executors.Tasks;
import parlab.processes.ProcessPool;
import parlab.processes.Shared;
import parlab.timing.Estimate;

/**
 * {@link ProcessPool} against CPython's ProcessPoolExecutor (spawn and fork) and joblib's loky, with two workers each,
 * then with eight.
 *
 * <p>All four pools stay open and warm. A scenario's rounds follow each other; in every round each pool does it once, one
 * after the other. A ratio is taken round by round, against the better of spawn and fork in that round; loky stands
 * beside it for the reader. The scenario "start" opens a pool of its own, on our side with the workers' ahead-of-time
 * cache if {@code parlab.worker.aot} names one, on CPython's with NumPy imported by the main module, as a numerical
 * program's is; its peer is spawn alone.
 *
 * <p>Arguments: the JSON file to write; the Python with NumPy and joblib; the script {@code pool_bench.py}; then, if
 * wanted, the number of rounds (9).
 */
public final class PoolBench {
    private static final List<Integer> WORKERS = List.of(2, 8);
    private static final int ROUNDS = 9;
    private static final int WARM_UPS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int ARRAY = 1_000_000;
    private static final int SHARED = 8_000_000;
    private static final double FACTOR = 1.0000001;

    /**
     * One line of the table.
     *
     * @param key what it is called in the script
     * @param name what it is called in the table
     * @param count how often a round does it
     * @param amount what one of these counts for, in the unit; negative for seconds, which are better when fewer
     * @param target the ratio that was asked for
     */
    private record Scenario(String key, String name, int count, double amount, String unit, double target) {
        double figure(double[] seconds) {
            double median = Estimate.median(seconds, "s").value();
            return amount < 0 ? median / count * 1000 : count * amount / median;
        }

        String question() {
            return key + " " + count;
        }

        boolean fewerIsBetter() {
            return amount < 0;
        }
    }

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("submit_and_wait", "submit and wait", 1000, 1, "1/s", 2),
            new Scenario("all_submitted", "all submitted, then all awaited", 5000, 1, "1/s", 4),
            new Scenario("map_1", "map, chunks of 1", 5000, 1, "1/s", 4),
            new Scenario("map_10", "map, chunks of 10", 20_000, 1, "1/s", 4),
            new Scenario("map_100", "map, chunks of 100", 200_000, 1, "1/s", 4),
            new Scenario("array", "8 MB array there and back", 15, 16, "MB/s", 4),
            new Scenario("shared", "64 MB shared array in place", 10, 64, "MB/s", 1),
            new Scenario("start", "start to first result", 1, -1, "ms", 1.3));

    private PoolBench() {}

    /**
     * Runs the benchmark.
     *
     * @param args see above
     * @throws Exception if a side fails
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : ROUNDS;
        BenchReport report =
                new BenchReport("Process pools against the better of CPython's spawn and fork", Path.of(args[0]));
        for (int workers : WORKERS) {
            try (ProcessPool pool = ProcessPool.builder()
                            .workers(workers)
                            .jvmOptions("--add-modules=jdk.incubator.vector")
                            .build();
                    Shared.Doubles shared = Shared.doubles(SHARED);
                    ScriptPeer spawn = new ScriptPeer(args[1], args[2], "spawn", "" + workers);
                    ScriptPeer fork = new ScriptPeer(args[1], args[2], "fork", "" + workers);
                    ScriptPeer loky = new ScriptPeer(args[1], args[2], "loky", "" + workers)) {
                for (Scenario scenario : SCENARIOS) {
                    String name = scenario.name + ", " + workers + " workers";
                    report.part(name, LIMIT, () -> {
                        double[][] seconds = new double[4][rounds];
                        for (int round = -WARM_UPS; round < rounds; round++) {
                            double[] now = {
                                ours(pool, workers, shared, scenario),
                                spawn.seconds(scenario.question()),
                                fork.seconds(scenario.question()),
                                loky.seconds(scenario.question())
                            };
                            for (int side = 0; side < now.length && round >= 0; side++) {
                                seconds[side][round] = now[side];
                            }
                        }
                        add(report, name, scenario, seconds);
                    });
                }
            }
        }
        report.end();
    }

    private static void add(BenchReport report, String name, Scenario scenario, double[][] seconds) {
        double[] peer = seconds[1].clone();
        for (int i = 0; i < peer.length && !scenario.fewerIsBetter(); i++) {
            peer[i] = Math.min(seconds[1][i], seconds[2][i]);
        }
        report.add(
                name,
                scenario.figure(seconds[0]),
                scenario.figure(peer),
                scenario.unit,
                Estimate.ratio(peer, seconds[0]),
                scenario.target);
        System.out.printf(
                Locale.ROOT,
                "    spawn %,.0f  fork %,.0f  loky %,.0f %s%n",
                scenario.figure(seconds[1]),
                scenario.figure(seconds[2]),
                scenario.figure(seconds[3]),
                scenario.unit);
    }

    // ---- our side

    static int work(int x) {
        return x + 1;
    }

    private static double ours(ProcessPool pool, int workers, Shared.Doubles shared, Scenario scenario)
            throws Exception {
        long start = System.nanoTime();
        switch (scenario.key) {
            case "submit_and_wait" -> {
                for (int i = 0; i < scenario.count; i++) {
                    int x = i;
                    check(pool.submit(() -> work(x)).get(), i + 1);
                }
            }
            case "all_submitted" -> {
                List<Future<Integer>> all = new ArrayList<>();
                for (int i = 0; i < scenario.count; i++) {
                    int x = i;
                    all.add(pool.submit(() -> work(x)));
                }
                for (int i = 0; i < scenario.count; i++) {
                    check(all.get(i).get(), i + 1);
                }
            }
            case "map_1", "map_10", "map_100" -> {
                int chunk = Integer.parseInt(scenario.key.substring(4));
                List<Integer> items = IntStream.range(0, scenario.count).boxed().toList();
                long sum = 0;
                for (int result : Tasks.map(
                        pool, items, x -> work(x), Tasks.Options.standard().withChunk(chunk))) {
                    sum += result;
                }
                check(sum, scenario.count * (scenario.count + 1L) / 2);
            }
            case "array" -> {
                double[] array = IntStream.range(0, ARRAY).asDoubleStream().toArray();
                for (int i = 0; i < scenario.count; i++) {
                    check((long) pool.submit(() -> array).get()[ARRAY - 1], ARRAY - 1);
                }
            }
            case "shared" -> {
                int length = SHARED / workers;
                for (int i = 0; i < scenario.count; i++) {
                    List<Future<Double>> parts = new ArrayList<>();
                    for (int part = 0; part < workers; part++) {
                        long begin = (long) part * length;
                        parts.add(pool.submit(() -> InPlace.scale(shared, begin, begin + length)));
                    }
                    for (Future<Double> part : parts) {
                        check(part.get().longValue(), 0);
                    }
                }
            }
            case "start" -> {
                return Start.seconds(workers);
            }
            default -> throw new IllegalArgumentException(scenario.key);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** By the Vector API, as NumPy's loop is vector instructions too; the compiler's own vectors are a little slower. */
    private static final class InPlace {
        private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
        private static final ByteOrder ORDER = ByteOrder.nativeOrder();

        static double scale(Shared.Doubles shared, long begin, long end) {
            MemorySegment part = shared.memory().asSlice(begin * Double.BYTES, (end - begin) * Double.BYTES);
            int length = Math.toIntExact(end - begin);
            int bound = SPECIES.loopBound(length);
            for (int i = 0; i < bound; i += SPECIES.length()) {
                long at = (long) i * Double.BYTES;
                DoubleVector.fromMemorySegment(SPECIES, part, at, ORDER)
                        .mul(FACTOR)
                        .intoMemorySegment(part, at, ORDER);
            }
            for (long i = begin + bound; i < end; i++) {
                shared.set(i, shared.get(i) * FACTOR);
            }
            return shared.get(begin);
        }
    }

    /** Apart, because a fresh worker loads the class whose task it runs, and the rest of this one is not a task. */
    private static final class Start {
        /** The pool's end is not measured on either side. */
        static double seconds(int workers) throws Exception {
            long start = System.nanoTime();
            try (ProcessPool fresh = ProcessPool.of(workers)) {
                check(fresh.submit(() -> work(1)).get(), 2);
                return (System.nanoTime() - start) / 1e9;
            }
        }

        static int work(int x) {
            return x + 1;
        }
    }

    private static void check(long got, long wanted) {
        if (got != wanted) {
            throw new IllegalStateException("got " + got + " instead of " + wanted);
        }
    }
}
