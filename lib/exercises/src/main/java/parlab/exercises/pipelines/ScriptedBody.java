package parlab.exercises.pipelines;

import java.io.IOException;
import java.io.InputStream;

/** A stream that comes in pieces, as the network's do, and counts what is asked of it. Not thread-safe. */
public final class ScriptedBody extends InputStream {

    private static final int MOST_PIECES = 100_000;

    private final long length;
    private final int piece;
    private final boolean breaks;
    private long given;
    private int pieces;
    private boolean closed;

    /** A stream whose n-th byte is n modulo 251. It comes in pieces, and may end with an exception instead of an end. */
    public ScriptedBody(long length, int piece, boolean breaks) {
        this.length = length;
        this.piece = piece;
        this.breaks = breaks;
    }

    /** What is in such a stream of this length. */
    public static byte[] content(int length) {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i % 251);
        }
        return content;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (++pieces > MOST_PIECES) {
            throw new IOException("read without an end");
        }
        if (count == 0) {
            return 0;
        }
        if (given == length) {
            if (breaks) {
                throw new IOException("connection reset");
            }
            return -1;
        }
        int now = (int) Math.min(Math.min(count, piece), length - given);
        for (int i = 0; i < now; i++) {
            bytes[offset + i] = (byte) (given++ % 251);
        }
        return now;
    }

    @Override
    public void close() {
        closed = true;
    }

    /** How many bytes were read. */
    public long given() {
        return given;
    }

    /** Whether it was closed. */
    public boolean isClosed() {
        return closed;
    }
}
