package parlab.timing;

import java.util.Locale;

/**
 * What an interval cost, from {@link CpuMeter}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param wallSeconds how long it lasted, 0 or more
 * @param ownCpuSeconds CPU time of this process's threads, those of the JVM included; 0 or more
 * @param childCpuSeconds CPU time of the processes below this one; 0 or more
 */
public record CpuUsage(double wallSeconds, double ownCpuSeconds, double childCpuSeconds) {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is negative, infinite or NaN
     */
    public CpuUsage {
        check("wallSeconds", wallSeconds);
        check("ownCpuSeconds", ownCpuSeconds);
        check("childCpuSeconds", childCpuSeconds);
    }

    /**
     * CPU time of this process and those below it.
     *
     * @return seconds, 0 or more
     */
    public double cpuSeconds() {
        return ownCpuSeconds + childCpuSeconds;
    }

    /**
     * How many cores were busy on average.
     *
     * @return CPU time over wall time; 0 for an interval that lasted no time
     */
    public double cores() {
        return wallSeconds == 0 ? 0 : cpuSeconds() / wallSeconds;
    }

    /** For people: {@code 1.93 cores for 0.52 s}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f cores for %.3g s", cores(), wallSeconds);
    }

    private static void check(String name, double seconds) {
        if (!(seconds >= 0 && Double.isFinite(seconds))) {
            throw new IllegalArgumentException(name + " must be finite and 0 or more, got " + seconds);
        }
    }
}
