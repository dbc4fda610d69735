package parlab.models;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * Memory outside the heap for the input and the output of one request at a time. A session reads the one and writes the other
 * where they lie; the tensors over them are kept from request to request for as long as the number of rows stays the same.
 *
 * <p>Not thread-safe: one thread at a time has it.
 */
final class Buffers implements AutoCloseable {
    private static final int ALIGNMENT = 64; // a cache line, as ONNX Runtime's own tensors have

    private final Signature signature;
    private final int maxRows;
    private final Arena memory = Arena.ofShared(); // freed on closing, not when the collector finds time
    private final FloatBuffer input;
    private final FloatBuffer output;
    private int rows;
    private OnnxTensor inputTensor;
    private OnnxTensor outputTensor;

    /** Reserves memory for so many rows at most. */
    Buffers(Signature signature, int maxRows) {
        this.signature = signature;
        this.maxRows = maxRows;
        try {
            input = allocate((long) maxRows * signature.inputLength());
            output = allocate((long) maxRows * signature.outputLength());
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }

    private FloatBuffer allocate(long floats) {
        if (floats > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "the request has too many rows: its input or output has " + floats + " floats, more than 2 GB");
        }
        return memory.allocate(floats * Float.BYTES, ALIGNMENT)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    int maxRows() {
        return maxRows;
    }

    /**
     * Runs a session on a request.
     *
     * @param session whose input and output these are
     * @param request so many whole rows
     * @return the output's rows, in a new array
     * @throws OrtException if ONNX Runtime reports an error
     */
    float[] run(OrtSession session, float[] request) throws OrtException {
        shape(request.length / signature.inputLength());
        input.put(0, request);
        // With the output pinned, the result refers to our tensor and owns nothing that closing it would free.
        session.run(Map.of(signature.inputName(), inputTensor), Map.of(signature.outputName(), outputTensor))
                .close();
        float[] answer = new float[rows * signature.outputLength()];
        output.get(0, answer);
        return answer;
    }

    private void shape(int wanted) throws OrtException {
        if (wanted != rows) {
            closeTensors();
            inputTensor = tensor(input, wanted, signature.inputLength(), signature.inputShape());
            outputTensor = tensor(output, wanted, signature.outputLength(), signature.outputShape());
            rows = wanted;
        }
    }

    private static OnnxTensor tensor(FloatBuffer buffer, int rows, int length, long[] shape) throws OrtException {
        long[] whole = shape.clone();
        whole[0] = rows;
        // There is a session, so there is an environment.
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer.slice(0, rows * length), whole);
    }

    private void closeTensors() {
        rows = 0;
        if (inputTensor != null) {
            inputTensor.close();
            inputTensor = null;
        }
        if (outputTensor != null) {
            outputTensor.close();
            outputTensor = null;
        }
    }

    /** Frees the memory. */
    @Override
    public void close() {
        closeTensors();
        memory.close();
    }
}
