package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files made byte by byte; whole models are held against Python's package by tests/test_gguf.py. */
final class GgufTest {
    private static final int UINT32 = 4;

    @TempDir
    Path folder;

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] written(ByteBuffer out) {
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static void put(ByteBuffer out, String text) {
        out.putLong(text.length()).put(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A file of one tensor, with a text and an array among the metadata. */
    private Path file(int version, int alignmentType, int type, long values, byte[] weights) throws IOException {
        ByteBuffer out = little(1024);
        out.put("GGUF".getBytes(StandardCharsets.UTF_8))
                .putInt(version)
                .putLong(1)
                .putLong(3);
        put(out, "general.name");
        out.putInt(8);
        put(out, "tiny");
        put(out, "tokens");
        out.putInt(9).putInt(8).putLong(2);
        put(out, "a");
        put(out, "b");
        put(out, "general.alignment");
        out.putInt(alignmentType).putInt(64);
        put(out, "only");
        out.putInt(1).putLong(values).putInt(type).putLong(0);
        out.position(Math.ceilDiv(out.position(), 64) * 64).put(weights);
        Path file = folder.resolve("tiny.gguf");
        return Files.write(file, written(out));
    }

    private void assertReads(Gguf.Type type, byte[] weights, float... expected) throws IOException {
        Gguf file = Gguf.open(file(3, UINT32, type.id, expected.length, weights));
        Gguf.Tensor tensor = file.tensors().getFirst();
        assertEquals(List.of((long) expected.length), tensor.dims());
        assertEquals(type, tensor.type());
        assertEquals(0, tensor.offset() % 64);
        double sum = 0;
        long checksum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += expected[i];
            checksum += (Float.floatToRawIntBits(expected[i]) & 0xffffffffL) * (2L * i + 1);
        }
        assertEquals(sum, file.sum(tensor), 1e-9);
        assertEquals(sum, Gguf.sum(tensor, file.weights(tensor)), 1e-9);
        assertEquals(String.format("%016x", checksum), file.checksum(tensor));
    }

    @Test
    void plainNumbersAreRead() throws IOException {
        assertReads(
                Gguf.Type.F32, written(little(12).putFloat(1.5f).putFloat(-2).putFloat(3e-7f)), 1.5f, -2, 3e-7f);
        byte[] halves = written(little(4).putShort((short) 0x3c00).putShort((short) 0xc100));
        assertReads(Gguf.Type.F16, halves, 1, -2.5f);
        byte[] brief = written(little(4).putShort((short) 0x3f80).putShort((short) 0xc020));
        assertReads(Gguf.Type.BF16, brief, 1, -2.5f);
    }

    @Test
    void aBlockSharesItsScale() throws IOException {
        ByteBuffer eight = little(34).putShort((short) 0x3800); // a half
        ByteBuffer four = little(18).putShort((short) 0x4000); // two
        float[] ofEight = new float[32];
        float[] ofFour = new float[32];
        for (int i = 0; i < 32; i++) {
            eight.put((byte) (i - 16));
            ofEight[i] = 0.5f * (i - 16);
        }
        for (int i = 0; i < 16; i++) {
            four.put((byte) (i | (15 - i) << 4));
            ofFour[i] = 2f * (i - 8);
            ofFour[i + 16] = 2f * (15 - i - 8);
        }
        assertReads(Gguf.Type.Q8_0, written(eight), ofEight);
        assertReads(Gguf.Type.Q4_0, written(four), ofFour);
    }

    private void assertRefused(String why, Path file) {
        var refused = assertThrows(IllegalArgumentException.class, () -> Gguf.open(file));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
        assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
    }

    @Test
    void whatIsNoWholeFileOfAKnownKindIsRefused() throws IOException {
        byte[] weights = new byte[16];
        assertRefused("GGUF version 1", file(1, UINT32, 0, 4, weights));
        assertRefused("is of type 6; it must be 4", file(3, 6, 0, 4, weights));
        assertRefused("is of type 99, which is not known", file(3, UINT32, 99, 4, weights));
        assertRefused("before the weights of only do", file(3, UINT32, 0, 5, weights));
        Path whole = file(3, UINT32, 0, 4, weights);
        assertEquals(1, Gguf.open(whole).tensors().size());
        byte[] bytes = Files.readAllBytes(whole);
        assertRefused("ends inside its header", Files.write(whole, Arrays.copyOf(bytes, 90)));
        bytes[0] = 'g';
        assertRefused("not a GGUF file", Files.write(whole, bytes));
    }
}
