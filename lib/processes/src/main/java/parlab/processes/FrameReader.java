package parlab.processes;

import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Cuts a stream of bytes into frames. Not thread-safe. */
final class FrameReader {
    private static final int SMALL = 64 << 10;
    private static final int KEEP = 4 << 20;

    /** A frame that there is no room for. */
    static final class TooBigException extends StreamCorruptedException {
        private static final long serialVersionUID = 1;

        TooBigException(int length, int max) {
            super("a frame of " + length + " bytes, 1 to " + max + " are allowed");
        }
    }

    private static final byte[] NOTHING = {};

    private final int maxFrameBytes;
    private byte[] data = new byte[SMALL];
    private int from;
    private int to;

    FrameReader(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Takes over all bytes of the buffer; frames that {@link #next} gave before are no longer valid. */
    void feed(ByteBuffer buffer) {
        int n = buffer.remaining();
        if (from == to) {
            from = 0;
            to = 0;
            if (data.length > KEEP && n <= SMALL) {
                data = new byte[SMALL];
            }
        }
        if (to + n > data.length) {
            System.arraycopy(data, from, data, 0, to - from);
            to -= from;
            from = 0;
            long wanted = (long) to + n;
            if (to >= 4) {
                // The frame's length is known: grow once.
                wanted = Math.max(wanted, 4L + Math.max(0, Bytes.intAt(data, 0)));
            }
            if (wanted > data.length) {
                data = Arrays.copyOf(data, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(wanted, 2L * to)));
            }
        }
        buffer.get(data, to, n);
        to += n;
    }

    /** Forgets what has come so far. */
    void clear() {
        data = NOTHING;
        from = 0;
        to = 0;
    }

    /**
     * The next whole frame, from its type on.
     *
     * @return null if more bytes are needed
     * @throws StreamCorruptedException if a length makes no sense
     * @throws TooBigException if there is no room for it
     */
    Input next() throws StreamCorruptedException {
        if (to - from < 4) {
            return null;
        }
        int length = Bytes.intAt(data, from);
        if (length < 1) {
            throw new StreamCorruptedException("a frame of " + length + " bytes");
        }
        if (length > maxFrameBytes) {
            throw new TooBigException(length, maxFrameBytes);
        }
        if (to - from - 4 < length) {
            return null;
        }
        Input frame = new Input(data, from + 4, length);
        from += 4 + length;
        return frame;
    }
}
