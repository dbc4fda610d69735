package parlab.timing;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/** Warms one body or two up, then samples them in alternation. See {@link Bench} for the criteria in words. */
final class Sampler {
    private static final long BATCH_NANOS = 2_000_000;
    private static final long WINDOW_NANOS = 20_000_000;
    private static final long PRIMING_NANOS = 50_000_000;
    private static final long MIN_PHASE_NANOS = 200_000_000;
    private static final long EMPTY_LOOP_BUDGET_NANOS = 400_000_000;
    private static final long EMPTY_LOOP_MIN_PHASE_NANOS = 20_000_000;
    private static final double EMPTY_LOOP_HALF_WIDTH = 0.02;
    private static final double COMPILED_LOOP_NANOS = 10;
    private static final int WINDOWS = 3;
    private static final int FIRST_CHECK = 10;
    private static final int ENOUGH_TO_JUDGE = 20;
    private static final int STARVED = 5;
    private static final double SAME = 0.02;
    private static final double COMPILER_SHARE = 0.05;
    private static final double CLOCK_ERROR = 1e-3;

    /** One body's samples, in the order taken. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Series(double[] nanosPerCall, long callsPerSample) {
        Estimate median() {
            return Estimate.median(nanosPerCall, "ns");
        }
    }

    /**
     * What came out: one series for each body, equally long; the time of all; the thread's CPU time over wall time
     * while sampling, NaN where it cannot be had; and whether the figures stood still before and during sampling.
     */
    record Outcome(List<Series> series, long totalNanos, double cpuShare, boolean steady) {}

    private final List<Lane> lanes = new ArrayList<>();
    private final long budgetNanos;
    private final long minPhaseNanos;
    private final double halfWidth;
    private final double plausibleNanos;
    private final long windowNanos;
    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private final long start = System.nanoTime();
    private final long startCpu = threadCpuNanos();
    private int rounds;

    private Sampler(long budgetNanos, long minPhaseNanos, double halfWidth, double plausibleNanos) {
        this.budgetNanos = budgetNanos;
        this.minPhaseNanos = minPhaseNanos;
        this.halfWidth = halfWidth;
        this.plausibleNanos = plausibleNanos;
        this.windowNanos = Math.min(WINDOW_NANOS, budgetNanos / 20);
    }

    /** Returns a sampler that stops when the interval's relative half width is small enough, or at the budget's end. */
    static Sampler of(long budgetNanos, double halfWidth) {
        return new Sampler(budgetNanos, MIN_PHASE_NANOS, halfWidth, Double.POSITIVE_INFINITY);
    }

    /** Returns a quicker one for a body that does nothing. While an iteration takes long, it is interpreted still. */
    static Sampler ofEmptyLoop(long budgetNanos) {
        return new Sampler(
                Math.min(EMPTY_LOOP_BUDGET_NANOS, budgetNanos / 4),
                EMPTY_LOOP_MIN_PHASE_NANOS,
                EMPTY_LOOP_HALF_WIDTH,
                COMPILED_LOOP_NANOS);
    }

    /** Adds a body; of two, the ratio of the first to the second is what must become narrow. */
    void add(String name, Body.Batch body, boolean compilerBlackhole) {
        long batchNanos = Math.max(Math.min(BATCH_NANOS, budgetNanos / 200), (long) (clockStep() / CLOCK_ERROR));
        lanes.add(new Lane(name, body, compilerBlackhole, batchNanos));
    }

    /** Measures. */
    Outcome run() {
        for (Lane lane : lanes) {
            lane.prime(Math.min(PRIMING_NANOS, budgetNanos / 20));
        }
        boolean warm = warmUp();
        return sample(warm);
    }

