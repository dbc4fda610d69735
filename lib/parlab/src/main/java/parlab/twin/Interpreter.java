package parlab.twin;

/**
 * The Python that twins run on. Immutable and thread-safe.
 *
 * @param version such as {@code 3.13.1}
 * @param implementation such as {@code CPython}
 * @param gil {@code on}, {@code off}, or {@code on (no way to ask before 3.13)}
 * @param executable the path of its executable
 */
public record Interpreter(String version, String implementation, String gil, String executable) {

    /** Returns one line for people. */
    @Override
    public String toString() {
        return implementation + " " + version + ", GIL " + gil + ", " + executable;
    }
}
