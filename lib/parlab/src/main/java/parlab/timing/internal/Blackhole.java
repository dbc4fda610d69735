package parlab.timing.internal;

/**
 * Swallows values, so that the compiler must compute them.
 *
 * <p>The methods are empty. A JVM started with {@code -XX:+UnlockExperimentalVMOptions
 * -XX:CompileCommand=blackhole,parlab.timing.internal.Blackhole::consume} treats a call of them as a use of
 * the argument that costs no instruction (JDK-8259316, "compiler blackholes"). Without that option they
 * protect nothing: see {@link Guards}.
 */
public final class Blackhole {

    private Blackhole() {}

    /** Uses the value. */
    public static void consume(boolean value) {}

    /** Uses the value. */
    public static void consume(int value) {}

    /** Uses the value. */
    public static void consume(long value) {}

    /** Uses the value. */
    public static void consume(float value) {}

    /** Uses the value. */
    public static void consume(double value) {}

    /** Uses the reference; an object that only it refers to is really allocated. */
    public static void consume(Object value) {}
}
