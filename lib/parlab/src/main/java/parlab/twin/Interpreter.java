package parlab.twin;

/** The Python that twins run on. The GIL is {@code on}, {@code off}, or {@code on (no way to ask before 3.13)}. */
public record Interpreter(String version, String implementation, String gil, String executable) {
    @Override
    public String toString() {
        return implementation + " " + version + ", GIL " + gil + ", " + executable;
    }
}
