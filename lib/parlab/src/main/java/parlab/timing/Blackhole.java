package parlab.timing;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * Swallows values, so that the compiler must compute them.
 *
 * <p>The methods are empty. A JVM started with {@code -XX:+UnlockExperimentalVMOptions
 * -XX:CompileCommand=blackhole,parlab.timing.Blackhole::consume} treats a call of them as a use of the argument that
 * costs no instruction (JDK-8259316, "compiler blackholes"). Without that option they protect nothing.
 */
final class Blackhole {
    private static final boolean ACTIVE = detect();

    private Blackhole() {}

    static void consume(boolean value) {}

    static void consume(int value) {}

    static void consume(long value) {}

    static void consume(double value) {}

    /** Uses the reference; an object that only it refers to is really allocated. */
    static void consume(Object value) {}

    /** Returns whether this JVM was started with the options above. */
    static boolean isActive() {
        return ACTIVE;
    }

    private static boolean detect() {
        try {
            HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return vm != null
                    && Boolean.parseBoolean(
                            vm.getVMOption("UnlockExperimentalVMOptions").getValue())
                    && vm.getVMOption("CompileCommand").getValue().lines().anyMatch(Blackhole::namesThisClass);
        } catch (IllegalArgumentException | NoClassDefFoundError e) {
            return false; // another JVM than HotSpot, or one without its management module
        }
    }

    /** Whether a compile command is ours; both ways to write a method are understood. */
    private static boolean namesThisClass(String command) {
        String written = command.strip().replace('/', '.').replace("::", ".").replace(' ', ',');
        return written.startsWith("blackhole," + Blackhole.class.getName() + ".")
                && (written.endsWith(".consume") || written.endsWith(".*"));
    }
}
