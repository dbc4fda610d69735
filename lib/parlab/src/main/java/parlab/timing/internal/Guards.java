package parlab.timing.internal;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Finds out whether this JVM makes black holes of {@link Blackhole}'s methods. */
public final class Guards {

    private static final boolean COMPILER_BLACKHOLE = detect();

    private Guards() {}

    /** Whether the JVM was started with the options that {@link Blackhole} names. */
    public static boolean compilerBlackhole() {
        return COMPILER_BLACKHOLE;
    }

    private static boolean detect() {
        try {
            HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return vm != null
                    && Boolean.parseBoolean(
                            vm.getVMOption("UnlockExperimentalVMOptions").getValue())
                    && namesBlackhole(vm.getVMOption("CompileCommand").getValue());
        } catch (IllegalArgumentException | NoClassDefFoundError e) {
            return false; // another JVM than HotSpot, or one without its management module
        }
    }

    /** Whether one of the compile commands, one a line, is ours; both ways to write a method are understood. */
    static boolean namesBlackhole(String compileCommands) {
        return compileCommands
                .lines()
                .map(line -> line.strip().replace('/', '.').replace("::", ".").replace(' ', ','))
                .anyMatch(line -> line.startsWith("blackhole,parlab.timing.internal.Blackhole.")
                        && (line.endsWith(".consume") || line.endsWith(".*")));
    }
}
