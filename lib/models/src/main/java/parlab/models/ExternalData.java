package parlab.models;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the files beside a model that hold its weights: an ONNX file is a tree of protocol buffers, and a tensor in it may name
 * another file in place of its numbers. ONNX Runtime does not tell these names, and its jar brings no reader of
 * protocol buffers.
 *
 * <p>The numbers are those of the fields in {@code onnx.proto}. Weights that do lie in the file are skipped, not read.
 */
final class ExternalData {
    private static final int MAX_DEPTH = 100; // as in protobuf's own readers
    private static final int EXTERNAL_DATA = 13;
    private static final int DATA_LOCATION = 14;
    private static final int EXTERNAL = 1;

    /** The messages on the way from a model to its tensors. */
    private enum Message {
        MODEL,
        FUNCTION,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        TENSOR;

        /** Returns the message that a field holds; null if it is none of these. */
        Message in(int field) {
            return switch (this) {
                case MODEL -> field == 7 ? GRAPH : field == 25 ? FUNCTION : null;
                case FUNCTION -> field == 7 ? NODE : null;
                case GRAPH -> field == 1 ? NODE : field == 5 ? TENSOR : field == 15 ? SPARSE_TENSOR : null;
                case NODE -> field == 5 ? ATTRIBUTE : null;
                case ATTRIBUTE ->
                    switch (field) {
                        case 5, 10 -> TENSOR;
                        case 6, 11 -> GRAPH;
                        case 22, 23 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
                case TENSOR -> null;
            };
        }
    }

    private final MemorySegment data;
    private final Set<String> names = new TreeSet<>();
    private long at;

    private ExternalData(MemorySegment data) {
        this.data = data;
    }

    /**
     * Reads which other files a model needs.
     *
     * @param model the ONNX file; what follows a fault in it is not read
     * @return their names as the model has them, relative to its folder; empty if it is complete
     * @throws IOException if it cannot be read
     */
    static Set<String> of(Path model) throws IOException {
        try (FileChannel channel = FileChannel.open(model);
                Arena arena = Arena.ofConfined()) {
            var reader = new ExternalData(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
            try {
                reader.read(Message.MODEL, channel.size(), 0);
            } catch (IndexOutOfBoundsException e) {
                // Not a model, or not a whole one: whoever loads it says so better.
            }
            return reader.names;
        }
    }

    /** Reads a message from here to its end. */
    private void read(Message message, long end, int depth) {
        String location = null;
        boolean external = false;
        while (at < end) {
            long tag = varint();
            int field = (int) (tag >>> 3);
            switch ((int) tag & 7) {
                case 0 -> {
                    long value = varint();
                    external |= message == Message.TENSOR && field == DATA_LOCATION && value == EXTERNAL;
                }
                case 1 -> at += Long.BYTES;
                case 2 -> {
                    long inner = endOfField(end);
                    Message next = message.in(field);
                    if (next != null && depth < MAX_DEPTH) {
                        read(next, inner, depth + 1);
                    } else if (message == Message.TENSOR && field == EXTERNAL_DATA) {
                        String value = location(inner);
                        location = value == null ? location : value;
                    }
                    at = inner;
                }
                case 5 -> at += Integer.BYTES;
                default -> throw new IndexOutOfBoundsException("no such type of field");
            }
        }
        if (external && location != null) {
            names.add(location);
        }
    }

    /** Reads an entry of a tensor's external data, a key and a value; returns the value if the key is the location. */
    private String location(long end) {
        String key = "";
        String value = null;
        while (at < end) {
            long tag = varint();
            long inner = endOfField(end);
            String text =
                    new String(data.asSlice(at, inner - at).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            if (tag >>> 3 == 1) {
                key = text;
            } else {
                value = text;
            }
            at = inner;
        }
        return key.equals("location") ? value : null;
    }

    private long endOfField(long end) {
        long length = varint();
        if (length < 0 || length > end - at) {
            throw new IndexOutOfBoundsException("a field ends after what it is in");
        }
        return at + length;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = data.get(ValueLayout.JAVA_BYTE, at++);
            value |= (long) (next & 127) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IndexOutOfBoundsException("a number of more than 64 bits");
    }
}
