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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import parlab.system.ChildJvm;
import parlab.timing.Bench;
import parlab.timing.CpuMeter;
import parlab.timing.CpuUsage;
import parlab.timing.Estimate;
import parlab.timing.Measurement;
import parlab.timing.Numbers;

/**
 * {@link Bench} against JMH 1.37: do the medians agree, and how much sooner are they there?
 *
 * <p>Both measure the bodies of {@link TimingBodies} in JVMs of their own with this JVM's options. JMH has a fresh JVM
 * for each body, as it always does; each of our forks measures all bodies in one JVM, as in a notebook, which waits
 * while others have their turn. The sides take turns fork by fork, and turns in going first.
 *
 * <p>JMH's configuration: 5 s of warm-up in 5 iterations, then 5 s in 500 iterations of 10 ms, whose median, like that
 * of Bench's batches, does not mind a few that were disturbed; JMH's usual 5 iterations of 1 s are means over whatever
 * happened. Bench's configuration is its standard one. A figure is the median over all forks of each fork's median;
 * ratios are taken fork by fork. Time spent includes what starting the JVMs takes.
 *
 * <p>Other processes spoil such figures. Before each this waits until the machine is idle, and one that had less than
 * 95 % of a core is taken again; both as long as patience lasts, in all. A body is given up after 15 minutes.
 *
 * <p>Arguments: the JSON file to write; then, if wanted, the number of forks (6, the fewest for a 95 % interval); then
 * the patience in seconds (300).
 */
public final class TimingBench {
    private static final int FORKS = 6;
    private static final int WARMUP_ITERATIONS = 5;
    private static final int ITERATIONS = 500;
    private static final int ITERATION_MILLIS = 10;
    private static final double AGREEMENT_TARGET = 0.95;
    private static final double TIME_TARGET = 10;
    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** JMH uses it, and the JVM would warn in every fork. */
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private static final double FULL_SHARE = 0.95;
    private static final long PATIENCE_SECONDS = 300;
    private static final double IDLE_LOAD = 0.25;
    private static final String CHILD = "--child";

