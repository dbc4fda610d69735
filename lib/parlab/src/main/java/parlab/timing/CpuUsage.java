package parlab.timing;

/**
 * The time that an interval took, from {@link CpuMeter}, in seconds, each 0 or more. Immutable and thread-safe.
 *
 * @param ownCpuSeconds CPU time of this process's threads, those of the JVM included
 * @param childCpuSeconds CPU time of the processes below this one
 */
public record CpuUsage(double wallSeconds, double ownCpuSeconds, double childCpuSeconds) {
    /** Returns the CPU time of this process and those below it. */
    public double cpuSeconds() {
        return ownCpuSeconds + childCpuSeconds;
    }

    /** Returns how many cores were busy on average: CPU time over wall time; 0 for an interval that lasted no time. */
    public double cores() {
        return wallSeconds == 0 ? 0 : cpuSeconds() / wallSeconds;
    }

    /** Returns it for people: {@code 1.93 cores for 0.52 s}. */
    @Override
    public String toString() {
        return Numbers.shortText(cores()) + " cores for " + Numbers.shortText(wallSeconds) + " s";
    }
}
