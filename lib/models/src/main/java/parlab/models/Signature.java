package parlab.models;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * What a model takes and gives: one input and one output of floats, whose first dimension counts rows.
 *
 * @param inputName the input's name in the file
 * @param inputShape the input's shape; its first number is -1 where any number of rows goes
 * @param inputLength numbers in a row of the input
 * @param outputName the output's name in the file
 * @param outputShape the output's shape
 * @param outputLength numbers in a row of the output
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record Signature(
        String inputName, long[] inputShape, int inputLength, String outputName, long[] outputShape, int outputLength) {

    /**
     * Reads a session's signature.
     *
     * @throws BadModelException if it is another one than described above; the message says in what
     */
    static Signature of(Path file, OrtSession session) throws BadModelException, OrtException {
        Map.Entry<String, NodeInfo> input = only(file, "input", session.getInputInfo());
        Map.Entry<String, NodeInfo> output = only(file, "output", session.getOutputInfo());
        long[] takes = shape(file, "input", input);
        long[] gives = shape(file, "output", output);
        int inputLength = rowLength(file, "input", takes);
        int outputLength = rowLength(file, "output", gives);
        if (takes[0] != gives[0]) {
            throw new BadModelException(
                    file,
                    "its input is " + text(takes) + " and its output " + text(gives)
                            + ", which do not have as many rows",
                    null);
        }
        return new Signature(input.getKey(), takes, inputLength, output.getKey(), gives, outputLength);
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
        long length = shape.length == 0 ? -1 : 1;
        for (int i = 1; i < shape.length && length > 0; i++) {
            length = shape[i] < 1 || length * shape[i] > Integer.MAX_VALUE ? -1 : length * shape[i];
        }
        if (length < 1) {
            throw new BadModelException(
                    file, "its " + what + " is " + text(shape) + ": only the first dimension may be free", null);
        }
        return (int) length;
    }

    /** Returns the rows that a request must have; -1 where any number goes. */
    long rows() {
        return inputShape[0];
    }

    /** Returns whether a request to the one fits the other, and gets an answer of the same size. */
    boolean fits(Signature other) {
        return inputLength == other.inputLength && outputLength == other.outputLength && rows() == other.rows();
    }

    /** Such as {@code [n, 64]}. */
    static String text(long[] shape) {
        return Arrays.toString(shape).replace("-1", "n");
    }

    /** Such as {@code [n, 64] -> [n, 10]}. */
    @Override
    public String toString() {
        return text(inputShape) + " -> " + text(outputShape);
    }
}
