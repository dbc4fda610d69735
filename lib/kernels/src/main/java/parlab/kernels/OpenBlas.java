package parlab.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import parlab.system.NativeLibrary;

/**
 * OpenBLAS's functions as method handles. Final static fields, for the compiler turns only constant handles into
 * calls.
 *
 * <p>"Critical" ones take heap arrays as they lie; while one runs, the garbage collector cannot begin a pause. The
 * others take native memory, and hold nobody up.
 */
@SuppressWarnings("restricted") // native access is what this is for
final class OpenBlas {
    static final int ROW_MAJOR = 101;
    static final int PLAIN = 111;
    static final int TRANSPOSED = 112;

    private static final SymbolLookup LIBRARY = library(NativeLibrary.platform());

    private static final FunctionDescriptor GEMM = FunctionDescriptor.ofVoid(
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_DOUBLE,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_DOUBLE,
            ADDRESS,
            JAVA_INT);
    private static final FunctionDescriptor GEMV = FunctionDescriptor.ofVoid(
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_DOUBLE,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_DOUBLE,
            ADDRESS,
            JAVA_INT);
    private static final FunctionDescriptor DOT =
            FunctionDescriptor.of(JAVA_DOUBLE, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);

    static final MethodHandle DGEMM = handle("cblas_dgemm", GEMM);
    static final MethodHandle DGEMM_CRITICAL = handle("cblas_dgemm", GEMM, Linker.Option.critical(true));
    static final MethodHandle DGEMV_CRITICAL = handle("cblas_dgemv", GEMV, Linker.Option.critical(true));
    static final MethodHandle DDOT_CRITICAL = handle("cblas_ddot", DOT, Linker.Option.critical(true));
    private static final MethodHandle SET_THREADS =
            handle("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    private static final MethodHandle GET_THREADS = handle("openblas_get_num_threads", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle CONFIG = handle("openblas_get_config", FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle CORE = handle("openblas_get_corename", FunctionDescriptor.of(ADDRESS));

    private OpenBlas() {}

    static void setThreads(int threads) {
        try {
            SET_THREADS.invokeExact(threads);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int threads() {
        try {
            return (int) GET_THREADS.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static String configuration() {
        try {
            return text((MemorySegment) CONFIG.invokeExact());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static String core() {
        try {
            return text((MemorySegment) CORE.invokeExact());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What a downcall may throw: unchecked exceptions of the arguments' own, such as those of a closed arena. */
    static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    /** The library for a platform in the words of {@link NativeLibrary#platform}. */
    static SymbolLookup library(String platform) {
        try {
            ClassLoader loader = OpenBlas.class.getClassLoader();
            return NativeLibrary.extract(loader, "org/bytedeco/openblas/" + platform, "openblas")
                    .open();
        } catch (UnsupportedOperationException e) {
            throw new UnsupportedOperationException(
                    "no OpenBLAS for " + platform + ": " + e.getMessage()
                            + ". It comes with the artifact org.bytedeco:openblas, classifier " + platform
                            + ", which set-up puts on the class path where it exists. parlab.kernels.Gemm does without.",
                    e);
        }
    }

    private static String text(MemorySegment address) {
        return address.reinterpret(1000).getString(0);
    }

    private static MethodHandle handle(String name, FunctionDescriptor function, Linker.Option... options) {
        MemorySegment address = LIBRARY.find(name)
                .orElseThrow(() -> new UnsupportedOperationException("this OpenBLAS has no function " + name));
        return Linker.nativeLinker().downcallHandle(address, function, options);
    }
}
