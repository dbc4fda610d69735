package parlab.models.internal;

import java.util.function.Supplier;

/**
 * Runs something on a thread with a deep stack.
 *
 * <p>ONNX Runtime 1.29, when it is started, recurses natively, deeper the longer the process's command line is. With a
 * class path of some thirty jars named in full, the stack of a Java thread is not enough, and the JVM dies of SIGSEGV without a
 * word. Python's main thread has eight times that stack.
 */
public final class DeepStack {
    private static final long BYTES = 256L << 20; // reserved, but not used before it is needed

    private DeepStack() {}

    /**
     * Calls it there, and waits, also when interrupted.
     *
     * @param body what to call
     * @param <T> its result
     * @return its result
     * @throws RuntimeException what it throws; errors, too
     */
    public static <T> T call(Supplier<T> body) {
        Object[] result = new Object[1];
        Throwable[] failure = new Throwable[1];
        Thread thread = Thread.ofPlatform()
                .name("onnxruntime-start")
                .stackSize(BYTES)
                .start(() -> {
                    try {
                        result[0] = body.get();
                    } catch (Throwable e) {
                        failure[0] = e;
                    }
                });
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure[0] instanceof Error error) {
            throw error;
        }
        if (failure[0] instanceof RuntimeException exception) {
            throw exception;
        }
        @SuppressWarnings("unchecked")
        T value = (T) result[0];
        return value;
    }
}
