package parlab.models;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import parlab.system.NativeLibrary;

/**
 * ONNX Runtime's native library and its environment, of which there is one in a process.
 *
 * <p>Left alone, ONNX Runtime's jar copies its libraries into a new temporary folder in every JVM: 29 MB for each worker, which
 * no two processes share, and which stay on the disk when a worker is killed. Here {@link NativeLibrary} copies them once, and
 * every process maps the same file. Thread-safe.
 */
final class OnnxRuntime {
    private static final String PATH_PROPERTY = "onnxruntime.native.path"; // read by ONNX Runtime's own loader
    private static final String NAME = "parlab";
    /**
     * Making the environment recurses natively, deeper the longer the process's command line is. With a class path of some
     * thirty jars named in full, the stack of a Java thread is not enough, and the JVM dies of SIGSEGV without a word.
     * Reserved, but not used before it is needed.
     */
    private static final long STACK_BYTES = 256L << 20;

    private OnnxRuntime() {}

    /**
     * Returns the environment, which is made by the first call.
     *
     * @throws UnsupportedOperationException if the native library does not load
     */
    static OrtEnvironment environment() {
        return onDeepStack(() -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, NAME));
    }

    /**
     * Makes the environment, with threads that sessions can share.
     *
     * @throws IllegalStateException if it has been made already
     * @throws UnsupportedOperationException if the native library does not load
     */
    static void makeEnvironment(int intraThreads, boolean spinning) {
        onDeepStack(() -> {
            OrtEnvironment.getAvailableProviders(); // loads the library, which the options need
            try (OrtEnvironment.ThreadingOptions threads = new OrtEnvironment.ThreadingOptions()) {
                threads.setGlobalIntraOpNumThreads(intraThreads);
                threads.setGlobalInterOpNumThreads(1);
                threads.setGlobalSpinControl(spinning);
                return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, NAME, threads);
            } catch (OrtException | IllegalStateException e) {
                throw new IllegalStateException(
                        "global threads must be made before the first model is opened, in a fresh process: "
                                + e.getMessage(),
                        e);
            }
        });
    }

    private static OrtEnvironment onDeepStack(Supplier<OrtEnvironment> body) {
        try {
            return CompletableFuture.supplyAsync(
                            () -> {
                                prepare();
                                return body.get();
                            },
                            task -> Thread.ofPlatform()
                                    .name("onnxruntime-start")
                                    .stackSize(STACK_BYTES)
                                    .start(task))
                    .join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof LinkageError || cause instanceof UnsupportedOperationException) {
                throw new UnsupportedOperationException(
                        "ONNX Runtime does not load on " + System.getProperty("os.name") + ", "
                                + System.getProperty("os.arch") + ": " + cause,
                        cause);
            }
            throw new IllegalStateException(cause.getMessage(), cause);
        }
    }

    /** Tells ONNX Runtime's own loader where the libraries are, unless somebody has told it already. */
    private static void prepare() {
        if (System.getProperty(PATH_PROPERTY) == null) {
            ClassLoader loader = OrtEnvironment.class.getClassLoader();
            NativeLibrary library = NativeLibrary.extract(loader, "ai/onnxruntime/native/" + platform(), "onnxruntime");
            System.setProperty(PATH_PROPERTY, library.file().getParent().toString());
        }
    }

    /** Returns what ONNX Runtime's jar calls this operating system and processor. */
    private static String platform() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "");
        String os = system.startsWith("mac") ? "osx" : system.startsWith("windows") ? "win" : "linux";
        return os + (processor.equals("amd64") || processor.equals("x86_64") ? "-x64" : "-" + processor);
    }
}
