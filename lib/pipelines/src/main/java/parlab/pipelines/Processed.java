package parlab.pipelines;

import java.io.Serializable;
import java.util.Objects;

/**
 * What became of one image in a pipeline: its pixels, or why there are none. Immutable, and can be sent between processes.
 *
 * <p>The times are those of {@link System#nanoTime}, which on one machine is the same clock in every process on Linux, macOS and
 * Windows.
 *
 * @param name the image's name, such as {@code 613.jpg}
 * @param pixels the small image; null if it failed
 * @param why what failed, in words; empty if nothing did
 * @param worker the thread or process that worked on it last
 * @param startNanos when its download began
 * @param arrivedNanos when its download ended
 * @param scaleNanos when the work on its pixels began
 * @param endNanos when that ended
 */
public record Processed(
        String name,
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
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(worker, "worker");
        if ((pixels == null) == why.isEmpty()) {
            throw new IllegalArgumentException("an image has either pixels or a reason for having none: " + name);
        }
    }
}
