package parlab.kernels.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * OpenBLAS's functions as method handles. Final static fields, for the compiler turns only constant handles into calls.
 *
 * <p>Each comes twice. "Critical" ones take heap arrays as they lie; while one runs, the garbage collector can not begin a
 * pause. The others take native memory, and hold nobody up.
 */
@SuppressWarnings("restricted") // native access is what this is for
public final class OpenBlasCalls {
    public static final int ROW_MAJOR = 101;
    public static final int PLAIN = 111;
    public static final int TRANSPOSED = 112;

    private static final SymbolLookup LIBRARY = OpenBlasLibrary.open();

    public static final MethodHandle DGEMM = gemm("cblas_dgemm", JAVA_DOUBLE, false);
    public static final MethodHandle DGEMM_CRITICAL = gemm("cblas_dgemm", JAVA_DOUBLE, true);
    public static final MethodHandle SGEMM = gemm("cblas_sgemm", JAVA_FLOAT, false);
    public static final MethodHandle SGEMM_CRITICAL = gemm("cblas_sgemm", JAVA_FLOAT, true);
    public static final MethodHandle DGEMV = gemv("cblas_dgemv", JAVA_DOUBLE, false);
    public static final MethodHandle DGEMV_CRITICAL = gemv("cblas_dgemv", JAVA_DOUBLE, true);
    public static final MethodHandle SGEMV = gemv("cblas_sgemv", JAVA_FLOAT, false);
    public static final MethodHandle SGEMV_CRITICAL = gemv("cblas_sgemv", JAVA_FLOAT, true);
    public static final MethodHandle DDOT = dot(false);
    public static final MethodHandle DDOT_CRITICAL = dot(true);
    private static final MethodHandle SET_THREADS =
            handle("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    private static final MethodHandle GET_THREADS = handle("openblas_get_num_threads", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle CONFIG = handle("openblas_get_config", FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle CORE = handle("openblas_get_corename", FunctionDescriptor.of(ADDRESS));

    private OpenBlasCalls() {}

    public static void setThreads(int threads) {
        try {
            SET_THREADS.invokeExact(threads);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    public static int threads() {
        try {
            return (int) GET_THREADS.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    public static String configuration() {
        try {
            return text((MemorySegment) CONFIG.invokeExact());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    public static String core() {
        try {
            return text((MemorySegment) CORE.invokeExact());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What a downcall may throw: unchecked exceptions of the arguments' own, such as those of a closed arena. */
    public static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    private static String text(MemorySegment address) {
        return address.reinterpret(1000).getString(0);
    }

    private static MethodHandle gemm(String name, MemoryLayout number, boolean critical) {
        return handle(
                name,
                FunctionDescriptor.ofVoid(
                        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, ADDRESS, JAVA_INT, ADDRESS,
                        JAVA_INT, number, ADDRESS, JAVA_INT),
                options(critical));
    }

    private static MethodHandle gemv(String name, MemoryLayout number, boolean critical) {
        return handle(
                name,
                FunctionDescriptor.ofVoid(
                        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, number,
                        ADDRESS, JAVA_INT),
                options(critical));
    }

    private static MethodHandle dot(boolean critical) {
        return handle(
                "cblas_ddot",
                FunctionDescriptor.of(JAVA_DOUBLE, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT),
                options(critical));
    }

    private static Linker.Option[] options(boolean critical) {
        return critical ? new Linker.Option[] {Linker.Option.critical(true)} : new Linker.Option[0];
    }

    private static MethodHandle handle(String name, FunctionDescriptor function, Linker.Option... options) {
        MemorySegment address = LIBRARY.find(name)
                .orElseThrow(() -> new UnsupportedOperationException("this OpenBLAS has no function " + name));
        return Linker.nativeLinker().downcallHandle(address, function, options);
    }
}
