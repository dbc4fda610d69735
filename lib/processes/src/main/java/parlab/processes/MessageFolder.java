package parlab.processes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where one worker and its pool put the big arrays of their messages: each array in a file of its own, which its sender
 * writes, and which its receiver deletes when it has read it. What is under way when the worker ends is deleted with
 * the folder, by the pool, or by the worker if the pool has ended.
 *
 * <p>A folder is made when its first file is: one in memory where the system has such a thing, and one among the
 * temporary files for what does not fit there. Thread-safe.
 */
final class MessageFolder {
    private static final int PIECE_BYTES = 256 << 10;
    /** What is left to others of a folder's room. */
    private static final long SPARE_BYTES = 16 << 20;

    private final List<Path> folders;
    private final String prefix;
    private final AtomicInteger files = new AtomicInteger();

    /**
     * @param folders in the order in which they are tried
     * @param prefix what this side's files begin with
     */
    MessageFolder(List<Path> folders, String prefix) {
        this.folders = List.copyOf(folders);
        this.prefix = prefix;
    }

    /** New folders of this process, not yet made. */
    static MessageFolder create() {
        String name = Leftovers.name(UUID.randomUUID(), Leftovers.MESSAGES);
        return new MessageFolder(
                Platform.folders().stream().map(folder -> folder.resolve(name)).toList(), "p");
    }

    List<Path> folders() {
        return folders;
    }

    /**
     * Writes an array into a new file.
     *
     * @return the file, which its receiver deletes
     * @throws IOException if there is no room for it
     */
    Path write(Object array) throws IOException {
        // An interrupt would close the file under the hands of its writer, but is meant for what comes after.
        boolean interrupted = Thread.interrupted();
        try {
            return write(PrimitiveArrays.view(array));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Path write(MemorySegment bytes) throws IOException {
        IOException failure = null;
        for (Path folder : folders) {
            Path file = folder.resolve(prefix + files.incrementAndGet());
            try {
                Files.createDirectories(folder, Platform.onlyMe(true));
                if (folder.toFile().getUsableSpace() - bytes.byteSize() < SPARE_BYTES) {
                    throw new IOException(
                            "no room for " + (bytes.byteSize() >> 20) + " MB of an array in " + folder.getParent());
                }
                write(file, bytes);
                return file;
            } catch (IOException e) {
                // Others may have taken the room since it was asked for.
                Files.deleteIfExists(file);
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure;
    }

    /** Writing costs less than storing into a new file's mapping, whose pages are zeroed first, one fault each. */
    private static void write(Path file, MemorySegment bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), Platform.onlyMe(false));
                Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.min(PIECE_BYTES, bytes.byteSize()));
            for (long at = 0; at < bytes.byteSize(); ) {
                long n = Math.min(piece.byteSize(), bytes.byteSize() - at);
                MemorySegment.copy(bytes, at, piece, 0, n);
                ByteBuffer buffer = piece.asSlice(0, n).asByteBuffer();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                at += n;
            }
        }
    }

    /**
     * Reads an array that the other side has written, and deletes its file.
     *
     * @param type as {@link PrimitiveArrays#typeOf} has it
     * @param file what {@link #write} gave
     * @throws IOException if it is not there
     */
    Object read(int type, Path file) throws IOException {
        if (!folders.contains(file.getParent())) {
            throw new IOException(file + " is no file of this worker and its pool");
        }
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            return PrimitiveArrays.copy(type, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        } finally {
            Files.deleteIfExists(file);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Deletes what the other side has sent and this one cannot read. */
    void discardReceived() {
        folders.forEach(folder -> Leftovers.deleteArrays(folder, prefix.equals("p") ? "w" : "p"));
    }

    /** Deletes what was under way, and the folders: the worker, or the pool, has ended. */
    void delete() {
        folders.forEach(Leftovers::deleteFolder);
    }
}
