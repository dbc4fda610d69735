package parlab.processes;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StreamCorruptedException;

/**
 * Messages over a pair of streams, each with its length before it. Any thread may send, one at a time; one thread
 * receives.
 */
final class MessageChannel {
    private static final int BUFFER_BYTES = 64 << 10;

    /** A message that does not fit into this process's memory. It was skipped: the next one can be received. */
    static final class TooBigException extends IOException {
        private static final long serialVersionUID = 1;

        TooBigException(long bytes, Throwable cause) {
            super(
                    "a message of " + (bytes >> 20) + " MB needs more memory than this process has: give it more with"
                            + " -Xmx, or return less",
                    cause);
        }
    }

    private final DataInputStream in;
    private final DataOutputStream out;
    private final int maxBytes;

    /**
     * @param in where messages come from
     * @param out where they go
     * @param maxBytes the longest message that is received
     */
    MessageChannel(InputStream in, OutputStream out, int maxBytes) {
        this.in = new DataInputStream(new BufferedInputStream(in, BUFFER_BYTES));
        this.out = new DataOutputStream(new BufferedOutputStream(out, BUFFER_BYTES));
        this.maxBytes = maxBytes;
    }

    void send(byte type, Outgoing content) throws IOException {
        synchronized (out) {
            add(type, content);
            out.flush();
        }
    }

    /** Sends a message with what has to be known before it, in one go. */
    void send(Iterable<byte[]> definitions, byte type, Outgoing content) throws IOException {
        synchronized (out) {
            for (byte[] definition : definitions) {
                out.writeInt(definition.length);
                out.writeByte(Wire.DEFINE);
                out.write(definition);
            }
            add(type, content);
            out.flush();
        }
    }

    private void add(byte type, Outgoing content) throws IOException {
        out.writeInt(content.length());
        out.writeByte(type);
        content.copyTo(out);
    }

    /**
     * Waits for the next message.
     *
     * @throws EOFException when the other side has ended
     * @throws TooBigException if it was skipped
     */
    Incoming receive() throws IOException {
        int length = in.readInt();
        byte type = in.readByte();
        if (length < 0 || !Wire.isType(type)) {
            throw new StreamCorruptedException("a message of type " + type + " and " + length + " bytes");
        }
        byte[] content = null;
        OutOfMemoryError noMemory = null;
        if (length <= maxBytes) {
            try {
                content = new byte[length];
            } catch (OutOfMemoryError e) {
                noMemory = e;
            }
        }
        if (content == null) {
            in.skipNBytes(length);
            throw new TooBigException(length, noMemory);
        }
        in.readFully(content);
        return new Incoming(type, content);
    }
}
