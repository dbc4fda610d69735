package parlab.processes;

import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import parlab.executors.Tasks;

/**
 * Makes the ahead-of-time cache with which workers start sooner: runs one worker through what workers do while its JVM
 * records. Pools use the cache that the system property {@code parlab.worker.aot} names. It is good for this JDK and
 * this library's jar, where that stands in a jar; otherwise workers start as without one.
 */
final class TrainWorkers {
    private TrainWorkers() {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Sample(int x, double[] values, String text) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * Makes the cache.
     *
     * @param args the cache's file
     * @throws Exception if the worker fails
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: TrainWorkers <file of the cache>");
            System.exit(2);
        }
        Path cache = Path.of(args[0]).toAbsolutePath();
        Files.createDirectories(cache.getParent());
        System.clearProperty(WorkerCommand.CACHE_PROPERTY);
        try (ProcessPool pool = ProcessPool.builder()
                        .workers(1)
                        .jvmOptions("-XX:AOTCacheOutput=" + cache)
                        .build();
                Shared.Doubles shared = Shared.doubles(10)) {
            double[] big = new double[100_000];
            for (int round = 0; round < 20; round++) {
                int n = round;
                pool.submit(() -> n + 1).get();
                pool.submit(() -> new Sample(n, big, "text").values().length).get();
                pool.submit(() -> shared.set(0, n)).get();
                pool.submit(() -> System.out.print("")).get();
                // What a notebook's worker asks of every class.
                pool.submit(() -> DependencyClosure.isNotebookClass("REPL.X")).get();
                Tasks.map(
                        pool,
                        IntStream.range(0, 50).boxed().toList(),
                        x -> new Sample(x, big, "x"),
                        Tasks.Options.standard().withChunk(10));
                Tasks.map(pool, List.of("a", "b"), text -> List.of(text, text));
                for (var failed : Tasks.asCompleted(pool, List.of("x"), text -> Integer.parseInt(text))) {
                    Objects.requireNonNull(failed.failure());
                }
            }
        }
        if (!Files.exists(cache)) {
            System.err.println("This JVM has made no cache: workers start without one.");
            System.exit(1);
        }
    }
}
