package parlab.timing;

/**
 * The time that an interval took, from {@link CpuMeter}.
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
     * Returns the CPU time of this process and those below it.
     *
     * @return seconds, 0 or more
     */
    public double cpuSeconds() {
        return ownCpuSeconds + childCpuSeconds;
    }

    /**
     * Returns how many cores were busy on average.
     *
     * @return CPU time over wall time; 0 for an interval that lasted no time
     */
    public double cores() {
        return wallSeconds == 0 ? 0 : cpuSeconds() / wallSeconds;
    }

    /** Returns it for people: {@code 1.93 cores for 0.52 s}. */
    @Override
    public String toString() {
        return Numbers.shortText(cores()) + " cores for " + Numbers.shortText(wallSeconds) + " s";
    }

    private static void check(String name, double seconds) {
        if (!(seconds >= 0 && Double.isFinite(seconds))) {
            throw new IllegalArgumentException(name + " must be finite and 0 or more, got " + seconds);
        }
    }
}
