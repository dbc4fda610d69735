package parlab.processes;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A message in the making. Not thread-safe. */
final class Outgoing extends DataOutputStream {
    private static final class Buffer extends ByteArrayOutputStream {
        Buffer(int size) {
            super(size);
        }

        byte[] array() {
            return buf;
        }

        void truncate(int size) {
            count = size;
        }
    }

    private final Buffer buffer;

    Outgoing(int size) {
        super(new Buffer(size));
        buffer = (Buffer) out;
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

    /** Appends a text of any length. */
    void writeText(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        writeInt(bytes.length);
        write(bytes);
    }

    /** Appends what another message holds. */
    void append(Outgoing other) throws IOException {
        other.copyTo(this);
    }

    void copyTo(OutputStream to) throws IOException {
        to.write(buffer.array(), 0, buffer.size());
    }

    int length() {
        return buffer.size();
    }

    /** Cuts off what was written after a length. */
    void truncate(int length) {
        buffer.truncate(length);
    }

    byte[] toArray() {
        return buffer.toByteArray();
    }
}
