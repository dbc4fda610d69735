package parlab.processes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory that other processes of this user can map: a file, in memory where the system has a folder for that.
 *
 * <p>On Linux the file loses its name as soon as it is made, and others open it through its owner's descriptor, {@code
 * /proc/<pid>/fd/<n>}: the kernel frees it with its last user, however that one ends, and nothing can be left behind.
 * Elsewhere it keeps its name until it is closed. Behind the memory stands its number, so that whatever has got a
 * closed one's descriptor since is not taken for it.
 *
 * <p>Every page is written once, so that a folder without room is an {@link IOException} here and not a fault at some
 * later store. Thread-safe; closing it while others read makes their access throw {@link IllegalStateException}.
 */
final class SharedMemory {
    private static final int ZEROES = 1 << 20;
    /** What is left to others of a folder's room. */
    private static final long SPARE_BYTES = 16 << 20;

    private static final int ID_BYTES = 16;

    /**
     * What this process owns. Descriptors are a process's own, and so is this set: it keeps the channels of what is
     * open from the garbage collector, which would close them although a worker has yet to open the memory.
     */
    private static final Set<SharedMemory> OWNED = ConcurrentHashMap.newKeySet();

    private final UUID id;
    private final Arena arena;
    private final MemorySegment memory;
    private final String path;
    /** The owner's descriptor; null in another process. */
    private final FileChannel channel;
    /** The owner's file where it has kept its name; null elsewhere. */
    private final Path name;

    private SharedMemory(UUID id, Arena arena, MemorySegment memory, String path, FileChannel channel, Path name) {
        this.id = id;
        this.arena = arena;
        this.memory = memory;
        this.path = path;
        this.channel = channel;
        this.name = name;
    }

    /**
     * Makes zeroed shared memory, owned by this process.
     *
     * @param bytes how much, 1 or more
     * @throws IOException if there is no room for it
     */
    static SharedMemory create(long bytes) throws IOException {
        boolean interrupted = false;
        try {
            IOException failure = null;
            for (Path folder : Platform.folders()) {
                while (true) {
                    // An interrupt closes the file under the hands of its writer, but is not meant for it.
                    interrupted |= Thread.interrupted();
                    try {
                        return create(bytes, folder);
                    } catch (ClosedByInterruptException e) {
                        interrupted = true;
                    } catch (IOException e) {
                        if (failure != null) {
                            e.addSuppressed(failure);
                        }
                        failure = e;
                        break;
                    }
                }
            }
            throw new IOException("no room for " + bytes + " bytes of shared memory in " + Platform.folders(), failure);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static SharedMemory create(long bytes, Path folder) throws IOException {
        // Not the FileStore, which wants to find the mount's name and fails where a sandbox hides it.
        if (folder.toFile().getUsableSpace() - bytes < SPARE_BYTES) {
            throw new IOException("no room in " + folder);
        }
        UUID id = UUID.randomUUID();
        Path file = folder.resolve(Leftovers.name(id, Leftovers.SHARED));
        Arena arena = Arena.ofShared();
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                Platform.onlyMe(false));
        boolean done = false;
        try {
            fill(channel, idAt(bytes));
            ByteBuffer last = ByteBuffer.allocate(ID_BYTES);
            last.putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .flip();
            channel.write(last, idAt(bytes));
            MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, bytes, arena);
            Optional<String> descriptor = descriptorOf(file);
            if (descriptor.isPresent()) {
                Files.delete(file);
            }
            SharedMemory made = new SharedMemory(
                    id,
                    arena,
                    memory,
                    descriptor.orElse(file.toString()),
                    channel,
                    descriptor.isPresent() ? null : file);
            OWNED.add(made);
            done = true;
            return made;
        } finally {
            if (!done) {
                arena.close();
                channel.close();
                Files.deleteIfExists(file);
            }
        }
    }

    private static void fill(FileChannel channel, long bytes) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(ZEROES, bytes));
        for (long at = 0; at < bytes; ) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), bytes - at));
            at += channel.write(zeroes, at);
        }
    }

    /** Where the number stands: behind the memory, on a boundary of its own size. */
    private static long idAt(long bytes) {
        return (bytes + ID_BYTES - 1) / ID_BYTES * ID_BYTES;
    }

    /**
     * Maps memory that another process owns; closing it here only unmaps it.
     *
     * @param id its number
     * @param path what the owner's {@link #path} gave
     * @param bytes its size
     * @throws IOException if the owner has ended or closed it
     */
    static SharedMemory open(UUID id, String path, long bytes) throws IOException {
        Arena arena = Arena.ofShared();
        boolean done = false;
        try (FileChannel channel = FileChannel.open(Path.of(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer last = ByteBuffer.allocate(ID_BYTES);
            if (channel.size() != idAt(bytes) + ID_BYTES
                    || channel.read(last, idAt(bytes)) < ID_BYTES
                    || last.getLong(0) != id.getMostSignificantBits()
                    || last.getLong(8) != id.getLeastSignificantBits()) {
                throw new IOException("another file has its place");
            }
            MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, bytes, arena);
            done = true;
            return new SharedMemory(id, arena, memory, path, null, null);
        } catch (IOException e) {
            throw new IOException("this shared memory was closed by its owner: " + e.getMessage(), e);
        } finally {
            if (!done) {
                arena.close();
            }
        }
    }

    /** This process's descriptor of a file, as other processes of this user can open it. */
    private static Optional<String> descriptorOf(Path file) throws IOException {
        Optional<Path> folder = Platform.descriptors();
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        Path real = file.toRealPath();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder.get())) {
            for (Path descriptor : descriptors) {
                if (pointsTo(descriptor, real)) {
                    return Optional.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor.getFileName());
                }
            }
        }
        return Optional.empty();
    }

    private static boolean pointsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file);
        } catch (IOException e) {
            // Another thread's descriptor, closed meanwhile: not ours.
            return false;
        }
    }

    UUID id() {
        return id;
    }

    /** All of it, readable and writable by any thread until it is closed. */
    MemorySegment memory() {
        return memory;
    }

    /** Where another process of this user finds it, while this one holds it. */
    String path() {
        return path;
    }

    boolean isOpen() {
        return arena.scope().isAlive();
    }

    boolean isOwner() {
        return channel != null;
    }

    /**
     * Unmaps the memory, and frees it if this process owns it. Does nothing if that was done.
     *
     * @throws IllegalStateException if native code uses it at this moment; nothing has changed then
     */
    synchronized void close() {
        if (!isOpen()) {
            return;
        }
        // First what can be refused.
        arena.close();
        if (channel == null) {
            return;
        }
        OWNED.remove(this);
        try {
            channel.close();
            if (name != null) {
                Files.deleteIfExists(name);
            }
        } catch (IOException e) {
            // Where a file that somebody has mapped keeps its name, it is deleted as a leftover of this process.
            return;
        }
    }
}
