package parlab.models;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the header of a GGUF file from front to back: metadata, of which the vocabulary is most, then an entry for each
 * tensor. It is little-endian and aligns nothing. Used once.
 */
final class GgufHeader {
    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int UINT32 = 4;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final MemorySegment data;
    private long at;

    GgufHeader(Path file, MemorySegment data) {
        this.file = file;
        this.data = data;
    }

    List<Gguf.Tensor> tensors() {
        if (number() != MAGIC) {
            throw bad("not a GGUF file: it does not begin with GGUF");
        }
        int version = number();
        if (version != 2 && version != 3) {
            throw bad("GGUF version " + version + " (2 and 3 are known, little-endian)");
        }
        long count = longNumber();
        long alignment = alignment(longNumber());
        List<Gguf.Tensor> found = new ArrayList<>();
        for (; count > 0; count--) {
            found.add(tensor());
        }
        long start = Math.ceilDiv(at, alignment) * alignment;
        return found.stream().map(tensor -> placed(tensor, start)).toList();
    }

    /** Goes through the metadata; nothing of it is needed but what the weights are aligned to. */
    private long alignment(long entries) {
        long alignment = 32;
        for (; entries > 0; entries--) {
            boolean aligned = text().equals("general.alignment");
            int type = number();
            if (!aligned) {
                skipValue(type);
            } else if (type == UINT32) {
                alignment = number();
            } else {
                throw bad("general.alignment is of type " + type + "; it must be 4, a UINT32");
            }
        }
        if (alignment <= 0) {
            throw bad("an alignment of " + alignment);
        }
        return alignment;
    }

    /** The numbers of the types are the format's; 8 is a text, 9 an array. */
    private void skipValue(int type) {
        switch (type) {
            case 0, 1, 7 -> skip(1);
            case 2, 3 -> skip(2);
            case 4, 5, 6 -> skip(4);
            case 10, 11, 12 -> skip(8);
            case 8 -> skip(longNumber());
            case 9 -> {
                int element = number();
                for (long n = longNumber(); n > 0; n--) {
                    skipValue(element);
                }
            }
            default -> throw bad("metadata of unknown type " + type);
        }
    }

    /** One entry of the list of tensors; its offset counts from where the weights begin. */
    private Gguf.Tensor tensor() {
        String name = text();
        List<Long> dims = new ArrayList<>();
        for (int n = number(); n > 0; n--) {
            dims.add(longNumber());
        }
        int id = number();
        Gguf.Type type = Arrays.stream(Gguf.Type.values())
                .filter(known -> known.id == id)
                .findFirst()
                .orElseThrow(() -> bad("tensor " + name + " is of type " + id + ", which is not known; known are "
                        + Arrays.toString(Gguf.Type.values())));
        return new Gguf.Tensor(name, type, dims, longNumber());
    }

    private Gguf.Tensor placed(Gguf.Tensor tensor, long start) {
        long offset = Math.addExact(start, tensor.offset());
        if (offset < start || tensor.bytes() > data.byteSize() - offset) {
            throw bad("the file ends at " + data.byteSize() + ", before the weights of " + tensor.name() + " do");
        }
        return new Gguf.Tensor(tensor.name(), tensor.type(), tensor.dims(), offset);
    }

    private int number() {
        return data.get(INT, skip(4));
    }

    private long longNumber() {
        return data.get(LONG, skip(8));
    }

    private String text() {
        long length = longNumber();
        return new String(data.asSlice(skip(length), length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** Goes on by that many bytes; returns where they begin. */
    private long skip(long bytes) {
        if (bytes < 0 || bytes > data.byteSize() - at) {
            throw bad("the file ends inside its header, at " + data.byteSize());
        }
        long begin = at;
        at += bytes;
        return begin;
    }

    private IllegalArgumentException bad(String what) {
        return new IllegalArgumentException(file + ", byte " + at + ": " + what + ". Make or fetch the file again.");
    }
}
