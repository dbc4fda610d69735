package parlab.processes;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A message that was received, read from its beginning to its end. Not thread-safe. */
final class Incoming extends DataInputStream {
    final byte type;

    Incoming(byte type, byte[] content) {
        super(new ByteArrayInputStream(content));
        this.type = type;
    }

    String readText() throws IOException {
        return new String(readBytes(readInt()), StandardCharsets.UTF_8);
    }

    byte[] readBytes(int length) throws IOException {
        // Before the array is made: a damaged length must not ask for memory.
        if (length < 0 || length > available()) {
            throw new EOFException(length + " bytes announced, " + available() + " are there");
        }
        byte[] bytes = new byte[length];
        readFully(bytes);
        return bytes;
    }

    byte[] rest() throws IOException {
        return readBytes(available());
    }
}
