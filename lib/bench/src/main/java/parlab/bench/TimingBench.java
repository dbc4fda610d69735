package parlab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import parlab.timing.Bench;
import parlab.timing.CpuMeter;
import parlab.timing.CpuUsage;
import parlab.timing.Estimate;
import parlab.timing.Measurement;

/**
 * {@link Bench} against JMH 1.37: do the medians agree, and how much sooner are they there?
 *
 * <p>Both measure the bodies of {@link TimingBodies} in JVMs of their own with this JVM's options. JMH has a
 * fresh JVM for each body, as it always does; Bench measures all bodies in one JVM, as in a notebook, which
 * waits between them while JMH has its turn. They take turns body by body, and turns in going first.
 *
 * <p>JMH's configuration: 5 s of warm-up in 5 iterations, then 5 s in 500 iterations of 10 ms, whose median,
 * like that of Bench's batches, does not mind a few that were disturbed; JMH's usual 5 iterations of 1 s are
 * means over whatever happened. Bench's configuration is its standard one. A figure is the median over all
 * forks of each fork's median; ratios are taken fork by fork. Time spent includes what starting the JVMs
 * takes.
 *
 * <p>Other processes spoil such figures. Before each pair this waits until the machine is idle, and a pair of
 * which one side had less than 95 % of a core is taken again; both as long as patience lasts, in all.
 *
 * <p>Arguments: the JSON file to write; then, if wanted, the number of forks (6, the fewest for a 95 % interval);
 * then the patience in seconds (300).
 */
public final class TimingBench {

    private static final int FORKS = 6;
    private static final int WARMUP_ITERATIONS = 5;
    private static final int ITERATIONS = 500;
    private static final int ITERATION_MILLIS = 10;
    private static final double AGREEMENT_TARGET = 0.95;
    private static final double TIME_TARGET = 10;

    /** JMH uses it, and the JVM would warn in every fork. */
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private static final double FULL_SHARE = 0.95;
    private static final long PATIENCE_SECONDS = 300;
    private static final double IDLE_LOAD = 0.25;
    private static final String CHILD = "--child";

    /** One body in one fork: a median in nanoseconds, what getting it took, and the share of a core that it had. */
    private record Figure(double nanosPerCall, double seconds, double cpuShare) {}

