package parlab.twin.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Drains a stream so that its writer never blocks, and keeps its end. */
final class Tail implements Runnable {

    static final int KEPT_BYTES = 1 << 20;

    private final InputStream in;
    private final byte[] ring = new byte[KEPT_BYTES];
    private long total;

    Tail(InputStream in) {
        this.in = in;
    }

    @Override
    public void run() {
        byte[] chunk = new byte[8192];
        try {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                append(chunk, n);
            }
        } catch (IOException e) {
            // The stream was closed under us: what came until then is all there is.
        }
    }

    private synchronized void append(byte[] chunk, int n) {
        int at = (int) (total % KEPT_BYTES);
        int first = Math.min(n, KEPT_BYTES - at);
        System.arraycopy(chunk, 0, ring, at, first);
        System.arraycopy(chunk, first, ring, 0, n - first);
        total += n;
    }

    /** What has come so far, its last mebibyte at most. */
    synchronized String text() {
        int length = (int) Math.min(total, KEPT_BYTES);
        int start = (int) ((total - length) % KEPT_BYTES);
        byte[] bytes = Arrays.copyOfRange(ring, start, Math.min(start + length, KEPT_BYTES));
        int have = bytes.length;
        bytes = Arrays.copyOf(bytes, length);
        System.arraycopy(ring, 0, bytes, have, length - have);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
