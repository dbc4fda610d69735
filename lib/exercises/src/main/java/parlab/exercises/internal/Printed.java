package parlab.exercises.internal;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the beginning of what is printed, and counts the rest. Thread-safe. */
final class Printed extends OutputStream {

    private final byte[] kept;
    private int length;
    private long dropped;

    Printed(int limit) {
        kept = new byte[limit];
    }

    @Override
    public synchronized void write(int b) {
        if (length < kept.length) {
            kept[length++] = (byte) b;
        } else {
            dropped++;
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) {
        int fits = Math.min(count, kept.length - length);
        System.arraycopy(bytes, offset, kept, length, fits);
        length += fits;
        dropped += count - fits;
    }

    synchronized String text() {
        String text = new String(kept, 0, length, StandardCharsets.UTF_8);
        return dropped == 0 ? text : text + "\n... and %,d bytes more".formatted(dropped);
    }
}
