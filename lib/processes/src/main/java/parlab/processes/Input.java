package parlab.processes;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads back what {@link Bytes} wrote, and never past the end of its frame. Not thread-safe. */
final class Input {
    final byte[] data;
    final int end;
    private int position;

    Input(byte[] data, int from, int length) {
        this.data = data;
        this.position = from;
        this.end = from + length;
    }

    int remaining() {
        return end - position;
    }

    /** Moves past {@code n} bytes and returns where they began. */
    int skip(int n) throws IOException {
        if (n < 0 || n > end - position) {
            throw new EOFException("a message ends "
                    + (n < 0
                            ? "with the length " + n
                            : "early: " + n + " bytes wanted, " + (end - position) + " there"));
        }
        int start = position;
        position += n;
        return start;
    }

    byte getByte() throws IOException {
        return data[skip(1)];
    }

    int getInt() throws IOException {
        return Bytes.intAt(data, skip(4));
    }

    long getLong() throws IOException {
        return Bytes.longAt(data, skip(8));
    }

    String getText() throws IOException {
        int length = getInt();
        return new String(data, skip(length), length, StandardCharsets.UTF_8);
    }

    byte[] getBytes(int length) throws IOException {
        int start = skip(length);
        return Arrays.copyOfRange(data, start, start + length);
    }
}