    /** One after the other. */
    private record Pair(Figure ours, Figure peer) {
        boolean isDisturbed() {
            return ours.cpuShare() < FULL_SHARE || peer.cpuShare() < FULL_SHARE;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "ours %.2f ns in %.2f s on %.2f cores, JMH %.2f ns in %.2f s on %.2f cores, ratio %.3f",
                    ours.nanosPerCall(),
                    ours.seconds(),
                    ours.cpuShare(),
                    peer.nanosPerCall(),
                    peer.seconds(),
                    peer.cpuShare(),
                    ours.nanosPerCall() / peer.nanosPerCall());
        }
    }

    /** What the child JVM answers. */
    private record Answer(double nanosPerCall, double cpuShare, String text) {}

    private TimingBench() {}

    /**
     * Runs it.
     *
     * @param args see the class
     * @throws Exception if a fork fails
     */
    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals(CHILD)) {
            child();
            return;
        }
        if (args.length < 1 || args.length > 3) {
            throw new IllegalArgumentException("usage: TimingBench FILE.json [FORKS [PATIENCE_SECONDS]]");
        }
        int forks = args.length >= 2 ? Integer.parseInt(args[1]) : FORKS;
        Patience patience = new Patience(args.length == 3 ? Long.parseLong(args[2]) : PATIENCE_SECONDS);
        Map<String, List<Figure>> ours = new LinkedHashMap<>();
        Map<String, List<Figure>> peer = new LinkedHashMap<>();
        List<Figure> oursAll = new ArrayList<>();
        List<Figure> peerAll = new ArrayList<>();
        int disturbed = 0;
        for (int fork = 0; fork < forks; fork++) {
            long start = System.nanoTime();
            try (Child child = new Child()) {
                double oursSeconds = (System.nanoTime() - start) * 1e-9;
                double peerSeconds = 0;
                for (int i = 0; i < TimingBodies.NAMES.size(); i++) {
                    String body = TimingBodies.NAMES.get(i);
                    patience.waitUntilIdle();
                    System.out.printf("fork %d of %d, ", fork + 1, forks);
                    Pair pair = pair(child, body, (fork + i) % 2 == 0);
                    while (pair.isDisturbed() && patience.isLeft()) {
                        patience.spend(pair.ours().seconds() + pair.peer().seconds());
                        patience.waitUntilIdle();
                        System.out.print("  disturbed by other processes, once more: ");
                        pair = pair(child, body, (fork + i) % 2 == 0);
                    }
                    disturbed += pair.isDisturbed() ? 1 : 0;
                    ours.computeIfAbsent(body, b -> new ArrayList<>()).add(pair.ours());
                    peer.computeIfAbsent(body, b -> new ArrayList<>()).add(pair.peer());
                    oursSeconds += pair.ours().seconds();
                    peerSeconds += pair.peer().seconds();
                }
                oursAll.add(new Figure(0, oursSeconds, 1));
                peerAll.add(new Figure(0, peerSeconds, 1));
            }
        }
        BenchReport report = new BenchReport("Bench against JMH 1.37, " + forks + " forks each");
        for (String body : TimingBodies.NAMES) {
            double[] our = nanos(ours.get(body));
            double[] their = nanos(peer.get(body));
            report.add(
                    "agreement with JMH: " + TimingBodies.describe(body),
                    Estimate.median(our, "ns").value(),
                    Estimate.median(their, "ns").value(),
                    "ns",
                    agreement(Estimate.ratio(our, their)),
                    AGREEMENT_TARGET);
        }
        for (String body : TimingBodies.NAMES) {
            addTime(report, TimingBodies.describe(body), ours.get(body), peer.get(body));
        }
        addTime(report, "all, with the start of the JVMs", oursAll, peerAll);
        System.out.println();
        report.print(System.out);
        if (disturbed > 0) {
            System.out.println(disturbed + " of " + forks * TimingBodies.NAMES.size()
                    + " pairs had less than a core for themselves: take the figures with care");
        }
        report.write(Path.of(args[0]));
    }

    private static Pair pair(Child child, String body, boolean peerFirst) throws IOException, RunnerException {
        Figure first = peerFirst ? jmh(body) : child.measure(body);
        Figure second = peerFirst ? child.measure(body) : jmh(body);
        Pair pair = peerFirst ? new Pair(second, first) : new Pair(first, second);
        System.out.println(body + ": " + pair);
        return pair;
    }

    private static void addTime(BenchReport report, String what, List<Figure> ours, List<Figure> peer) {
        double[] our = seconds(ours);
        double[] their = seconds(peer);
        report.add(
                "time spent: " + what,
                Estimate.median(our, "s").value(),
                Estimate.median(their, "s").value(),
                "s",
                Estimate.ratio(their, our),
                TIME_TARGET);
    }

    /** A ratio r as min(r, 1/r): 1 for agreement, whichever side is larger. */
    static Estimate agreement(Estimate r) {
        double value = Math.min(r.value(), 1 / r.value());
        double worst = Math.min(r.low(), 1 / r.high());
        double best = r.low() <= 1 && 1 <= r.high() ? 1 : r.high() < 1 ? r.high() : 1 / r.low();
        return new Estimate(value, worst, best, r.confidence(), r.samples(), "x");
    }

    private static double[] nanos(List<Figure> figures) {
        return figures.stream().mapToDouble(Figure::nanosPerCall).toArray();
    }

    private static double[] seconds(List<Figure> figures) {
        return figures.stream().mapToDouble(Figure::seconds).toArray();
    }

    private static Figure jmh(String body) throws RunnerException {
        Options options = new OptionsBuilder()
                .include("^" + TimingBodies.class.getName().replace(".", "\\.") + "\\." + body + "$")
                .forks(1)
                .warmupIterations(WARMUP_ITERATIONS)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(ITERATIONS)
                .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
                .shouldFailOnError(true)
                .jvmArgsAppend(UNSAFE)
                .verbosity(VerboseMode.SILENT)
                .build();
        CpuMeter meter = CpuMeter.start();
        RunResult result = new Runner(options).runSingle();
        CpuUsage usage = meter.stop();
        double[] scores = result.getBenchmarkResults().stream()
                .flatMap(r -> r.getIterationResults().stream())
                .mapToDouble(r -> r.getPrimaryResult().getScore())
                .toArray();
        return new Figure(Estimate.median(scores, "ns").value(), usage.wallSeconds(), usage.cores());
    }

    /** Answers a body's name on a line of stdin by its figure as a line of JSON. */
    private static void child() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ObjectMapper mapper = new ObjectMapper();
        out.println("ready");
        for (String body = in.readLine(); body != null; body = in.readLine()) {
            Measurement m = TimingBodies.measure(body, Bench.standard());
            if (m.guard() != Measurement.Guard.COMPILER_BLACKHOLE) {
                throw new IllegalStateException("start this with the kernel's JVM options: " + m);
            }
            out.println(mapper.writeValueAsString(new Answer(m.nanosPerCall().value(), m.cpuShare(), m.toString())));
        }
    }

    /** Time to wait for a quiet machine, used up by and by. */
    private static final class Patience {
        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        private double seconds;

        Patience(double seconds) {
            this.seconds = seconds;
        }

        boolean isLeft() {
            return seconds > 0;
        }

        void spend(double spent) {
            seconds -= spent;
        }

        /** Until all processors together were busy for less than 25 % of a second, while this process slept. */
        void waitUntilIdle() throws InterruptedException {
            system.getCpuLoad(); // begins the interval that the next call reports on
            Thread.sleep(1000);
            while (isLeft() && system.getCpuLoad() > IDLE_LOAD) {
                Thread.sleep(1000);
                spend(1);
            }
        }
    }

    /** Our fork. */
    private static final class Child implements AutoCloseable {
        private final ObjectMapper mapper = new ObjectMapper();
        private final Process process;

        Child() throws IOException {
            List<String> command = new ArrayList<>();
            command.add(ProcessHandle.current().info().command().orElseThrow());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), TimingBench.class.getName(), CHILD));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            readLine();
        }

        Figure measure(String body) throws IOException {
            long start = System.nanoTime();
            process.outputWriter().write(body + "\n");
            process.outputWriter().flush();
            Answer answer = mapper.readValue(readLine(), Answer.class);
            return new Figure(answer.nanosPerCall(), (System.nanoTime() - start) * 1e-9, answer.cpuShare());
        }

        private String readLine() throws IOException {
            String line = process.inputReader().readLine();
            if (line == null) {
                throw new IOException("our fork ended early: see what it printed above");
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            process.outputWriter().close();
            process.onExit().join();
        }
    }
}
