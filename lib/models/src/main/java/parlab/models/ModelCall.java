package parlab.models;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import parlab.models.internal.OrtCalls;

/**
 * A way to run a {@link Model} without copies and, once warm, without allocation: write rows into {@link #input}, call
 * {@link #run}, read rows from {@link #output}. The buffers lie outside the heap and stay bound to the session.
 *
 * <pre>{@code
 * try (ModelCall call = model.call(8)) {
 *     call.input().put(0, pixels);
 *     call.run(1);
 *     float first = call.output().get(0);
 * }
 * }</pre>
 *
 * <p>Numbers are not looked at. Not thread-safe: each thread takes a call of its own.
 */
public final class ModelCall implements AutoCloseable {
    /** Input and output of so many rows, bound to the session; without a binding, the slow way. */
    private record Bound(OnnxTensor input, OnnxTensor output, OrtCalls.Binding binding) {
        void free() {
            if (binding != null) {
                binding.close();
            }
            input.close();
            output.close();
        }
    }

    private final Model model;
    private final int maxRows;
    private final boolean holdsModel;
    private final FloatBuffer input;
    private final FloatBuffer output;
    private final Map<Integer, Bound> others = new HashMap<>();
    private Bound last;
    private int lastRows;
    private boolean freed;

    /** The caller has acquired the model; {@code holdsModel} if it is to be released with this call. */
    ModelCall(Model model, int maxRows, boolean holdsModel) {
        this.model = model;
        this.maxRows = maxRows;
        this.holdsModel = holdsModel;
        input = buffer((long) maxRows * model.inputLength());
        output = buffer((long) maxRows * model.outputLength());
    }

    private static FloatBuffer buffer(long length) {
        return ByteBuffer.allocateDirect(Math.toIntExact(length * Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /**
     * Where the rows of the request go, one after the other. It is read from its start, whatever its position.
     *
     * @return always the same buffer, of {@link #maxRows} rows
     */
    public FloatBuffer input() {
        return input;
    }

    /**
     * Where the rows of the answer are after {@link #run}.
     *
     * @return always the same buffer, of {@link #maxRows} rows
     */
    public FloatBuffer output() {
        return output;
    }

    /**
     * Rows at most.
     *
     * @return 1 or more
     */
    public int maxRows() {
        return maxRows;
    }

    /**
     * Runs the model on the first rows of the input.
     *
     * @param rows how many
     * @throws IllegalArgumentException if there are not so many rows, or the model takes another number
     * @throws IllegalStateException if this call is closed, or ONNX Runtime reports an error
     */
    public void run(int rows) {
        if (rows != lastRows || freed) {
            choose(rows);
        }
        if (last.binding != null) {
            last.binding.run();
        } else {
            slow();
        }
    }

    private void choose(int rows) {
        if (freed) {
            throw new IllegalStateException("this call is closed");
        }
        long[] shape = model.inputShape();
        if (rows < 1 || rows > maxRows || (shape[0] > 0 && rows != shape[0])) {
            throw new IllegalArgumentException("a call of at most " + maxRows + " rows of " + model + " got " + rows);
        }
        last = others.computeIfAbsent(rows, this::bind);
        lastRows = rows;
    }

    private Bound bind(int rows) {
        OnnxTensor in = null;
        OnnxTensor out = null;
        OrtCalls.Binding binding = null;
        try {
            in = tensor(input, rows, model.inputLength(), model.inputShape());
            out = tensor(output, rows, model.outputLength(), model.outputShape());
            if (OrtCalls.isAvailable()) {
                binding = OrtCalls.bind(model.session(), model.inputName(), in, model.outputName(), out);
            }
            Bound bound = new Bound(in, out, binding);
            in = null;
            out = null;
            return bound;
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        } finally {
            if (in != null) {
                in.close();
            }
            if (out != null) {
                out.close();
            }
        }
    }

    private static OnnxTensor tensor(FloatBuffer buffer, int rows, int length, long[] shape) throws OrtException {
        long[] whole = shape.clone();
        whole[0] = rows;
        return OnnxTensor.createTensor(Model.environment(), buffer.slice(0, rows * length), whole);
    }

    private void slow() {
        try {
            model.session()
                    .run(Map.of(model.inputName(), last.input), Map.of(model.outputName(), last.output))
                    .close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }

    void free() {
        if (!freed) {
            freed = true;
            others.values().forEach(Bound::free);
            others.clear();
        }
    }

    /** Lets go of buffers and model. Closing twice does nothing. */
    @Override
    public void close() {
        if (!freed) {
            free();
            if (holdsModel) {
                model.release();
            }
        }
    }
}
