package parlab.processes;

import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A message that was received, read from its beginning to its end. Not thread-safe. */
final class Incoming {
    final byte type;
    private final byte[] content;
    private int position;

    Incoming(byte type, byte[] content) {
        this.type = type;
        this.content = content;
    }

    /** Passes over bytes that are there, and returns where they begin. */
    private int advance(int count) throws EOFException {
        if (count < 0 || count > available()) {
            throw new EOFException(count + " bytes announced, " + available() + " are there");
        }
        int at = position;
        position = at + count;
        return at;
    }

    /** How many bytes have not been read yet. */
    int available() {
        return content.length - position;
    }

    byte readByte() throws EOFException {
        return content[advance(1)];
    }

    boolean readBoolean() throws EOFException {
        return readByte() != 0;
    }

    int readInt() throws EOFException {
        int at = advance(Integer.BYTES);
        return content[at] << 24
                | (content[at + 1] & 0xff) << 16
                | (content[at + 2] & 0xff) << 8
                | (content[at + 3] & 0xff);
    }

    long readLong() throws EOFException {
        return (long) readInt() << 32 | (readInt() & 0xffff_ffffL);
    }

    String readText() throws EOFException {
        int length = readInt();
        return new String(content, advance(length), length, StandardCharsets.UTF_8);
    }

    /** Reads what {@link Outgoing#writeChars} wrote. */
    String readChars() throws EOFException {
        int length = readInt();
        if (length < 0 || length > available()) {
            throw new EOFException(length + " characters announced, " + available() + " bytes are there");
        }
        int at = advance(length * Character.BYTES);
        char[] text = new char[length];
        for (int i = 0; i < length; i++) {
            text[i] = (char) (content[at + 2 * i] << 8 | (content[at + 2 * i + 1] & 0xff));
        }
        return new String(text);
    }

    byte[] readBytes(int length) throws EOFException {
        int at = advance(length);
        return Arrays.copyOfRange(content, at, at + length);
    }

    byte[] rest() throws EOFException {
        return readBytes(available());
    }
}