    /** One body in one fork: a median in nanoseconds, what getting it took, and the share of a core that it had. */
    private record Figure(String side, double nanosPerCall, double seconds, double cpuShare) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s: %s ns in %.2f s on %.2f cores",
                    side,
                    Numbers.shortText(nanosPerCall),
                    seconds,
                    cpuShare);
        }
    }

    /** What the child JVM answers. */
    private record Answer(double nanosPerCall, double cpuShare) {}

    private final BenchReport report;
    private final Forks forks;
    private final double[] ourSeconds;
    private final double[] peerSeconds;
    private double patienceSeconds;
    private int disturbed;
    private int bodiesDone;

    private TimingBench(BenchReport report, Forks forks, double patienceSeconds) {
        this.report = report;
        this.forks = forks;
        this.patienceSeconds = patienceSeconds;
        ourSeconds = forks.startSeconds.clone();
        peerSeconds = new double[ourSeconds.length];
    }

    /**
     * Runs it.
     *
     * @param args see the class
     * @throws Exception if the forks cannot be started, or a body was not measured
     */
    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals(CHILD)) {
            child();
            return;
        }
        if (args.length < 1 || args.length > 3) {
            throw new IllegalArgumentException(
                    "usage: TimingBench FILE.json [FORKS [PATIENCE_SECONDS]], got " + String.join(" ", args));
        }
        int count = args.length >= 2 ? Integer.parseInt(args[1]) : FORKS;
        BenchReport report = new BenchReport("Bench against JMH 1.37, " + count + " forks each", Path.of(args[0]));
        try (Forks forks = new Forks(count)) {
            TimingBench bench =
                    new TimingBench(report, forks, args.length == 3 ? Long.parseLong(args[2]) : PATIENCE_SECONDS);
            for (var body : TimingBodies.descriptions().entrySet()) {
                report.part(body.getValue(), LIMIT, () -> bench.measure(body.getKey(), body.getValue()));
            }
            bench.summarise();
        }
        report.end();
    }

    private void measure(String body, String what) throws Exception {
        List<Figure> ours = new ArrayList<>();
        List<Figure> peer = new ArrayList<>();
        new Rounds()
                .add("ours", () -> take(ours, () -> forks.measure(ours.size(), body)))
                .add("JMH", () -> take(peer, () -> jmh(body)))
                .run(0, ourSeconds.length);
        double[] our = ours.stream().mapToDouble(Figure::nanosPerCall).toArray();
        double[] their = peer.stream().mapToDouble(Figure::nanosPerCall).toArray();
        report.add(
                "agreement with JMH: " + what,
                Estimate.median(our, "ns").value(),
                Estimate.median(their, "ns").value(),
                "ns",
                agreement(Estimate.ratio(our, their)),
                AGREEMENT_TARGET);
        double[] ourTime = ours.stream().mapToDouble(Figure::seconds).toArray();
        double[] peerTime = peer.stream().mapToDouble(Figure::seconds).toArray();
        report.addTime("time spent: " + what, 1, "s", ourTime, peerTime, TIME_TARGET);
        Arrays.setAll(ourSeconds, fork -> ourSeconds[fork] + ourTime[fork]);
        Arrays.setAll(peerSeconds, fork -> peerSeconds[fork] + peerTime[fork]);
        bodiesDone++;
    }

    private void summarise() {
        if (bodiesDone == TimingBodies.descriptions().size()) {
            report.addTime("time spent: all, with the start of the JVMs", 1, "s", ourSeconds, peerSeconds, TIME_TARGET);
        }
        if (disturbed > 0) {
            System.out.println(disturbed + " of " + 2 * bodiesDone * ourSeconds.length
                    + " figures had less than a core for themselves: take the figures with care");
        }
    }

    /** Has a side measured until it was not disturbed, or patience is spent, and returns its nanoseconds. */
    private double take(List<Figure> figures, Callable<Figure> side) throws Exception {
        waitUntilIdle();
        Figure figure = side.call();
        while (figure.cpuShare() < FULL_SHARE && patienceSeconds > 0) {
            System.out.println("  disturbed by other processes, once more: " + figure);
            patienceSeconds -= figure.seconds();
            waitUntilIdle();
            figure = side.call();
        }
        System.out.println("  " + figure);
        disturbed += figure.cpuShare() < FULL_SHARE ? 1 : 0;
        figures.add(figure);
        return figure.nanosPerCall();
    }

    /** Until all processors together were busy for less than 25 % of a second, while this process slept. */
    private void waitUntilIdle() throws InterruptedException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        system.getCpuLoad(); // begins the interval that the next call reports on
        Thread.sleep(1000);
        while (patienceSeconds > 0 && system.getCpuLoad() > IDLE_LOAD) {
            Thread.sleep(1000);
            patienceSeconds -= 1;
        }
    }

    /** A ratio r as min(r, 1/r): 1 for agreement, whichever side is larger. */
    static Estimate agreement(Estimate r) {
        double value = Math.min(r.value(), 1 / r.value());
        double worst = Math.min(r.low(), 1 / r.high());
        double best = r.low() <= 1 && 1 <= r.high() ? 1 : r.high() < 1 ? r.high() : 1 / r.low();
        return new Estimate(value, worst, best, r.confidence(), r.samples(), "x");
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
        return new Figure("JMH, " + body, Estimate.median(scores, "ns").value(), usage.wallSeconds(), usage.cores());
    }

    /** Answers a body's name on a line of stdin by its figure as a line of JSON. */
    private static void child() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ObjectMapper mapper = new ObjectMapper();
        for (String body = in.readLine(); body != null; body = in.readLine()) {
            if (body.isEmpty()) {
                out.println("ready");
                continue;
            }
            Measurement m = TimingBodies.measure(body, Bench.standard());
            if (m.guard() != Measurement.Guard.COMPILER_BLACKHOLE) {
                throw new IllegalStateException("start this with the kernel's JVM options: " + m);
            }
            out.println(mapper.writeValueAsString(new Answer(m.nanosPerCall().value(), m.cpuShare())));
        }
    }

    /** Our JVMs, which measure one body after the other. */
    private static final class Forks implements AutoCloseable {
        private final ObjectMapper mapper = new ObjectMapper();
        private final List<ScriptPeer> children = new ArrayList<>();
        private final double[] startSeconds;

        Forks(int count) throws IOException {
            startSeconds = new double[count];
            for (int i = 0; i < count; i++) {
                long start = System.nanoTime();
                children.add(start());
                startSeconds[i] = (System.nanoTime() - start) * 1e-9;
            }
        }

        private static ScriptPeer start() throws IOException {
            ScriptPeer child = new ScriptPeer(ChildJvm.of(TimingBench.class)
                    .options(ManagementFactory.getRuntimeMXBean().getInputArguments())
                    .wholeClassPath(TimingBench.class)
                    .arguments(CHILD)
                    .command());
            child.ask("");
            return child;
        }

        Figure measure(int fork, String body) throws IOException {
            if (!children.get(fork).handle().isAlive()) { // it was ended with the part before
                children.set(fork, start());
            }
            long start = System.nanoTime();
            Answer answer = mapper.readValue(children.get(fork).ask(body), Answer.class);
            return new Figure(
                    "ours, " + body, answer.nanosPerCall(), (System.nanoTime() - start) * 1e-9, answer.cpuShare());
        }

        @Override
        public void close() {
            children.forEach(ScriptPeer::close);
        }
    }
}
