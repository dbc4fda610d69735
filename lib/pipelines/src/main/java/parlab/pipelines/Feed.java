package parlab.pipelines;

import java.util.Iterator;
import java.util.Objects;

/**
 * Items that several threads share, each item going to one of them; read from their source one by one, as they are asked for,
 * so that the source may be endless. Thread-safe.
 *
 * @param <T> the items' type; not null
 */
public final class Feed<T> {
    private final Iterator<? extends T> source;

    /** Makes a feed of items that are iterated once. */
    public Feed(Iterable<? extends T> items) {
        source = items.iterator();
    }

    /**
     * Returns the next item; null when there are no more.
     *
     * @throws NullPointerException if there is one that is null, which would pass for the end
     */
    public synchronized T next() {
        return source.hasNext() ? Objects.requireNonNull(source.next(), "one of the items is null") : null;
    }
}
