package parlab.models;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model that is loaded: a session of ONNX Runtime on the processor, with one input and one output of floats.
 *
 * <pre>{@code
 * try (Model model = Model.open(Path.of("digits.onnx"))) {
 *     float[] probabilities = model.run(pixels); // as many rows as the array holds
 * }
 * }</pre>
 *
 * <p>The first dimension of input and output counts rows (images, say), the others are fixed by the model. A request is an
 * array of whole rows, one after the other. Buffers outside the heap are kept and used again.
 *
 * <p>Thread-safe: any number of threads may run it at once, each with a buffer of its own. Closing it refuses new requests at
 * once, and frees its memory when the last one that runs is done.
 */
public final class Model implements AutoCloseable {
    /**
     * How a session works. Immutable.
     *
     * @param intraThreads threads that share the work of one operator, the caller among them; 0 for one per core
     * @param spinning whether the intra threads keep their cores busy for a moment while they wait for work
     * @param sharedWeights whether to use the weights as they lie in the file, so that processes share them: for a model
     *     that was optimised before, with its weights in a file of their own
     * @param checkNumbers whether to refuse requests with NaN or infinite numbers, at the price of a look at each
     * @param globalThreads whether to use the threads of {@link #globalThreads}, which all such sessions share, in place
     *     of own ones
     */
    public record Options(
            int intraThreads, boolean spinning, boolean sharedWeights, boolean checkNumbers, boolean globalThreads) {
        /** One thread, the caller's; requests are checked. */
        public static final Options DEFAULT = new Options(1, true, false, true, false);

        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the number of threads is out of range
         */
        public Options {
            if (intraThreads < 0 || intraThreads > 1024) {
                throw new IllegalArgumentException("intra-op threads must be from 0 to 1024, got " + intraThreads);
            }
        }

        /** {@return a copy with another number of intra-op threads, from 0 to 1024} */
        public Options intra(int threads) {
            return new Options(threads, spinning, sharedWeights, checkNumbers, globalThreads);
        }

        /** {@return a copy with or without spinning} */
        public Options spin(boolean on) {
            return new Options(intraThreads, on, sharedWeights, checkNumbers, globalThreads);
        }

        /** {@return a copy that uses the weights as they lie in the file, or not} */
        public Options shared(boolean on) {
            return new Options(intraThreads, spinning, on, checkNumbers, globalThreads);
        }

        /** {@return a copy that refuses NaN and infinity, or does not look} */
        public Options check(boolean on) {
            return new Options(intraThreads, spinning, sharedWeights, on, globalThreads);
        }

        /** {@return a copy with the threads that all sessions share, or with own ones} */
        public Options global(boolean on) {
            return new Options(intraThreads, spinning, sharedWeights, checkNumbers, on);
        }
    }

    private final Path file;
    private final Options options;
    private final OrtSession session;
    private final Signature signature;
    private final ConcurrentLinkedQueue<Buffers> idle = new ConcurrentLinkedQueue<>();
    /** The owner and the requests that run; 0 when all is freed. */
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    private Model(Path file, Options options, OrtSession session, Signature signature) {
        this.file = file;
        this.options = options;
        this.session = session;
        this.signature = signature;
    }

    /**
     * Loads a model with {@link Options#DEFAULT}; else as the other {@code open}.
     *
     * @throws BadModelException if the file cannot be used; the message says why
     */
    public static Model open(Path file) throws BadModelException {
        return open(file, Options.DEFAULT);
    }

    /**
     * Loads a model.
     *
     * @throws BadModelException if the file is missing, not a model, of a version that ONNX Runtime does not know, or does not
     *     have one input and one output of floats; the message says which
     * @throws UnsupportedOperationException if ONNX Runtime does not load on this platform
     */
    public static Model open(Path file, Options options) throws BadModelException {
        Objects.requireNonNull(options, "options");
        if (!Files.isRegularFile(file)) {
            throw new BadModelException(file, Files.exists(file) ? "it is not a file" : "there is no such file", null);
        }
        return open(file, (runtime, settings) -> runtime.createSession(file.toString(), settings), options);
    }

    /**
     * Loads a model out of the bytes of its file, which are copied; else as the other {@code open}.
     *
     * @throws BadModelException if they cannot be used; the message says why
     */
    public static Model open(byte[] bytes, Options options) throws BadModelException {
        Objects.requireNonNull(options, "options");
        Path file = Path.of(bytes.length + " bytes");
        return open(file, (runtime, settings) -> runtime.createSession(bytes, settings), options);
    }

    /** Makes a session out of whatever it is made of. */
    @FunctionalInterface
    private interface Source {
        OrtSession session(OrtEnvironment runtime, OrtSession.SessionOptions settings) throws OrtException;
    }

