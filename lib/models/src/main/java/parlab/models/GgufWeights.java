package parlab.models;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import parlab.executors.Checkpoint;

/** Turns stored weights into floats, some thousand at a time. Stateless. */
final class GgufWeights {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** So many stay in the core's cache; a multiple of each type's block. */
    private static final int CHUNK = 4096;

    private GgufWeights() {}

    /** Takes a tensor's values piece by piece: the first n of the array, which begin at that one of the tensor's. */
    @FunctionalInterface
    interface Chunks {
        void take(float[] values, int n, long first);
    }

    static void read(MemorySegment stored, Gguf.Tensor tensor, Chunks chunks) {
        float[] out = new float[CHUNK];
        long values = tensor.values();
        Gguf.Type type = tensor.type();
        for (long first = 0; first < values; first += CHUNK) {
            int n = (int) Math.min(CHUNK, values - first);
            long at = type.bytes(first);
            switch (type) {
                case F32 -> f32(stored, at, out, n);
                case F16 -> f16(stored, at, out, n);
                case BF16 -> bf16(stored, at, out, n);
                case Q8_0 -> q8(stored, at, out, n);
                case Q4_0 -> q4(stored, at, out, n);
            }
            chunks.take(out, n, first);
            Checkpoint.poll();
        }
    }

    private static void f32(MemorySegment stored, long at, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = stored.get(FLOAT, at + 4L * i);
        }
    }

    private static void f16(MemorySegment stored, long at, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = Float.float16ToFloat(stored.get(SHORT, at + 2L * i));
        }
    }

    /** A float without its lower half. */
    private static void bf16(MemorySegment stored, long at, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = Float.intBitsToFloat(stored.get(SHORT, at + 2L * i) << 16);
        }
    }

    /** A scale, then 32 bytes. */
    private static void q8(MemorySegment stored, long start, float[] out, int n) {
        long at = start;
        for (int i = 0; i < n; i += 32, at += 34) {
            float scale = Float.float16ToFloat(stored.get(SHORT, at));
            for (int k = 0; k < 32; k++) {
                out[i + k] = scale * stored.get(ValueLayout.JAVA_BYTE, at + 2 + k);
            }
        }
    }

    /** A scale, then 16 bytes of two values each. */
    private static void q4(MemorySegment stored, long start, float[] out, int n) {
        long at = start;
        for (int i = 0; i < n; i += 32, at += 18) {
            float scale = Float.float16ToFloat(stored.get(SHORT, at));
            for (int k = 0; k < 16; k++) {
                int two = stored.get(ValueLayout.JAVA_BYTE, at + 2 + k);
                out[i + k] = scale * ((two & 15) - 8);
                out[i + k + 16] = scale * ((two >> 4 & 15) - 8);
            }
        }
    }
}