    /** Windows of a few batches, until three in a row agree and the compiler has come to rest; true if they did. */
    private boolean warmUp() {
        List<double[][]> windows = new ArrayList<>();
        List<Boolean> quiet = new ArrayList<>();
        while (elapsed() < budgetNanos / 2) {
            long windowStart = System.nanoTime();
            long compiling = compilerMillis();
            List<double[]> window = new ArrayList<>();
            do {
                window.add(round(true));
            } while (System.nanoTime() - windowStart < windowNanos * lanes.size());
            double windowMillis = (System.nanoTime() - windowStart) / 1e6;
            windows.add(columns(window));
            for (int lane = 0; lane < lanes.size(); lane++) {
                lanes.get(lane)
                        .settle(Estimate.median(windows.getLast()[lane], "ns").value());
            }
            // One millisecond is the clock's step.
            quiet.add(compilerMillis() - compiling <= Math.max(1, COMPILER_SHARE * windowMillis));
            if (elapsed() >= minPhaseNanos() && hadCpu() && windows.size() >= WINDOWS) {
                List<double[][]> last = windows.subList(windows.size() - WINDOWS, windows.size());
                boolean plausible = Estimate.median(last.getLast()[0], "ns").value() <= plausibleNanos;
                boolean still = quiet.subList(quiet.size() - WINDOWS, quiet.size()).stream()
                        .allMatch(q -> q);
                if (plausible && still && last.stream().allMatch(w -> agree(w, last.getLast()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private Outcome sample(boolean warm) {
        List<double[]> kept = new ArrayList<>();
        long sampleStart = System.nanoTime();
        long cpuStart = threadCpuNanos();
        long keptSince = sampleStart;
        boolean still = false;
        int nextCheck = FIRST_CHECK;
        while (true) {
            kept.add(round(false));
            boolean spent = elapsed() >= budgetNanos;
            long sampling = System.nanoTime() - keptSince;
            if (!spent && (kept.size() < nextCheck || sampling < minPhaseNanos())) {
                continue;
            }
            // Geometrically rarer, so that the checks' sorting stays a small part of the time.
            nextCheck = kept.size() + Math.max(FIRST_CHECK, kept.size() / 8);
            int half = kept.size() / 2;
            still = half > 0 && agree(columns(kept.subList(0, half)), columns(kept.subList(half, kept.size())));
            if (spent || (still && narrow(columns(kept)))) {
                break;
            }
            if (!still) {
                // It was not steady yet: the older half was warm-up, too.
                kept.subList(0, half).clear();
                nextCheck = kept.size() + FIRST_CHECK;
                keptSince = System.nanoTime() - sampling / 2;
            }
        }
        long cpuEnd = threadCpuNanos();
        long end = System.nanoTime();
        double cpuShare = cpuStart < 0 || cpuEnd < 0 ? Double.NaN : (double) (cpuEnd - cpuStart) / (end - sampleStart);
        boolean steady = still && (warm || kept.size() >= ENOUGH_TO_JUDGE);
        double[][] samples = columns(kept);
        List<Series> series = new ArrayList<>();
        for (int lane = 0; lane < samples.length; lane++) {
            series.add(new Series(samples[lane], lanes.get(lane).calls()));
        }
        return new Outcome(List.copyOf(series), end - start, cpuShare, steady);
    }

    /** A batch of each body, the order reversed from round to round so that none always follows the other. */
    private double[] round(boolean calibrate) {
        double[] perCall = new double[lanes.size()];
        boolean reversed = rounds++ % 2 == 1;
        for (int i = 0; i < perCall.length; i++) {
            int lane = reversed ? perCall.length - 1 - i : i;
            perCall[lane] =
                    calibrate ? lanes.get(lane).calibrate() : lanes.get(lane).sample();
        }
        return perCall;
    }

    private boolean narrow(double[][] samples) {
        Estimate e = samples.length == 1 ? Estimate.median(samples[0], "ns") : Estimate.ratio(samples[0], samples[1]);
        return e.confidence() >= 0.95 && e.high() - e.low() <= 2 * halfWidth * e.value();
    }

    /** Whether two stretches tell the same of each body: medians within 2 %, or intervals that overlap. */
    private static boolean agree(double[][] a, double[][] b) {
        for (int lane = 0; lane < a.length; lane++) {
            Estimate x = Estimate.median(a[lane], "ns");
            Estimate y = Estimate.median(b[lane], "ns");
            boolean close = Math.abs(x.value() - y.value()) <= SAME * Math.min(x.value(), y.value());
            boolean overlap = x.low() <= y.high() && y.low() <= x.high();
            if (!close && !overlap) {
                return false;
            }
        }
        return true;
    }

    private double[][] columns(List<double[]> rows) {
        double[][] columns = new double[lanes.size()][rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            for (int lane = 0; lane < columns.length; lane++) {
                columns[lane][i] = rows.get(i)[lane];
            }
        }
        return columns;
    }

    private long minPhaseNanos() {
        return Math.min(minPhaseNanos * lanes.size(), budgetNanos / 4);
    }

    /**
     * Whether this thread has run for most of the least time of a phase. On a crowded machine it gets a
     * fraction of a core, and so do the compilers' threads, on whose work the warm-up waits. A body that waits by
     * itself does not get there: then a multiple of that time must do.
     */
    private boolean hadCpu() {
        long now = threadCpuNanos();
        return startCpu < 0
                || now < 0
                || now - startCpu >= minPhaseNanos() * 3 / 4
                || elapsed() >= STARVED * minPhaseNanos();
    }

    private long elapsed() {
        return System.nanoTime() - start;
    }

    private long compilerMillis() {
        return compiler != null && compiler.isCompilationTimeMonitoringSupported()
                ? compiler.getTotalCompilationTime()
                : 0;
    }

    /** -1 for a virtual thread, and where the JVM does not count. */
    private static long threadCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return threads.isCurrentThreadCpuTimeSupported()
                        && !Thread.currentThread().isVirtual()
                ? threads.getCurrentThreadCpuTime()
                : -1;
    }

    /** The smallest step, not 0, that the clock was seen to make. */
    private static long clockStep() {
        long step = Long.MAX_VALUE;
        long last = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            long now = System.nanoTime();
            if (now != last) {
                step = Math.min(step, now - last);
            }
            last = now;
        }
        return step == Long.MAX_VALUE ? 1000 : step;
    }
}
