package parlab.exercises.kernels;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A square matrix of doubles, row after row in memory, behind a small cache that counts what it has to fetch: so what an order of
 * loops costs is a number that is the same on every machine. Not thread-safe.
 */
public final class Grid {

    /** A cache of lines, the longest unused of which goes first. */
    public static final class Cache {
        private static final int LINES = 64;
        private static final int LINE = 8; // doubles

        private final Map<Long, Boolean> lines = new LinkedHashMap<>(2 * LINES, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
                return size() > LINES;
            }
        };
        private long next;
        private long accesses;
        private long misses;
        private long due = -1;
        private Runnable onDue = () -> {};

        /** An empty cache. */
        public Cache() {}

        /** How many lines it had to fetch. */
        public long misses() {
            return misses;
        }

        /** How often an element was read or written through it. */
        public long accesses() {
            return accesses;
        }

        /** What to do in the middle of things: when so many elements have been read or written. */
        public void at(long access, Runnable action) {
            due = access;
            onDue = action;
        }

        private void touch(long address) {
            if (accesses++ == due) {
                onDue.run();
            }
            if (lines.put(address / LINE, true) == null) {
                misses++;
            }
        }

        private long reserve(long doubles) {
            long start = next;
            next += (doubles + LINE - 1) / LINE * LINE;
            return start;
        }
    }

    private final Cache cache;
    private final int size;
    private final double[] values;
    private final long start;

    /** A matrix, seen through a cache; the values row after row. */
    public Grid(Cache cache, int size, double... values) {
        this.cache = cache;
        this.size = size;
        this.values = Arrays.copyOf(values, size * size);
        this.start = cache.reserve((long) size * size);
    }

    /** How many rows it has, and how many columns. */
    public int size() {
        return size;
    }

    /** Reads an element. */
    public double get(int row, int column) {
        return values[at(row, column)];
    }

    /** Writes an element. */
    public void set(int row, int column, double value) {
        values[at(row, column)] = value;
    }

    /** All elements, each of them fetched through the cache. */
    public double[] values() {
        for (int element = 0; element < values.length; element++) {
            cache.touch(start + element);
        }
        return values.clone();
    }

    private int at(int row, int column) {
        if (row < 0 || row >= size || column < 0 || column >= size) {
            throw new IndexOutOfBoundsException("(" + row + ", " + column + ") in a matrix of size " + size);
        }
        int at = row * size + column;
        cache.touch(start + at);
        return at;
    }
}
