package parlab.models;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Writes ONNX files by hand: y = x + c, with as many numbers a row as wanted, and faults on request. */
final class TinyOnnx {
    static final int FLOAT = 1;
    static final int DOUBLE = 11;
    private static final int VARINT = 0;
    private static final int BYTES = 2;

    private TinyOnnx() {}

    /** Rows of {@code width} floats, to each of which {@code constant} is added. */
    static byte[] adds(int width, float constant) {
        return model(17, FLOAT, new String[] {"n"}, width, constant);
    }

    static byte[] withOpset(int opset) {
        return model(opset, FLOAT, new String[] {"n"}, 4, 1);
    }

    static byte[] withType(int type) {
        return model(17, type, new String[] {"n"}, 4, 1);
    }

    /** Such as two free dimensions before the numbers of a row. */
    static byte[] withFree(String... free) {
        return model(17, FLOAT, free, 4, 1);
    }

    /** A constant that lies in another file, as large exports have it; {@code nested} in a node of a branch. */
    static byte[] withExternalData(String file, boolean nested) {
        byte[] tensor = join(
                number(1, 4),
                number(2, FLOAT),
                bytes(8, text("c")),
                bytes(13, join(bytes(1, text("location")), bytes(2, text(file)))),
                bytes(13, join(bytes(1, text("length")), bytes(2, text("16")))),
                number(14, 1));
        byte[] constant = bytes(1, bytes(5, bytes(5, tensor)));
        byte[] graph = nested ? bytes(1, bytes(5, bytes(6, constant))) : bytes(5, tensor);
        return join(number(1, 8), bytes(7, graph), bytes(8, number(2, 17)));
    }

    /** A complete model, of which a property is called as the place of a tensor's data would be. */
    static byte[] withProperty(String key, String value) {
        return join(adds(4, 1), bytes(14, join(bytes(1, text(key)), bytes(2, text(value)))));
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] model(int opset, int type, String[] free, int width, float constant) {
        byte[] tensor = join(
                number(1, width),
                number(2, type),
                bytes(8, text("c")),
                bytes(9, type == FLOAT ? floats(width, constant) : doubles(width, constant)));
        byte[] node = join(bytes(1, text("x")), bytes(1, text("c")), bytes(2, text("y")), bytes(4, text("Add")));
        byte[] graph = join(
                bytes(1, node),
                bytes(2, text("adds")),
                bytes(5, tensor),
                bytes(11, value("x", type, free, width)),
                bytes(12, value("y", type, free, width)));
        return join(number(1, 8), bytes(7, graph), bytes(8, number(2, opset)));
    }

    private static byte[] value(String name, int type, String[] free, int width) {
        byte[][] dims =
                Arrays.stream(free).map(one -> bytes(1, bytes(2, text(one)))).toArray(byte[][]::new);
        byte[] shape = join(join(dims), bytes(1, number(1, width)));
        return join(bytes(1, text(name)), bytes(2, bytes(1, join(number(1, type), bytes(2, shape)))));
    }

    private static byte[] floats(int width, float constant) {
        ByteBuffer buffer = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < width; i++) {
            buffer.putFloat(constant);
        }
        return buffer.array();
    }

    private static byte[] doubles(int width, float constant) {
        ByteBuffer buffer = ByteBuffer.allocate(width * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < width; i++) {
            buffer.putDouble(constant);
        }
        return buffer.array();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] number(int field, long value) {
        return join(varint((long) field << 3 | VARINT), varint(value));
    }

    private static byte[] bytes(int field, byte[] content) {
        return join(varint((long) field << 3 | BYTES), varint(content.length), content);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while (rest > 127) {
            out.write((int) ((rest & 127) | 128));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
