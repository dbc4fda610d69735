package parlab.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Memory that other processes of this user can map: a file in the shared-memory folder.
 *
 * <p>On Linux the file loses its name as soon as it is made, and others open it through its owner's
 * descriptor, {@code /proc/<pid>/fd/<n>}: the kernel frees it with its last user, however that one ends, and
 * nothing can be left behind. Elsewhere it keeps a name in the pool's private folder until it is closed.
 * Every page is written once, so that a folder without room is an {@link IOException} here and not a
 * fault at some later store.
 *
 * <p>Thread-safe; closing it while others read makes their access throw {@link IllegalStateException}.
 */
public final class SharedFile implements AutoCloseable {
    private static final Path PROC_FD = Path.of("/proc/self/fd");
    private static final Path LINUX_FOLDER = Path.of("/dev/shm");
    private static final String PREFIX = "parlab-";
    private static final int ZEROES = 1 << 20;
    /** What is left to others of a folder's room. */
    private static final long SPARE_BYTES = 16 << 20;

    private final FileChannel channel;
    private final Arena arena;
    private final MemorySegment memory;
    private final Path name;
    private final String path;

    private SharedFile(FileChannel channel, Arena arena, MemorySegment memory, Path name, String path) {
        this.channel = channel;
        this.arena = arena;
        this.memory = memory;
        this.name = name;
        this.path = path;
    }

    /**
     * Makes zeroed shared memory.
     *
     * @param bytes how much, 1 or more
     * @return the memory, owned by this process
     * @throws IOException if there is no room for it
     */
    public static SharedFile create(long bytes) throws IOException {
        boolean linux = Files.isDirectory(PROC_FD);
        List<Path> folders = foldersFor(bytes, linux);
        boolean interrupted = false;
        try {
            for (int i = 0; ; ) {
                // An interrupt closes the file under the hands of the thread that writes it, but is not meant for it.
                interrupted |= Thread.interrupted();
                try {
                    return create(bytes, folders.get(i), linux);
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                } catch (IOException e) {
                    // Others may have taken the room since it was asked for.
                    if (++i == folders.size()) {
                        throw e;
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static SharedFile create(long bytes, Path folder, boolean linux) throws IOException {
        long pid = ProcessHandle.current().pid();
        Path file = folder.resolve(PREFIX + pid + "-" + UUID.randomUUID());
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)));
        Path keptName = file;
        String path = file.toString();
        Arena arena = Arena.ofShared();
        try {
            Optional<String> descriptor = linux ? descriptorOf(file, pid) : Optional.empty();
            if (descriptor.isPresent()) {
                path = descriptor.get();
                Files.delete(file);
                keptName = null;
            }
            ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(ZEROES, bytes));
            for (long at = 0; at < bytes; ) {
                zeroes.clear().limit((int) Math.min(zeroes.capacity(), bytes - at));
                at += channel.write(zeroes, at);
            }
            return new SharedFile(channel, arena, channel.map(MapMode.READ_WRITE, 0, bytes, arena), keptName, path);
        } catch (IOException | RuntimeException e) {
            arena.close();
            channel.close();
            if (keptName != null) {
                Files.deleteIfExists(keptName);
            }
            if (e instanceof IOException && !(e instanceof ClosedByInterruptException)) {
                throw new IOException(
                        "no " + bytes + " bytes of shared memory in " + folder + ": " + e.getMessage(), e);
            }
            throw e;
        }
    }

    /**
     * Maps memory that another process owns.
     *
     * @param path what the owner's {@link #path} gave
     * @param bytes its size
     * @return the same memory, not owned: closing it only unmaps it
     * @throws IOException if the owner has ended or freed it
     */
    public static SharedFile open(String path, long bytes) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(Path.of(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < bytes) {
                throw new IOException(path + " holds " + channel.size() + " bytes, not " + bytes);
            }
            return new SharedFile(null, arena, channel.map(MapMode.READ_WRITE, 0, bytes, arena), null, path);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The folder of memory if it has the room, and the folder for temporary files if that has. */
    private static List<Path> foldersFor(long bytes, boolean linux) throws IOException {
        List<Path> found = new ArrayList<>();
        Path disk = Path.of(System.getProperty("java.io.tmpdir"));
        for (Path folder : linux && Files.isWritable(LINUX_FOLDER) ? List.of(LINUX_FOLDER, disk) : List.of(disk)) {
            // Not the FileStore, which wants to find the mount's name and fails where a sandbox hides it.
            if (folder.toFile().getUsableSpace() - bytes > SPARE_BYTES) {
                found.add(folder);
            }
        }
        if (found.isEmpty()) {
            throw new IOException(
                    "no room for " + bytes + " bytes of shared memory, neither in " + LINUX_FOLDER + " nor in " + disk);
        }
        return found;
    }

    private static Optional<String> descriptorOf(Path file, long pid) throws IOException {
        Path real = file.toRealPath();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(PROC_FD)) {
            for (Path descriptor : descriptors) {
                if (pointsTo(descriptor, real)) {
                    return Optional.of("/proc/" + pid + "/fd/" + descriptor.getFileName());
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

    /** Deletes files of processes that ended between making a file and taking its name away. */
    static void sweep() {
        for (Path folder : Set.of(LINUX_FOLDER, Path.of(System.getProperty("java.io.tmpdir")))) {
            Leftovers.delete(folder, PREFIX);
        }
    }

    /**
     * The memory.
     *
     * @return all of it, readable and writable by any thread until it is closed
     */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Where another process of this user finds it, while this one holds it.
     *
     * @return an argument for {@link #open}
     */
    public String path() {
        return path;
    }

    /** Unmaps the memory, and frees it if this process owns it and no other has it mapped. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        try {
            if (channel != null) {
                channel.close();
            }
            if (name != null) {
                Files.deleteIfExists(name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
