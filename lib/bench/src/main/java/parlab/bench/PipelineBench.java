package parlab.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import parlab.executors.Pools;
import parlab.pipelines.Channel;
import parlab.pipelines.Designs;
import parlab.pipelines.Download;
import parlab.pipelines.Fetched;
import parlab.pipelines.ImageServer;
import parlab.pipelines.Tally;
import parlab.processes.ProcessPool;
import parlab.timing.Estimate;
import parlab.timing.ProcessMemory;

/**
 * A thousand images downloaded and scaled, 64 downloads at once: three designs on the JVM against three on CPython, with one
 * server between them; and the memory that it takes.
 *
 * <p>In every round each design runs once, one after the other; a ratio is taken round by round, against the best of the other side
 * in that round. All must find the same images, with the same checksum. Memory is the proportional share (PSS) of a process and
 * those below it, looked at from outside 20 times a second, each side in fresh processes; where there is no /proc those rows
 * are missing.
 *
 * <p>Arguments: the JSON file to write; the Python with Pillow; the script {@code pipeline_bench.py}; the folder of the twins; then, if
 * wanted, the number of rounds (7).
 */
public final class PipelineBench {
    private static final int IMAGES = 1000;
    private static final int ARRIVING = IMAGES - 2;
    private static final int DOWNLOADS = 64;
    private static final int BOUND = 100;
    private static final int ROUNDS = 7;
    private static final int WARM_UPS = 3;
    private static final int STREAM = 100_000;
    /** The heap of the short stream may not have grown to its limit yet. */
    private static final double STREAM_SHARE = 0.67;

    private static final int SLOW = 10_000;
    private static final double SLOW_LIMIT_MB = 512;
    /** What the small heaps are given; without a bound the collector of a large machine has no reason to begin. */
    private static final List<String> STAGES_OPTIONS = List.of("-Xmx128m", "-XX:+UseSerialGC");

    private static final List<String> SLOW_OPTIONS = List.of("-Xmx256m", "-XX:+UseSerialGC");

    private static final List<String> OURS = List.of("stages", "virtual threads", "hybrid");
    private static final List<String> PEERS = List.of("threads", "hybrid", "asyncio");

    private PipelineBench() {}

