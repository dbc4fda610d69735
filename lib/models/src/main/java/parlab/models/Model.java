package parlab.models;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import parlab.models.internal.DeepStack;
import parlab.models.internal.OrtLibrary;

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
 * array of whole rows, one after the other. Buffers outside the heap are kept and used again; whoever wants none of the
 * copies takes a {@link ModelCall}.
 *
 * <p>Thread-safe: any number of threads may run it at once, each with a buffer of its own. Closing it refuses new requests at
 * once, and frees its memory when the last one that runs is done.
 */
public final class Model implements AutoCloseable {
    /**
     * How a session works. Immutable.
     *
     * @param intraThreads threads that share the work of one operator, the caller among them; 0 for one per core
     * @param interThreads operators at the same time, in a graph with branches; 1 for one after the other
     * @param spinning whether the intra threads keep their cores busy for a moment while they wait for work
     * @param sharedWeights whether to use the weights as they lie in the file, so that processes share them: for a model
     *     that was optimised before, with its weights in a file of their own
     * @param checkNumbers whether to refuse requests with NaN or infinite numbers, at the price of a look at each
     * @param globalThreads whether to use the threads of {@link #globalThreads}, which all such sessions share, in place
     *     of own ones
     */
    public record Options(
            int intraThreads,
            int interThreads,
            boolean spinning,
            boolean sharedWeights,
            boolean checkNumbers,
            boolean globalThreads) {
        /** One thread, the caller's; requests are checked. */
        public static final Options DEFAULT = new Options(1, 1, true, false, true, false);

        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if a number of threads is out of range
         */
        public Options {
            if (intraThreads < 0 || intraThreads > 1024 || interThreads < 0 || interThreads > 1024) {
                throw new IllegalArgumentException(
                        "threads must be from 0 to 1024, got intra " + intraThreads + " and inter " + interThreads);
            }
        }

        /**
         * Another number of intra-op threads.
         *
         * @param threads from 0 to 1024
         * @return a copy
         */
        public Options intra(int threads) {
            return new Options(threads, interThreads, spinning, sharedWeights, checkNumbers, globalThreads);
        }

        /**
         * Another number of inter-op threads.
         *
         * @param threads from 0 to 1024
         * @return a copy
         */
        public Options inter(int threads) {
            return new Options(intraThreads, threads, spinning, sharedWeights, checkNumbers, globalThreads);
        }

        /**
         * With or without spinning.
         *
         * @param on whether to spin
         * @return a copy
         */
        public Options spin(boolean on) {
            return new Options(intraThreads, interThreads, on, sharedWeights, checkNumbers, globalThreads);
        }

        /**
         * With weights as they lie in the file.
         *
         * @param on whether to share them
         * @return a copy
         */
        public Options shared(boolean on) {
            return new Options(intraThreads, interThreads, spinning, on, checkNumbers, globalThreads);
        }

        /**
         * With or without a look at each number.
         *
         * @param on whether to refuse NaN and infinity
         * @return a copy
         */
        public Options check(boolean on) {
            return new Options(intraThreads, interThreads, spinning, sharedWeights, on, globalThreads);
        }

        /**
         * With the threads that all sessions share, or own ones.
         *
         * @param on whether to use {@link Model#globalThreads}
         * @return a copy
         */
        public Options global(boolean on) {
            return new Options(intraThreads, interThreads, spinning, sharedWeights, checkNumbers, on);
        }
    }

    private static final Object ENVIRONMENT_LOCK = new Object();
    private static OrtEnvironment environment;

    private final Path file;
    private final Options options;
    private final OrtSession session;
    private final String inputName;
    private final String outputName;
    private final long[] inputShape;
    private final long[] outputShape;
    private final int inputLength;
    private final int outputLength;
    private final ConcurrentLinkedQueue<ModelCall> idle = new ConcurrentLinkedQueue<>();
    /** The owner, the requests that run and the calls that are open; 0 when all is freed. */
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    private Model(Path file, Options options, OrtSession session) throws BadModelException, OrtException {
        this.file = file;
        this.options = options;
        this.session = session;
        Map.Entry<String, NodeInfo> input = only(file, "input", session.getInputInfo());
        Map.Entry<String, NodeInfo> output = only(file, "output", session.getOutputInfo());
        inputName = input.getKey();
        outputName = output.getKey();
        inputShape = shape(file, "input", input);
        outputShape = shape(file, "output", output);
        inputLength = rowLength(file, "input", inputShape);
        outputLength = rowLength(file, "output", outputShape);
        if (inputShape[0] != outputShape[0]) {
            throw new BadModelException(
                    file,
                    "its input is " + text(inputShape) + " and its output " + text(outputShape)
                            + ", which do not have as many rows",
                    null);
        }
    }

