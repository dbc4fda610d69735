package parlab.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import parlab.executors.Pools;
import parlab.pipelines.Channel;
import parlab.pipelines.Decoder;
import parlab.pipelines.Download;
import parlab.pipelines.Fetched;
import parlab.pipelines.ImageServer;
import parlab.pipelines.Pipeline;
import parlab.pipelines.Tally;
import parlab.processes.ProcessPool;
import parlab.system.ChildJvm;
import parlab.timing.Estimate;
import parlab.timing.ProcessMemory;

/**
 * A thousand images downloaded and scaled, 64 downloads at once: three designs on the JVM, with ImageIO and with the native kernel
 * where there is one, against three on CPython, with one server between them; and the memory that it takes.
 *
 * <p>In every round each design runs once, one after the other; a ratio is taken round by round, against the best of the other side
 * in that round. All designs with one decoder must find the same images, with the same checksum. Pillow and the native kernel
 * both decode at reduced size, ImageIO can not. Memory is the proportional share (PSS) of a process and
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
    private static final int WARM_UPS = 6;
    private static final int STREAM = 100_000;
    /** The heap of the short stream may not have grown to its limit yet. */
    private static final double STREAM_SHARE = 0.67;

    private static final int SLOW = 10_000;
    private static final double SLOW_LIMIT_MB = 512;
    private static final Duration PART = Duration.ofMinutes(8);
    private static final Duration SLOW_PART = Duration.ofMinutes(2);
    /**
     * A heap without a bound grows for as long as the machine has memory; and C2 needs more of it for compiling than it gives
     * back, in a run of seconds whose pixels are made by native code.
     */
    private static final List<String> STAGES_OPTIONS =
            List.of("-Xmx24m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    /**
     * What lives of a waiting download is some 13 kB: 4 kB its virtual thread's stack, the rest HttpClient's objects; and when its
     * body begins to come a buffer of 16 kB, unless the client is told to take smaller ones. The parallel collector gives
     * up when it does nothing else than collect; the serial one never does.
     */
    private static final List<String> SLOW_OPTIONS =
            List.of("-Xmx256m", "-XX:+UseParallelGC", "-Djdk.httpclient.bufsize=2048");

    private static final List<String> OURS = List.of("stages", "virtual threads", "hybrid");
    private static final List<String> PEERS = List.of("threads", "hybrid", "asyncio");

    private final BenchReport report;
    private final String[] args;
    private final int rounds;
    private final ImageServer server;
    private final Optional<Decoder> kernel = Decoder.nativeKernel();
    private Map<String, double[]> seconds = Map.of();

    private PipelineBench(BenchReport report, String[] args, ImageServer server) {
        this.report = report;
        this.args = args;
        this.server = server;
        rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
    }

    public static void main(String[] args) throws Exception {
        BenchReport report = new BenchReport(
                "Pipeline: 1000 images, 64 downloads at once, against CPython's best design", Path.of(args[0]));
        try (ImageServer server = ImageServer.start()) {
            PipelineBench bench = new PipelineBench(report, args, server);
            report.part("images a second", PART, bench::throughput);
            if (ProcessMemory.here().isPresent()) {
                report.part("peak memory", PART, bench::memory);
                report.part("stream", PART, bench::stream);
                report.part("slow downloads", SLOW_PART, bench::slow);
            }
            bench.seconds.forEach((design, all) -> System.out.printf(
                    Locale.ROOT, "%-32s %s for %d images%n", design, Estimate.median(all, "s"), IMAGES));
        }
        report.end();
    }

    private void throughput() throws Exception {
        if (kernel.isEmpty()) {
            System.out.println("no native kernel: " + Decoder.LEPTONICA.obstacle());
        }
        Map<String, String> checksums = new LinkedHashMap<>();
        Rounds sides = new Rounds();
        try (ProcessPool pool = ProcessPool.of(Runtime.getRuntime().availableProcessors());
                ScriptPeer peer = new ScriptPeer(
                        args[1], args[2], args[3], server.image(0).getAuthority())) {
            for (Decoder decoder : kernel.map(k -> List.of(Decoder.IMAGE_IO, k)).orElse(List.of(Decoder.IMAGE_IO))) {
                for (String design : OURS) {
                    sides.add(side(decoder, design), () -> {
                        Tally tally = new Tally();
                        long start = System.nanoTime();
                        run(design, new Pipeline(decoder), pool, tally);
                        double now = (System.nanoTime() - start) / 1e9;
                        if (tally.failures().size() != IMAGES - ARRIVING) {
                            throw new IllegalStateException(decoder + ", " + design + ": " + tally.failures());
                        }
                        same(checksums, decoder.toString(), tally.images() + " " + tally.checksum(), design);
                        return now;
                    });
                }
            }
            for (String design : PEERS) {
                sides.add("CPython, " + design, () -> {
                    String[] answer = peer.ask(design + " " + IMAGES).split(" ", 2);
                    same(checksums, "Pillow", answer[1], design);
                    return Double.parseDouble(answer[0]);
                });
            }
            seconds = sides.run(WARM_UPS, rounds);
        }
        kernel.ifPresent(decoder -> against(decoder, 2));
        against(Decoder.IMAGE_IO, 0); // without a target: it decodes at a third of Pillow's speed
        Decoder decoder = kernel.orElse(Decoder.IMAGE_IO);
        report.addTime(
                "JVM: threads only against hybrid",
                1000,
                "ms",
                seconds.get(side(decoder, "stages")),
                seconds.get(side(decoder, "hybrid")),
                1);
    }

    private static String side(Decoder decoder, String design) {
        return "JVM, " + decoder + ", " + design;
    }

    /** A row: the fastest design with a decoder against the fastest of CPython in each round. */
    private void against(Decoder decoder, double target) {
        String ours = fastest(side(decoder, ""));
        double[] peer = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            int round = i;
            peer[i] = PEERS.stream()
                    .mapToDouble(design -> seconds.get("CPython, " + design)[round])
                    .min()
                    .orElseThrow();
        }
        report.addRate(
                "images a second, " + ours + " against " + fastest("CPython"),
                ARRIVING,
                "1/s",
                seconds.get(ours),
                peer,
                target);
    }

    private String fastest(String side) {
        return seconds.keySet().stream()
                .filter(design -> design.startsWith(side))
                .min(Comparator.comparingDouble(
                        design -> Estimate.median(seconds.get(design), "s").value()))
                .orElseThrow(() -> new IllegalStateException("the designs have no times"));
    }

    private void run(String design, Pipeline pipeline, ProcessPool pool, Tally tally) {
        List<URI> addresses = server.images();
        try (Download download = Download.standard()) {
            switch (design) {
                case "virtual threads" -> {
                    try (ExecutorService threads = Pools.virtualThreads()) {
                        pipeline.threads(threads, DOWNLOADS, addresses, download, tally::add);
                    }
                }
                case "stages" -> {
                    int cores = Runtime.getRuntime().availableProcessors();
                    pipeline.stages(cores, DOWNLOADS, channel(), addresses, download, tally::add);
                }
                case "hybrid" -> pipeline.hybrid(pool, DOWNLOADS, channel(), addresses, download, tally::add);
                default -> throw new IllegalArgumentException(design);
            }
        }
    }

    private static Channel<Fetched> channel() {
        return new Channel<>(BOUND, DOWNLOADS);
    }

    private static void same(Map<String, String> checksums, String decoder, String got, String design) {
        String expected = checksums.putIfAbsent(decoder, got);
        if (!got.startsWith(ARRIVING + " ") || (expected != null && !got.equals(expected))) {
            throw new IllegalStateException(
                    "the design " + design + " with " + decoder + " found " + got + " instead of " + expected);
        }
    }

    // ---- memory

    private void memory() throws IOException, InterruptedException {
        String peerDesign = seconds.isEmpty() ? "CPython, hybrid" : fastest("CPython"); // one failed part is enough
        String authority = server.image(0).getAuthority();
        List<String> python = List.of(
                args[1],
                Path.of(args[3], "pipelines.py").toString(),
                "designs",
                "--only",
                peerDesign.substring(peerDesign.lastIndexOf(' ') + 1),
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
            ours[i] = watch(child(STAGES_OPTIONS, "stages", IMAGES), "" + ARRIVING).megabytes;
            peer[i] = watch(python, "" + ARRIVING).megabytes;
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
    private void stream() throws IOException, InterruptedException {
        double few = watch(child(STAGES_OPTIONS, "stream", IMAGES), IMAGES + " ").megabytes;
        double many = watch(child(STAGES_OPTIONS, "stream", STREAM), STREAM + " ").megabytes;
        report.add(
                "peak memory of a stream of 100,000 images (" + String.join(" ", STAGES_OPTIONS)
                        + ") against one of 1,000",
                many,
                few,
                "MB",
                Estimate.exact(few / many, "x"),
                STREAM_SHARE);
    }

    private void slow() throws IOException, InterruptedException {
        server.mostInProgress(); // forgets the most so far
        Seen seen = watch(child(SLOW_OPTIONS, "slow", SLOW), SLOW + " ");
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

    private List<String> child(List<String> options, String mode, int count) {
        return ChildJvm.of(PipelineChild.class)
                .options(options)
                .options("-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED")
                .wholeClassPath(PipelineChild.class)
                .arguments(mode, server.image(0).getAuthority(), "" + count)
                .arguments(kernel.orElse(Decoder.IMAGE_IO).name())
                .command();
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
    private Seen watch(List<String> command, String expected) throws IOException, InterruptedException {
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
                busy = Math.max(busy, server.mostInProgress());
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
