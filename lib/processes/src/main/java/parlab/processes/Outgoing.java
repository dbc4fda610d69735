package parlab.processes;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A message in the making. Not thread-safe: a stream of the JDK's would take a lock for every number (the benchmark's
 * row of chunks of 100).
 */
final class Outgoing extends OutputStream {
    private byte[] bytes;
    private int length;

    Outgoing(int size) {
        bytes = new byte[size];
    }

    /** What writes to memory does not fail. */
    @FunctionalInterface
    interface Content {
        void write(Outgoing out) throws IOException;
    }

    static Outgoing of(Content content) {
        Outgoing out = new Outgoing(128);
        try {
            content.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out;
    }

    /** Makes room for more bytes, and returns where they go. */
    private int extend(int more) {
        int at = length;
        if (more > bytes.length - at) {
            if (more > Wire.MAX_MESSAGE_BYTES - at) {
                throw new OutOfMemoryError("a message of " + ((long) at + more) + " bytes");
            }
            int doubled = (int) Math.min(2L * bytes.length, Wire.MAX_MESSAGE_BYTES);
            bytes = Arrays.copyOf(bytes, Math.max(doubled, at + more));
        }
        length = at + more;
        return at;
    }

    @Override
    public void write(int b) {
        writeByte(b);
    }

    @Override
    public void write(byte[] from, int offset, int count) {
        int at = extend(count);
        System.arraycopy(from, offset, bytes, at, count);
    }

    @Override
    public void write(byte[] from) {
        write(from, 0, from.length);
    }

    /** Appends the lowest eight bits. */
    void writeByte(int value) {
        int at = extend(1);
        bytes[at] = (byte) value;
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    void writeInt(int value) {
        int at = extend(Integer.BYTES);
        // Not by a VarHandle: linking one would delay a worker's first task.
        bytes[at] = (byte) (value >> 24);
        bytes[at + 1] = (byte) (value >> 16);
        bytes[at + 2] = (byte) (value >> 8);
        bytes[at + 3] = (byte) value;
    }

    void writeLong(long value) {
        writeInt((int) (value >> 32));
        writeInt((int) value);
    }

    /** Appends a text for people. */
    void writeText(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        writeInt(encoded.length);
        write(encoded);
    }

    /** Appends a text as it is, with what is no valid UTF-16, too. */
    void writeChars(String text) {
        writeInt(text.length());
        int at = extend(Math.multiplyExact(text.length(), Character.BYTES));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[at + 2 * i] = (byte) (c >> 8);
            bytes[at + 2 * i + 1] = (byte) c;
        }
    }

    /** Appends what another message holds. */
    void append(Outgoing other) {
        write(other.bytes, 0, other.length);
    }

    void copyTo(OutputStream to) throws IOException {
        to.write(bytes, 0, length);
    }

    int length() {
        return length;
    }

    /** Cuts off what was written after a length. */
    void truncate(int to) {
        length = to;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }
}
