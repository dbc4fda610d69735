package parlab.timing;

import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Reads the CPU time of this process, all threads. */
final class ProcessCpu {
    /**
     * {@code int clock_gettime(clockid_t, struct timespec *)}, or null where it must not or cannot be
     * called. The JDK's own figure comes from times(2) on Linux, in ticks of 10 ms.
     */
    private static final MethodHandle CLOCK_GETTIME = clockGettime();

    private static final int CLOCK_PROCESS_CPUTIME_ID = isMac() ? 12 : 2;

    private ProcessCpu() {}

    /** Returns nanoseconds of CPU time since the process began; 0 where the JVM cannot tell. */
    static long nanos() {
        if (CLOCK_GETTIME != null) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment timespec = arena.allocate(ValueLayout.JAVA_LONG, 2);
                int status = (int) CLOCK_GETTIME.invokeExact(CLOCK_PROCESS_CPUTIME_ID, timespec);
                if (status == 0) {
                    return timespec.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
                            + timespec.getAtIndex(ValueLayout.JAVA_LONG, 1);
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError("clock_gettime throws nothing", e);
            }
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return system == null ? 0 : Math.max(0, system.getProcessCpuTime());
    }

    @SuppressWarnings("restricted") // guarded by isNativeAccessEnabled
    private static MethodHandle clockGettime() {
        boolean known = ValueLayout.ADDRESS.byteSize() == 8 && (isMac() || osName().equals("linux"));
        if (!known || !ProcessCpu.class.getModule().isNativeAccessEnabled()) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("clock_gettime")
                .map(address -> linker.downcallHandle(
                        address,
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS)))
                .orElse(null);
    }

    private static boolean isMac() {
        return osName().startsWith("mac");
    }

    private static String osName() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }
}