    /**
     * Runs the benchmark.
     *
     * @param args see above
     * @throws Exception if a side fails
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
        BenchReport report = new BenchReport(
                "Pipeline: 1000 images, 64 downloads at once, against CPython's best design", Path.of(args[0]));
        Map<String, double[]> seconds = new LinkedHashMap<>();
        OURS.forEach(design -> seconds.put("JVM " + design, new double[rounds]));
        PEERS.forEach(design -> seconds.put("CPython " + design, new double[rounds]));
        try (ImageServer server = ImageServer.start()) {
            try (ProcessPool pool = ProcessPool.of(Runtime.getRuntime().availableProcessors());
                    ScriptPeer peer = new ScriptPeer(
                            args[1], args[2], args[3], server.image(0).getAuthority())) {
                String checksum = "";
                for (int round = -WARM_UPS; round < rounds; round++) {
                    for (String design : OURS) {
                        Tally tally = new Tally();
                        long start = System.nanoTime();
                        run(design, server, pool, tally);
                        double now = (System.nanoTime() - start) / 1e9;
                        checksum = same(checksum, tally.images() + " " + tally.checksum(), design);
                        note(seconds, "JVM " + design, round, now);
                    }
                    for (String design : PEERS) {
                        String[] answer = peer.ask(design + " " + IMAGES).split(" ", 2);
                        checksum = same(checksum, answer[1], design);
                        note(seconds, "CPython " + design, round, Double.parseDouble(answer[0]));
                    }
                }
            }
            throughput(report, seconds, rounds);
            if (ProcessMemory.here().isPresent()) {
                memory(report, args, server, fastest(seconds, "CPython "));
                stream(report, server);
                slow(report, server);
            }
        }
        System.out.println();
        seconds.forEach((design, all) ->
                System.out.printf(Locale.ROOT, "%-24s %s for %d images%n", design, Estimate.median(all, "s"), IMAGES));
        report.end();
    }

    private static void run(String design, ImageServer server, ProcessPool pool, Tally tally) {
        List<URI> addresses = server.images();
        try (Download download = Download.standard()) {
            switch (design) {
                case "virtual threads" -> {
                    try (ExecutorService threads = Pools.virtualThreads()) {
                        Designs.threads(threads, DOWNLOADS, addresses, download, tally::add);
                    }
                }
                case "stages" -> {
                    int cores = Runtime.getRuntime().availableProcessors();
                    Designs.stages(cores, DOWNLOADS, channel(), addresses, download, tally::add);
                }
                case "hybrid" -> Designs.hybrid(pool, DOWNLOADS, channel(), addresses, download, tally::add);
                default -> throw new IllegalArgumentException(design);
            }
        }
    }

    private static Channel<Fetched> channel() {
        return new Channel<>(BOUND, DOWNLOADS);
    }

    private static String same(String expected, String got, String design) {
        if (!got.startsWith(ARRIVING + " ") || (!expected.isEmpty() && !got.equals(expected))) {
            throw new IllegalStateException("the design " + design + " found " + got + " instead of " + expected);
        }
        return got;
    }

    private static void note(Map<String, double[]> seconds, String design, int round, double now) {
        if (round >= 0) {
            seconds.get(design)[round] = now;
        }
    }

    private static String fastest(Map<String, double[]> seconds, String side) {
        return seconds.keySet().stream()
                .filter(design -> design.startsWith(side))
                .min(Comparator.comparingDouble(
                        design -> Estimate.median(seconds.get(design), "s").value()))
                .orElseThrow();
    }

    private static void throughput(BenchReport report, Map<String, double[]> seconds, int rounds) {
        double[] ours = seconds.get(fastest(seconds, "JVM "));
        double[] peer = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            int round = i;
            peer[i] = PEERS.stream()
                    .mapToDouble(design -> seconds.get("CPython " + design)[round])
                    .min()
                    .orElseThrow();
        }
        report.add(
                "images a second, " + fastest(seconds, "JVM ") + " against " + fastest(seconds, "CPython "),
                ARRIVING / Estimate.median(ours, "s").value(),
                ARRIVING / Estimate.median(peer, "s").value(),
                "1/s",
                Estimate.ratio(peer, ours),
                2);
        double[] hybrid = seconds.get("JVM hybrid");
        double[] threads = seconds.get("JVM stages");
        report.add(
                "JVM: time of threads only against hybrid",
                1000 * Estimate.median(threads, "s").value(),
                1000 * Estimate.median(hybrid, "s").value(),
                "ms",
                Estimate.ratio(hybrid, threads),
                1);
    }

    // ---- memory

    private static void memory(BenchReport report, String[] args, ImageServer server, String peerDesign)
            throws IOException, InterruptedException {
        String authority = server.image(0).getAuthority();
        List<String> java = child(STAGES_OPTIONS, "stages", authority, IMAGES);
        String design = peerDesign.substring(peerDesign.lastIndexOf(' ') + 1);
        List<String> python = List.of(
                args[1],
                Path.of(args[3], "pipelines.py").toString(),
                "designs",
                "--only",
                design,
                "--rounds",
                "1",
                "--images",
                "" + IMAGES,
                "--workers",
                "" + DOWNLOADS,
                "--server",
                authority);
        double[] ours = new double[3];
        double[] peer = new double[3];
        for (int i = 0; i < 3; i++) {
            ours[i] = watch(java, server, "" + ARRIVING).megabytes;
            peer[i] = watch(python, server, "" + ARRIVING).megabytes;
        }
        report.add(
                "peak memory, JVM stages (" + String.join(" ", STAGES_OPTIONS) + ") against " + peerDesign,
                Estimate.median(ours, "MB").value(),
                Estimate.median(peer, "MB").value(),
                "MB",
                Estimate.ratio(peer, ours),
                1);
    }

    /** Whether memory depends on how much flows through. */
    private static void stream(BenchReport report, ImageServer server) throws IOException, InterruptedException {
        String authority = server.image(0).getAuthority();
        double few = watch(child(STAGES_OPTIONS, "stream", authority, IMAGES), server, IMAGES + " ").megabytes;
        double many = watch(child(STAGES_OPTIONS, "stream", authority, STREAM), server, STREAM + " ").megabytes;
        report.add(
                "peak memory of a stream of 100,000 images (" + String.join(" ", STAGES_OPTIONS)
                        + ") against one of 1,000",
                many,
                few,
                "MB",
                Estimate.exact(few / many, "x"),
                STREAM_SHARE);
    }

    private static void slow(BenchReport report, ImageServer server) throws IOException, InterruptedException {
        server.load(); // forgets the most so far
        Seen seen = watch(child(SLOW_OPTIONS, "slow", server.image(0).getAuthority(), SLOW), server, SLOW + " ");
        if (seen.mostInProgress < SLOW) {
            throw new IllegalStateException("only " + seen.mostInProgress + " downloads were under way at once");
        }
        report.add(
                "peak memory of 10,000 slow downloads at once (" + String.join(" ", SLOW_OPTIONS)
                        + ") against the limit",
                seen.megabytes,
                SLOW_LIMIT_MB,
                "MB",
                Estimate.exact(SLOW_LIMIT_MB / seen.megabytes, "x"),
                1);
    }

    private static List<String> child(List<String> options, String mode, String authority, int count) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), PipelineChild.class.getName()));
        command.addAll(Arrays.asList(mode, authority, Integer.toString(count)));
        return command;
    }

    private record Seen(double megabytes, int mostInProgress) {}

    /** Of a process and all that it has started and that still run. */
    private static long proportionalBytes(ProcessHandle first) {
        return Stream.concat(Stream.of(first), first.descendants())
                .mapToLong(p -> ProcessMemory.of(p.pid())
                        .map(ProcessMemory::proportionalBytes)
                        .orElse(0L))
                .sum();
    }

    /** Runs a command to its end, and says how much memory it took at most, and what the server had to do at most. */
    private static Seen watch(List<String> command, ImageServer server, String expected)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("parlab-bench", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            long most = 0;
            int busy = 0;
            do {
                most = Math.max(most, proportionalBytes(process.toHandle()));
                busy = Math.max(busy, server.load().mostInProgress());
            } while (!process.waitFor(50, TimeUnit.MILLISECONDS));
            String said = Files.readString(output);
            if (process.exitValue() != 0 || !said.contains(expected)) {
                throw new IllegalStateException(command + " ended with " + process.exitValue() + ":\n"
                        + said.substring(0, Math.min(2000, said.length())));
            }
            return new Seen(most / 1e6, busy);
        } finally {
            Files.delete(output);
        }
    }
}
