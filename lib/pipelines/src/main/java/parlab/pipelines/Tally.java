package parlab.pipelines;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * Counts what comes out of a pipeline: the images that are right, those that failed, by name, and one checksum over all pixels that
 * does not depend on their order. It keeps no image. Thread-safe.
 */
public final class Tally {
    private final SortedMap<String, String> failures = new TreeMap<>();
    private long images;
    private long checksum;

    /** Counts one image, whether it succeeded or not. */
    public void add(Processed image) {
        if (image.pixels() == null) {
            fail(image, image.why());
            return;
        }
        CRC32 name = new CRC32();
        name.update(image.name().getBytes(StandardCharsets.UTF_8));
        long part = Images.checksum(image.pixels()) * (2 * name.getValue() + 1);
        synchronized (this) {
            images++;
            checksum += part;
        }
    }

    /** Counts an image that failed, and why. */
    public synchronized void fail(Processed image, String why) {
        String key = image.name();
        for (int n = 1; failures.containsKey(key); n++) {
            // Another address with that name, or the same one again: each counts.
            key = image.address() + (n == 1 ? "" : " (" + n + ")");
        }
        failures.put(key, why);
    }

    /** Returns the images that are right: 0 or more. */
    public synchronized long images() {
        return images;
    }

    /**
     * Returns the checksum of all pixels, in 16 hexadecimal digits: for each image that of its pixels, times twice that
     * of its name plus one, added up modulo 2^64.
     */
    public synchronized String checksum() {
        return String.format("%016x", checksum);
    }

    /**
     * Returns the images that failed, each once: why, by name, or by address where another one has the
     * name; a copy.
     */
    public synchronized SortedMap<String, String> failures() {
        return Collections.unmodifiableSortedMap(new TreeMap<>(failures));
    }

    @Override
    public synchronized String toString() {
        return images + " images, " + failures.size() + " failures " + failures.keySet() + ", checksum " + checksum();
    }
}
