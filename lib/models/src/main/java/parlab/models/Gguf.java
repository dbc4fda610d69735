package parlab.models;

import java.io.IOException;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import parlab.executors.Checkpoint;

/**
 * A language model's file in the GGUF format: its tensors, and their weights as numbers. The file is mapped into memory:
 * nothing is read until it is touched, and nothing is copied.
 *
 * {@snippet :
 * Gguf file = Gguf.open(Path.of("model.gguf"));
 * for (Gguf.Tensor tensor : file.tensors()) {
 *     System.out.println(tensor.name() + " " + file.sum(tensor));
 * }
 * }
 *
 * <p>Known are the versions 2 and 3, little-endian, and the types of {@link Type}. Computations end at an interrupt, see
 * {@link Checkpoint}. Immutable and thread-safe; the mapping goes when nobody refers to it.
 */
public final class Gguf {
    /** How weights are stored. Quantised ones come in blocks of 32 that share a scale, with 8 or 4 bits for each. */
    public enum Type {
        F32(0, 1, 4),
        F16(1, 1, 2),
        BF16(30, 1, 2),
        Q8_0(8, 32, 34),
        Q4_0(2, 32, 18);

        /** The type's number in the file. */
        final int id;

        final int blockValues;
        final int blockBytes;

        Type(int id, int blockValues, int blockBytes) {
            this.id = id;
            this.blockValues = blockValues;
            this.blockBytes = blockBytes;
        }

        long bytes(long values) {
            return Math.multiplyExact(values / blockValues, blockBytes);
        }
    }

    /**
     * A tensor of a file.
     *
     * @param dims its sizes, the fastest first
     * @param offset the byte of the file at which its weights begin
     */
    public record Tensor(String name, Type type, List<Long> dims, long offset) implements Serializable {
        public Tensor {
            dims = List.copyOf(dims);
        }

        /** Returns how many weights it has. */
        public long values() {
            return dims.stream().reduce(1L, Math::multiplyExact);
        }

        /** Returns how many bytes its weights take in the file. */
        public long bytes() {
            return type.bytes(values());
        }
    }

    private final MemorySegment data;
    private final List<Tensor> tensors;

    private Gguf(MemorySegment data, List<Tensor> tensors) {
        this.data = data;
        this.tensors = tensors;
    }

    /**
     * Maps a file and reads its header.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it is no whole file of a known kind; the message names it and the place
     */
    public static Gguf open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return new Gguf(data, new GgufHeader(file, data).tensors());
        }
    }

    /** Returns the tensors in the file's order. */
    public List<Tensor> tensors() {
        return tensors;
    }

    /** Returns a copy of a tensor's weights as they are stored: what a message must carry that sends the tensor. */
    public byte[] weights(Tensor tensor) {
        return stored(tensor).toArray(ValueLayout.JAVA_BYTE);
    }

    private MemorySegment stored(Tensor tensor) {
        return data.asSlice(tensor.offset(), tensor.bytes());
    }

    /** Returns the sum of a tensor's weights, added up in double precision. */
    public double sum(Tensor tensor) {
        return sum(stored(tensor), tensor);
    }

    /** Returns the same from weights that {@link #weights} copied, for a process that has not opened the file. */
    public static double sum(Tensor tensor, byte[] weights) {
        return sum(MemorySegment.ofArray(weights), tensor);
    }

    private static double sum(MemorySegment stored, Tensor tensor) {
        double[] total = new double[1];
        GgufWeights.read(stored, tensor, (values, n, first) -> total[0] += sum(values, n));
        return total[0];
    }

    /** Four sums side by side: each addition waits for the one before it in its own sum only. */
    private static double sum(float[] values, int n) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            a += values[i];
            b += values[i + 1];
            c += values[i + 2];
            d += values[i + 3];
        }
        for (; i < n; i++) {
            a += values[i];
        }
        return (a + b) + (c + d);
    }

    /**
     * Returns a checksum of a tensor's values, in hexadecimal: the 32 bits of value number i, from 0, as an unsigned number
     * times 2i + 1, added up modulo 2<sup>64</sup>. No single wrong value and no exchange of two goes unnoticed.
     */
    public String checksum(Tensor tensor) {
        long[] total = new long[1];
        GgufWeights.read(stored(tensor), tensor, (values, n, first) -> {
            for (int i = 0; i < n; i++) {
                total[0] += (Float.floatToRawIntBits(values[i]) & 0xffffffffL) * (2 * (first + i) + 1);
            }
        });
        return "%016x".formatted(total[0]);
    }
}
