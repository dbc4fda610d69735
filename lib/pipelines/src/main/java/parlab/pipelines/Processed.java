package parlab.pipelines;

import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32;

/**
 * What became of one image in a pipeline: its pixels, or why there are none. Immutable, and can be sent between processes.
 *
 * <p>The times are those of {@link System#nanoTime}, which on one machine is the same clock in every process on Linux, macOS and
 * Windows.
 *
 * @param address where the image came from
 * @param pixels the small image; null if it failed
 * @param why what failed, in words; empty if nothing did
 * @param worker the thread or process that worked on it last
 * @param startNanos when its download began
 * @param arrivedNanos when its download ended
 * @param scaleNanos when the work on its pixels began
 * @param endNanos when that ended
 */
public record Processed(
        URI address,
        Pixels pixels,
        String why,
        String worker,
        long startNanos,
        long arrivedNanos,
        long scaleNanos,
        long endNanos)
        implements Serializable {
    /** Checks that there are either pixels or a reason. */
    public Processed {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(worker, "worker");
        if ((pixels == null) == why.isEmpty()) {
            throw new IllegalArgumentException("an image has either pixels or a reason for having none: " + address);
        }
    }

    /** One whose work ended in a way of which nothing else is known. */
    static Processed failed(URI address, Throwable cause) {
        long now = System.nanoTime();
        return new Processed(address, null, "failed: " + cause, "unknown", now, now, now, now);
    }

    /** Returns what names it in a table, as {@link Fetched#name} does; other addresses may have the same one. */
    public String name() {
        return Fetched.name(address);
    }

    /**
     * Returns what names it in a folder: the same with a checksum of the whole address, such as {@code 613-1c291ca3.jpg}.
     */
    public String fileName() {
        CRC32 sum = new CRC32();
        sum.update(address.toString().getBytes(StandardCharsets.UTF_8));
        String name = name().replaceAll("[^\\w.-]", "_");
        String cut = name.substring(Math.max(0, name.length() - 100)).replaceFirst("^\\.+", "_");
        int dot = cut.lastIndexOf('.') < 0 ? cut.length() : cut.lastIndexOf('.');
        return cut.substring(0, dot) + "-" + HexFormat.of().toHexDigits((int) sum.getValue()) + cut.substring(dot);
    }
}
