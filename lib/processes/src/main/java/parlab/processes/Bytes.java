package parlab.processes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes that numbers, texts and frames are appended to. Not thread-safe. */
final class Bytes {
    private byte[] data;
    private int size;

    Bytes(int capacity) {
        data = new byte[capacity];
    }

    int size() {
        return size;
    }

    byte[] array() {
        return data;
    }

    byte[] toArray() {
        return Arrays.copyOf(data, size);
    }

    /** Forgets what was written from {@code newSize} on. */
    void truncate(int newSize) {
        size = newSize;
    }

    /** Makes room for {@code n} more bytes and counts them as written; returns where they begin. */
    int reserve(int n) {
        int start = size;
        long wanted = (long) size + n;
        if (wanted > Wire.MAX_FRAME_BYTES) {
            throw new IllegalArgumentException("a message to or from a worker holds at most " + Wire.MAX_FRAME_BYTES
                    + " bytes, this one needs " + wanted + " or more: use Shared for so much data");
        }
        if (wanted > data.length) {
            data = Arrays.copyOf(data, (int) Math.min(Wire.MAX_FRAME_BYTES, Math.max(wanted, 2L * data.length)));
        }
        size = (int) wanted;
        return start;
    }

    Bytes putByte(int value) {
        int at = reserve(1);
        data[at] = (byte) value;
        return this;
    }

    Bytes putInt(int value) {
        int at = reserve(4);
        setInt(at, value);
        return this;
    }

    Bytes putLong(long value) {
        int at = reserve(8);
        setInt(at, (int) (value >>> 32));
        setInt(at + 4, (int) value);
        return this;
    }

    Bytes putText(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        putInt(encoded.length);
        return putBytes(encoded, 0, encoded.length);
    }

    Bytes putBytes(byte[] source, int from, int length) {
        int at = reserve(length);
        System.arraycopy(source, from, data, at, length);
        return this;
    }

    /** Begins a frame; {@link #endFrame} with what this returned ends it. */
    int beginFrame(byte type) {
        int start = size;
        putInt(0);
        putByte(type);
        return start;
    }

    void endFrame(int start) {
        setInt(start, size - start - 4);
    }

    // By hand: a worker's first task would wait for the machinery of VarHandles to be set up.
    private void setInt(int at, int value) {
        data[at] = (byte) (value >>> 24);
        data[at + 1] = (byte) (value >>> 16);
        data[at + 2] = (byte) (value >>> 8);
        data[at + 3] = (byte) value;
    }

    static int intAt(byte[] data, int at) {
        return ((data[at] & 0xff) << 24)
                | ((data[at + 1] & 0xff) << 16)
                | ((data[at + 2] & 0xff) << 8)
                | (data[at + 3] & 0xff);
    }

    static long longAt(byte[] data, int at) {
        return ((long) intAt(data, at) << 32) | (intAt(data, at + 4) & 0xffffffffL);
    }
}
