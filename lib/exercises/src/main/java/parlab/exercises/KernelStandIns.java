package parlab.exercises;

import java.util.List;
import java.util.Locale;

/**
 * Stands for what the Jupyter kernel adds to each notebook by static import, where answers are graded: a cell that shows
 * something on its way to an answer is as right there as in JupyterLab. What it shows goes to the cell's output as text;
 * what only a kernel can do is refused. Thread-safe.
 */
@SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"}) // the kernel's own signatures
public final class KernelStandIns {

    private KernelStandIns() {}

    /** Prints, as {@link java.io.PrintStream#printf(String, Object...)} does. */
    public static void printf(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }

    /** Returns a value as text. */
    public static Object render(Object value, String... types) {
        return String.valueOf(value);
    }

    /** Prints a value, and returns an identifier for {@link #updateDisplay}. */
    public static String display(Object value, String... types) {
        System.out.println(value);
        return "display";
    }

    /** Prints a value anew. */
    public static void updateDisplay(String id, Object value, String... types) {
        System.out.println(value);
    }

    /** Refuses: there is no kernel. */
    public static Object eval(String source) {
        throw noKernel("eval");
    }

    /** Refuses: there is no kernel. */
    public static <T> T lineMagic(String name, List<String> arguments) {
        throw noKernel("%" + name);
    }

    /** Refuses: there is no kernel. */
    public static <T> T cellMagic(String name, List<String> arguments, String body) {
        throw noKernel("%%" + name);
    }

    /** Refuses: there is no kernel. */
    public static Object kernel() {
        throw noKernel("kernel");
    }

    /** Refuses: there is no kernel. */
    public static Object getKernelInstance() {
        throw noKernel("getKernelInstance");
    }

    private static UnsupportedOperationException noKernel(String what) {
        return new UnsupportedOperationException(
                what + " works in JupyterLab only: an answer is graded without a kernel");
    }
}
