package parlab.processes;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shared memory for the arrays of messages that are under way: one block a message, used again when the
 * other side has read it, because fresh pages cost more than the copy.
 *
 * <p>Thread-safe.
 */
final class Blocks implements AutoCloseable {
    private static final long SMALLEST = 1L << 20;
    private static final long KEEP_BYTES = 64L << 20;
    private static final long MAX_BYTES = 512L << 20;

    /** One message's block. */
    record Block(int id, long capacity, SharedFile file) {
        MemorySegment memory() {
            return file.memory();
        }
    }

    private final Map<Integer, Block> used = new HashMap<>();
    private final List<Block> free = new ArrayList<>();
    private long totalBytes;
    private long freeBytes;
    private int nextId = 1;
    private boolean closed;

    /**
     * A block for a message.
     *
     * @param bytes how much it holds
     * @return the block; null where it must go through the socket, because there is no room
     */
    synchronized Block take(long bytes) {
        if (closed) {
            return null;
        }
        Block best = null;
        long widest = Math.max(SMALLEST, 4 * bytes);
        for (Block block : free) {
            if (block.capacity >= bytes
                    && block.capacity <= widest
                    && (best == null || block.capacity < best.capacity)) {
                best = block;
            }
        }
        if (best != null) {
            free.remove(best);
            freeBytes -= best.capacity;
        } else {
            // An eighth of slack: messages of nearly one size share their blocks.
            long capacity = Math.max(SMALLEST, bytes + bytes / 8);
            if (totalBytes + capacity > MAX_BYTES) {
                return null;
            }
            try {
                best = new Block(nextId++, capacity, SharedFile.create(capacity));
            } catch (IOException e) {
                return null;
            }
            totalBytes += capacity;
        }
        used.put(best.id, best);
        return best;
    }

    /** Says that the message was read. Unknown ids are ignored. */
    synchronized void release(int id) {
        Block block = used.remove(id);
        if (block == null) {
            return;
        }
        free.add(block);
        freeBytes += block.capacity;
        Iterator<Block> oldest = free.iterator();
        while (freeBytes > KEEP_BYTES && oldest.hasNext()) {
            Block drop = oldest.next();
            oldest.remove();
            freeBytes -= drop.capacity;
            totalBytes -= drop.capacity;
            drop.file.close();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (Block block : free) {
            block.file.close();
        }
        for (Block block : used.values()) {
            block.file.close();
        }
        free.clear();
        used.clear();
    }

    /**
     * The blocks of another process as this one sees them: the last used stay mapped, up to a bound, also
     * those that their owner has freed. Not thread-safe.
     */
    static final class Seen implements AutoCloseable {
        private static final long MAPPED_BYTES = 128L << 20;

        private final Map<Integer, SharedFile> files = new LinkedHashMap<>(16, 0.75f, true);
        private long mappedBytes;

        MemorySegment memory(int id, String path, long capacity) throws IOException {
            SharedFile file = files.get(id);
            if (file == null) {
                file = SharedFile.open(path, capacity);
                mappedBytes += capacity;
                Iterator<SharedFile> oldest = files.values().iterator();
                while (mappedBytes > MAPPED_BYTES && oldest.hasNext()) {
                    SharedFile drop = oldest.next();
                    oldest.remove();
                    mappedBytes -= drop.memory().byteSize();
                    drop.close();
                }
                files.put(id, file);
            }
            return file.memory();
        }

        @Override
        public void close() {
            for (SharedFile file : files.values()) {
                file.close();
            }
            files.clear();
        }
    }
}
