package parlab.pipelines;

/** Who does the tasks of a {@link Workload}. */
public enum Architecture {
    /** The caller, one after the other. */
    SERIAL("serial"),
    /** A fixed number of platform threads. */
    THREADS("threads"),
    /** A virtual thread for each task, all at once. */
    VIRTUAL_THREADS("virtual threads"),
    /** As many processes as there are processors; the payload is sent there and back. */
    PROCESSES("processes"),
    /** Virtual threads wait, processes compute. */
    HYBRID("hybrid");

    private final String text;

    Architecture(String text) {
        this.text = text;
    }

    /** For people, such as {@code virtual threads}. */
    @Override
    public String toString() {
        return text;
    }
}