    /**
     * Loads a model with {@link Options#DEFAULT}.
     *
     * @param file the ONNX file
     * @return the model, ready to run
     * @throws BadModelException if the file can not be used; the message says why
     * @throws UnsupportedOperationException if ONNX Runtime does not load on this platform
     */
    public static Model open(Path file) throws BadModelException {
        return open(file, Options.DEFAULT);
    }

    /**
     * Loads a model.
     *
     * @param file the ONNX file
     * @param options how it works
     * @return the model, ready to run
     * @throws BadModelException if the file is missing, not a model, of a version that ONNX Runtime does not know, or does not
     *     have one input and one output of floats; the message says which
     * @throws UnsupportedOperationException if ONNX Runtime does not load on this platform
     */
    public static Model open(Path file, Options options) throws BadModelException {
        Objects.requireNonNull(options, "options");
        if (!Files.isRegularFile(file)) {
            throw new BadModelException(file, Files.exists(file) ? "it is not a file" : "there is no such file", null);
        }
        OrtEnvironment environment = environment();
        OrtSession session = null;
        try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
            configure(settings, options);
            session = environment.createSession(file.toString(), settings);
            Model model = new Model(file, options, session);
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
     * this process is opened.
     *
     * @param intraThreads as in {@link Options}
     * @param spinning as in {@link Options}
     * @throws IllegalStateException if a model has been opened already: ONNX Runtime makes such threads once
     * @throws IllegalArgumentException if there can not be so many threads
     */
    public static void globalThreads(int intraThreads, boolean spinning) {
        Options.DEFAULT.intra(intraThreads); // checks
        synchronized (ENVIRONMENT_LOCK) {
            if (environment != null) {
                throw new IllegalStateException(
                        "a model has been opened already: global threads must be made before, in a fresh process");
            }
            OrtLibrary.prepare();
            DeepStack.call(OrtEnvironment::getAvailableProviders); // loads the library
            try (OrtEnvironment.ThreadingOptions threads = new OrtEnvironment.ThreadingOptions()) {
                threads.setGlobalIntraOpNumThreads(intraThreads);
                threads.setGlobalInterOpNumThreads(1);
                threads.setGlobalSpinControl(spinning);
                environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "parlab", threads);
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * The version of ONNX Runtime; loads it.
     *
     * @return such as {@code 1.29.0}
     * @throws UnsupportedOperationException if it does not load on this platform
     */
    public static String runtimeVersion() {
        return environment().getVersion();
    }

    static OrtEnvironment environment() {
        synchronized (ENVIRONMENT_LOCK) {
            if (environment == null) {
                OrtLibrary.prepare();
                try {
                    environment = DeepStack.call(
                            () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "parlab"));
                } catch (LinkageError e) {
                    throw new UnsupportedOperationException(
                            "ONNX Runtime does not load on " + System.getProperty("os.name") + ", "
                                    + System.getProperty("os.arch") + ": " + e,
                            e);
                }
            }
            return environment;
        }
    }

    private static void configure(OrtSession.SessionOptions settings, Options options) throws OrtException {
        // Warnings, such as that an optimised model is good for this processor alone, would go to a cell's stderr.
        settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        if (options.globalThreads) {
            settings.disablePerSessionThreads();
        } else {
            settings.setIntraOpNumThreads(options.intraThreads);
            settings.setInterOpNumThreads(options.interThreads);
            settings.addConfigEntry("session.intra_op.allow_spinning", options.spinning ? "1" : "0");
            settings.addConfigEntry("session.inter_op.allow_spinning", options.spinning ? "1" : "0");
            // Within a request they may spin, between requests they would burn a core that others could have.
            settings.addConfigEntry("session.force_spinning_stop", "1");
        }
        if (options.interThreads != 1) {
            settings.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.PARALLEL);
        }
        if (options.sharedWeights) {
            // Both would make new weights out of those in the file.
            settings.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            settings.addConfigEntry("session.disable_prepacking", "1");
        }
    }

    private static Map.Entry<String, NodeInfo> only(Path file, String what, Map<String, NodeInfo> nodes)
            throws BadModelException {
        if (nodes.size() != 1) {
            throw new BadModelException(file, "it has " + nodes.size() + " " + what + "s, not one", null);
        }
        return nodes.entrySet().iterator().next();
    }

    private static long[] shape(Path file, String what, Map.Entry<String, NodeInfo> node) throws BadModelException {
        if (!(node.getValue().getInfo() instanceof TensorInfo info) || info.type != OnnxJavaType.FLOAT) {
            String type = node.getValue().getInfo() instanceof TensorInfo other
                    ? other.type.toString()
                    : node.getValue().getInfo().getClass().getSimpleName();
            throw new BadModelException(
                    file, "its " + what + " " + node.getKey() + " is " + type + ", not FLOAT", null);
        }
        return info.getShape();
    }

    private static int rowLength(Path file, String what, long[] shape) throws BadModelException {
        long length = 1;
        for (int i = 1; i < shape.length; i++) {
            length *= shape[i];
            if (shape[i] < 1 || length > Integer.MAX_VALUE) {
                length = -1;
                break;
            }
        }
        if (shape.length == 0 || length < 1) {
            throw new BadModelException(
                    file, "its " + what + " is " + text(shape) + ": only the first dimension may be free", null);
        }
        return (int) length;
    }

    private static String text(long[] shape) {
        return Arrays.toString(shape).replace("-1", "n");
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
        ModelCall call = idle.poll();
        if (call == null || call.maxRows() < rows) {
            if (call != null) {
                call.free();
            }
            call = new ModelCall(this, rows, false);
        }
        try {
            call.input().put(0, input);
            call.run(rows);
        } catch (Throwable e) {
            call.free();
            throw e;
        }
        float[] output = new float[rows * outputLength];
        call.output().get(0, output);
        idle.add(call);
        return output;
    }

    /**
     * Runs the model on a request of which only its arrival is known: from a network, say.
     *
     * @param request a {@code float[]} of whole rows
     * @return the output's rows
     * @throws IllegalArgumentException as {@link #run}, and if the request is of another type
     * @throws IllegalStateException as {@link #run}
     */
    public float[] answer(Object request) {
        if (request != null && !(request instanceof float[])) {
            throw new IllegalArgumentException("a request must be a float[], this is a "
                    + request.getClass().getSimpleName());
        }
        return run((float[]) request);
    }

    /**
     * Checks a request as {@link #run} does, without running it.
     *
     * @param input the request
     * @return its rows
     * @throws IllegalArgumentException if it would be refused
     */
    public int check(float[] input) {
        if (input == null) {
            throw new IllegalArgumentException("the request is null; " + expectation());
        }
        if (input.length == 0 || input.length % inputLength != 0) {
            throw new IllegalArgumentException("the request has " + input.length + " numbers; " + expectation());
        }
        int rows = input.length / inputLength;
        if (inputShape[0] > 0 && rows != inputShape[0]) {
            throw new IllegalArgumentException("the request has " + rows + " rows; " + expectation());
        }
        if (options.checkNumbers) {
            // x * 0 is 0 for all numbers but those that are none: one sum says whether there is one to look for.
            float sum = 0;
            for (float x : input) {
                sum += x * 0;
            }
            if (sum != 0) {
                for (int i = 0; i < input.length; i++) {
                    if (!Float.isFinite(input[i])) {
                        throw new IllegalArgumentException("the request has " + input[i] + " at place " + i);
                    }
                }
            }
        }
        return rows;
    }

    private String expectation() {
        return file.getFileName() + " takes " + text(inputShape) + " floats, " + inputLength + " a row";
    }

    /**
     * A call with buffers of its own, for one thread at a time. It keeps the model's memory until it is closed, too.
     *
     * @param maxRows rows at most
     * @return a call, to be closed
     * @throws IllegalArgumentException if there can not be so many rows
     * @throws IllegalStateException if the model is closed
     */
    public ModelCall call(int maxRows) {
        if (maxRows < 1 || maxRows > Integer.MAX_VALUE / 4 / Math.max(inputLength, outputLength)) {
            throw new IllegalArgumentException("a call can not have " + maxRows + " rows");
        }
        if (!acquire()) {
            throw new IllegalStateException(this + " is closed");
        }
        try {
            return new ModelCall(this, maxRows, true);
        } catch (Throwable e) {
            release();
            throw e;
        }
    }

    /**
     * Begins a use, unless the model is closed and its last use over.
     *
     * @return whether {@link #release} must be called
     */
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
            for (ModelCall call = idle.poll(); call != null; call = idle.poll()) {
                call.free();
            }
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

    OrtSession session() {
        return session;
    }

    Path file() {
        return file;
    }

    /**
     * The input's name in the file.
     *
     * @return a name
     */
    public String inputName() {
        return inputName;
    }

    /**
     * The output's name in the file.
     *
     * @return a name
     */
    public String outputName() {
        return outputName;
    }

    /**
     * The input's shape.
     *
     * @return a new array; its first number is -1 where any number of rows goes
     */
    public long[] inputShape() {
        return inputShape.clone();
    }

    /**
     * The output's shape.
     *
     * @return a new array; its first number is -1 where any number of rows goes
     */
    public long[] outputShape() {
        return outputShape.clone();
    }

    /**
     * Numbers in a row of the input.
     *
     * @return 1 or more
     */
    public int inputLength() {
        return inputLength;
    }

    /**
     * Numbers in a row of the output.
     *
     * @return 1 or more
     */
    public int outputLength() {
        return outputLength;
    }

    /**
     * Whether the model's memory is freed: it was closed, and its last request is done.
     *
     * @return true if so
     */
    public boolean isFreed() {
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
        return file.getFileName() + " " + text(inputShape) + " -> " + text(outputShape);
    }
}
