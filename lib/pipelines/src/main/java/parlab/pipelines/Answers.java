package parlab.pipelines;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How {@link ServerMain} sends what it sends: at a given rate, drop by drop, or without an end. Stateless. */
final class Answers {
    static final int HUGE = 100_000_000;
    private static final long SLICE_NANOS = 25_000_000;
    private static final long DRIP_NANOS = 100_000_000;

    private Answers() {}

    static boolean notFound(OutputStream out) throws IOException, InterruptedException {
        return send(out, "404 Not Found", "text/plain", "no such thing\n".getBytes(StandardCharsets.UTF_8), 0);
    }

    static boolean redirect(OutputStream out, String target) throws IOException {
        head(out, "302 Found", "text/plain", 0, "Location: " + target + "\r\n");
        return true;
    }

    static boolean send(OutputStream out, String status, String type, byte[] body, long rate)
            throws IOException, InterruptedException {
        if (rate == 0) {
            // Header and body in one write, or they would be two packets.
            byte[] head = headBytes(status, type, body.length, "");
            byte[] all = Arrays.copyOf(head, head.length + body.length);
            System.arraycopy(body, 0, all, head.length, body.length);
            out.write(all);
        } else {
            head(out, status, type, body.length, "");
            body(out, body, body.length, rate);
        }
        return true;
    }

    static void head(OutputStream out, String status, String type, int length, String more) throws IOException {
        out.write(headBytes(status, type, length, more));
    }

    private static byte[] headBytes(String status, String type, int length, String more) {
        return ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\n"
                        + (length < 0 ? "" : "Content-Length: " + length + "\r\n") + more + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The body's first bytes, not faster than that many a second. */
    static void body(OutputStream out, byte[] body, int length, long rate) throws IOException, InterruptedException {
        if (rate == 0) {
            out.write(body, 0, length);
            return;
        }
        int slice = Math.toIntExact(Math.clamp(rate * SLICE_NANOS / 1_000_000_000, 1, 1 << 20));
        long start = System.nanoTime();
        for (int sent = 0; sent < length; ) {
            int part = Math.min(slice, length - sent);
            // A slice is sent when its last byte would have arrived.
            pause(start + (long) ((sent + part) * 1e9 / rate) - System.nanoTime());
            out.write(body, sent, part);
            sent += part;
        }
    }

    static void drip(OutputStream out, byte[] bytes) throws IOException, InterruptedException {
        for (byte b : bytes) {
            out.write(b);
            pause(DRIP_NANOS);
        }
    }

    static void flood(OutputStream out) throws IOException {
        byte[] part = new byte[1 << 16];
        for (int sent = 0; sent < HUGE; sent += part.length) {
            out.write(part);
        }
    }

    static void pause(long nanos) throws InterruptedException {
        if (nanos > 0) {
            Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
        }
    }
}