    private static Model open(Path file, Source source, Options options) throws BadModelException {
        OrtEnvironment runtime = OnnxRuntime.environment();
        OrtSession session = null;
        try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
            configure(settings, options);
            session = source.session(runtime, settings);
            Model model = new Model(file, options, session, Signature.of(file, session));
            session = null;
            return model;
        } catch (OrtException e) {
            throw new BadModelException(file, e.getMessage(), e);
        } finally {
            closeQuietly(session);
        }
    }

    /**
     * Makes threads that all sessions with {@link Options#globalThreads} share; to be called before the first model of
     * this process is opened. The numbers are as in {@link Options}.
     *
     * @throws IllegalStateException if a model has been opened already: ONNX Runtime makes such threads once
     * @throws IllegalArgumentException if there cannot be so many threads
     * @throws UnsupportedOperationException if ONNX Runtime does not load on this platform
     */
    public static void globalThreads(int intraThreads, boolean spinning) {
        OnnxRuntime.makeEnvironment(Options.DEFAULT.intra(intraThreads).intraThreads, spinning);
    }

    /**
     * Returns the version of ONNX Runtime, such as {@code 1.29.0}, and loads it.
     *
     * @throws UnsupportedOperationException if it does not load on this platform
     */
    public static String runtimeVersion() {
        return OnnxRuntime.environment().getVersion();
    }

    private static void configure(OrtSession.SessionOptions settings, Options options) throws OrtException {
        // Warnings, such as that an optimised model is good for this processor alone, would go to a cell's stderr.
        settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        if (options.globalThreads) {
            settings.disablePerSessionThreads();
        } else {
            settings.setIntraOpNumThreads(options.intraThreads);
            settings.setInterOpNumThreads(1);
            settings.addConfigEntry("session.intra_op.allow_spinning", options.spinning ? "1" : "0");
            // Within a request they may spin, between requests they would burn a core that others could have.
            settings.addConfigEntry("session.force_spinning_stop", "1");
        }
        if (options.sharedWeights) {
            // Both would make new weights out of those in the file.
            settings.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            settings.addConfigEntry("session.disable_prepacking", "1");
        }
    }

    /**
     * Runs the model.
     *
     * @param input whole rows, one after the other; not changed
     * @return the output's rows, in a new array
     * @throws IllegalArgumentException if the input is null, not of whole rows, of more or fewer rows than the model
     *     takes, or has a number that is NaN or infinite (unless that is not to be checked); the message says which
     * @throws IllegalStateException if the model is closed, or ONNX Runtime reports an error
     */
    public float[] run(float[] input) {
        if (!acquire()) {
            throw new IllegalStateException(this + " is closed");
        }
        try {
            return runAcquired(input);
        } finally {
            release();
        }
    }

    /** As {@link #run}, for a caller that has acquired the model. */
    float[] runAcquired(float[] input) {
        int rows = check(input);
        Buffers buffers = idle.poll();
        if (buffers == null || buffers.maxRows() < rows) {
            if (buffers != null) {
                buffers.close();
            }
            buffers = new Buffers(signature, rows);
        }
        try {
            return buffers.run(session, input);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        } finally {
            idle.add(buffers);
        }
    }

    /**
     * Runs the model on a request of which only its arrival is known: from a network, say.
     *
     * @throws IllegalArgumentException as {@link #run}, and if the request is no {@code float[]}
     * @throws IllegalStateException as {@link #run}
     */
    public float[] answer(Object request) {
        if (request != null && !(request instanceof float[])) {
            throw new IllegalArgumentException("a request must be a float[], this is a "
                    + request.getClass().getSimpleName());
        }
        return run((float[]) request);
    }

    /** Checks a request; returns its rows. */
    private int check(float[] input) {
        if (input == null) {
            throw new IllegalArgumentException("the request is null; " + expectation());
        }
        if (input.length == 0 || input.length % inputLength() != 0) {
            throw new IllegalArgumentException("the request has " + input.length + " numbers; " + expectation());
        }
        int rows = input.length / inputLength();
        if (signature.rows() > 0 && rows != signature.rows()) {
            throw new IllegalArgumentException("the request has " + rows + " rows; " + expectation());
        }
        if (options.checkNumbers) {
            // x * 0 is NaN for NaN and infinities, and 0 for all other numbers: one sum says whether to look for one.
            float sum = 0;
            for (float x : input) {
                sum += x * 0;
            }
            for (int i = 0; sum != 0 && i < input.length; i++) {
                if (!Float.isFinite(input[i])) {
                    throw new IllegalArgumentException("the request has " + input[i] + " at place " + i);
                }
            }
        }
        return rows;
    }

    private String expectation() {
        return file.getFileName() + " takes " + Signature.text(signature.inputShape()) + " floats, " + inputLength()
                + " a row";
    }

    /** Begins a use, unless the model is closed; returns whether {@link #release} must be called. */
    boolean acquire() {
        for (int now = users.get(); now > 0 && !closed.get(); now = users.get()) {
            if (users.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Ends a use; the last one frees the memory. */
    void release() {
        if (users.decrementAndGet() == 0) {
            idle.forEach(Buffers::close);
            idle.clear();
            closeQuietly(session);
        }
    }

    private static void closeQuietly(OrtSession session) {
        if (session != null) {
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Signature signature() {
        return signature;
    }

    /** {@return the input's name in the file} */
    public String inputName() {
        return signature.inputName();
    }

    /** {@return the input's shape: a new array; its first number is -1 where any number of rows goes} */
    public long[] inputShape() {
        return signature.inputShape().clone();
    }

    /** {@return how many numbers a row of the input has: 1 or more} */
    public int inputLength() {
        return signature.inputLength();
    }

    /** Returns whether the model was closed. */
    boolean isClosed() {
        return closed.get();
    }

    /** Returns whether the model's memory is freed: it was closed, and its last request is done. */
    boolean isFreed() {
        return users.get() == 0;
    }

    /** Refuses new requests; the last one that runs frees the memory. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }

    /** Such as {@code digits.onnx [n, 64] -> [n, 10]}. */
    @Override
    public String toString() {
        return file.getFileName() + " " + signature;
    }
}
