package parlab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import parlab.cluster.Cluster;
import parlab.executors.Tasks;

/**
 * {@link Cluster} against dask.distributed's LocalCluster, with two workers of one thread each. Both stay open and warm and
 * take turns; "start" opens another one, on our side with the members' ahead-of-time cache if {@code parlab.member.aot}
 * names one.
 *
 * <p>Arguments: the JSON file to write; the Python with distributed; the script {@code cluster_bench.py}; then, if wanted,
 * the number of rounds (5).
 */
public final class ClusterBench {
    private static final int MEMBERS = 2;
    private static final int ROUNDS = 5;
    private static final int ARRAY = 1_000_000;
    private static final int CHUNK = 100;
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** What a round does so many times. */
    private record Scenario(String key, String name, int count, double amount, String unit, double target) {}

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("submit_and_wait", "one task there and back", 200, -1, "ms", 2),
            new Scenario("all_submitted", "10,000 tasks, all submitted at once", 10_000, 1, "1/s", 3),
            new Scenario("batches", "10,000 tasks, in batches of 100", 10_000, 1, "1/s", 3),
            new Scenario("array", "8 MB array there and back", 10, 16, "MB/s", 1.5),
            new Scenario("start", "start to first result", 1, -1, "ms", 1),
            new Scenario("memory", "memory of a member (Pss)", 1, -1, "MB", 1));

    private ClusterBench() {}

    /** Runs the benchmark; fails if a side fails. */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : ROUNDS;
        BenchReport report = new BenchReport("The cluster against Dask's LocalCluster", Path.of(args[0]));
        try (Cluster cluster = Cluster.local(MEMBERS);
                ScriptPeer dask = new ScriptPeer(args[1], args[2], "" + MEMBERS)) {
            for (Scenario scenario : SCENARIOS) {
                String question = scenario.key + " " + scenario.count;
                report.part(scenario.name, LIMIT, () -> {
                    var seconds = new Rounds()
                            .add("ours", () -> ours(cluster, scenario))
                            .add("Dask", () -> dask.seconds(question))
                            .run(1, rounds);
                    double[] ours = seconds.get("ours");
                    double[] peer = seconds.get("Dask");
                    if (scenario.key.equals("memory")) {
                        report.addTime(scenario.name, 1e-6, scenario.unit, ours, peer, scenario.target);
                    } else if (scenario.amount < 0) {
                        double factor = 1e3 / scenario.count;
                        report.addTime(scenario.name, factor, scenario.unit, ours, peer, scenario.target);
                    } else {
                        double amount = scenario.count * scenario.amount;
                        report.addRate(scenario.name, amount, scenario.unit, ours, peer, scenario.target);
                    }
                });
            }
        }
        report.end();
    }

    static int work(int x) {
        return x + 1;
    }

    private static double ours(Cluster cluster, Scenario scenario) throws Exception {
        long start = System.nanoTime();
        switch (scenario.key) {
            case "submit_and_wait" -> {
                for (int i = 0; i < scenario.count; i++) {
                    int x = i;
                    check(cluster.submit(() -> work(x)).get(), i + 1);
                }
            }
            case "all_submitted" -> {
                List<Future<Integer>> all = new ArrayList<>();
                for (int i = 0; i < scenario.count; i++) {
                    int x = i;
                    all.add(cluster.submit(() -> work(x)));
                }
                for (int i = 0; i < scenario.count; i++) {
                    check(all.get(i).get(), i + 1);
                }
            }
            case "batches" -> {
                List<Integer> items = IntStream.range(0, scenario.count).boxed().toList();
                List<Integer> results = Tasks.map(
                        cluster, items, x -> work(x), Tasks.Options.standard().withChunk(CHUNK));
                check(results.stream().mapToLong(x -> x).sum(), scenario.count * (scenario.count + 1L) / 2);
            }
            case "array" -> {
                double[] array = IntStream.range(0, ARRAY).asDoubleStream().toArray();
                for (int i = 0; i < scenario.count; i++) {
                    check((long) cluster.submit(() -> array).get()[ARRAY - 1], ARRAY - 1);
                }
            }
            case "memory" -> {
                double[] bytes = cluster.members().stream()
                        .mapToDouble(member -> pss(member.pid()))
                        .toArray();
                return Arrays.stream(bytes).average().orElseThrow();
            }
            case "start" -> {
                try (Cluster fresh = Cluster.local(MEMBERS)) {
                    check(fresh.submit(() -> work(1)).get(), 2);
                    return (System.nanoTime() - start) / 1e9;
                }
            }
            default -> throw new IllegalArgumentException(scenario.key);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** A process's proportional set size, in bytes. */
    private static double pss(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    return 1024 * Double.parseDouble(line.replaceAll("\\D", ""));
                }
            }
            throw new IllegalStateException("no Pss of process " + pid);
        } catch (IOException e) {
            throw new IllegalStateException("the memory of process " + pid + " cannot be read", e);
        }
    }

    private static void check(long got, long wanted) {
        if (got != wanted) {
            throw new IllegalStateException("got " + got + " instead of " + wanted);
        }
    }
}
