package parlab.kernels;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Whether multiply-and-add is one instruction here. */
final class Fma {
    private static final boolean FAST = ask();

    private Fma() {}

    /**
     * Refuses to begin what would take a thousand times as long: without the instruction {@code fma} is computed with
     * exact decimal numbers, some microseconds for each.
     */
    static void require() {
        if (!FAST) {
            throw new UnsupportedOperationException("this processor has no fused multiply-add that the JVM can use (an"
                    + " emulator or a virtual machine may hide it, or -XX:-UseFMA is set): on x86 it takes one with AVX2"
                    + " and FMA3");
        }
    }

    private static boolean ask() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        try {
            return jvm == null || Boolean.parseBoolean(jvm.getVMOption("UseFMA").getValue());
        } catch (IllegalArgumentException e) {
            return true; // another JVM: nothing is known against it
        }
    }
}
