package parlab.timing;

/**
 * Measures the CPU time that this process and those below it use over an interval, those of the garbage collector and
 * the JIT compilers included: {@code CpuMeter meter = CpuMeter.start(); work(); meter.stop().cores()}.
 *
 * <p><b>How exact.</b> This process: nanoseconds on Linux and macOS where native access is enabled for this class
 * ({@code --enable-native-access=ALL-UNNAMED}); else what {@code OperatingSystemMXBean} gives, on Linux ticks of 10 ms.
 * Other processes: ticks of 10 ms on Linux, rounded down for user and system time of each process: measure for a second
 * rather than for a tenth of one.
 *
 * <p><b>What is missed.</b> On Linux children and their children count whether they still run, have ended, or came and
 * went within the interval; not so one that outlived its own parent and ended within the interval, or one whose parent
 * never waits for it. Elsewhere only those processes count that are alive at the end.
 *
 * <p>Immutable and thread-safe. Starting and stopping read a file for each process of the machine on Linux, some
 * milliseconds; this is outside the interval.
 */
public final class CpuMeter {
    private final ProcessTree startTree;
    private final long startCpuNanos;
    private final long startNanos;

    private CpuMeter() {
        startTree = ProcessTree.now();
        startCpuNanos = ProcessCpu.nanos();
        startNanos = System.nanoTime();
    }

    /** Starts an interval. */
    public static CpuMeter start() {
        return new CpuMeter();
    }

    /** Returns what was used since the start; it may be asked again, for the time from the same start. */
    public CpuUsage stop() {
        long wall = System.nanoTime() - startNanos;
        long own = ProcessCpu.nanos() - startCpuNanos;
        long children = ProcessTree.now().nanosSince(startTree);
        return new CpuUsage(Math.max(0, wall) * 1e-9, Math.max(0, own) * 1e-9, children * 1e-9);
    }
}
