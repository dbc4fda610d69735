package parlab.timing;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Measures how many cores other programs keep busy over an interval: {@code OtherPrograms others =
 * OtherPrograms.watch(); work(); others.cores()}. Processes below this one do not count as others.
 *
 * <p>The system counts in ticks of 10 ms on Linux, so an interval of less than 50 ms tells nothing and gives 0; so does
 * a system that does not tell. Two intervals at once disturb each other. Not thread-safe.
 */
public final class OtherPrograms {
    /** In cores: what a browser and a desktop take now and then leaves figures as they are. */
    public static final double TOLERATED_CORES = 0.25;

    private static final double SHORTEST_SECONDS = 0.05;

    private final OperatingSystemMXBean system;
    private final CpuMeter meter;

    private OtherPrograms() {
        system = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean bean ? bean : null;
        meter = CpuMeter.start();
        if (system != null) {
            system.getCpuLoad(); // each answer is about the time since the question before
        }
    }

    /** Begins an interval. */
    public static OtherPrograms watch() {
        return new OtherPrograms();
    }

    /** Returns the cores that others kept busy since the beginning, 0 or more; to be asked once. */
    public double cores() {
        double load = system == null ? 0 : system.getCpuLoad();
        CpuUsage mine = meter.stop();
        if (!(load > 0) || mine.wallSeconds() < SHORTEST_SECONDS) {
            return 0;
        }
        return Math.max(0, load * Runtime.getRuntime().availableProcessors() - mine.cores());
    }
}
