package parlab.pipelines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder that files are written into, whole or not at all: under another name first, and renamed when all of it is there. Of
 * what could not be written, as on a full disk, nothing stays.
 *
 * <p>Thread-safe. Of several writers of one name, in this process or in others with a store of their own, the last one counts; none
 * of them disturbs another.
 */
public final class Store {
    private final Path folder;
    private final String id = UUID.randomUUID().toString().substring(0, 8);
    /** Two threads that write one name through one store would share the unfinished file: they take turns. */
    private final Object[] turns = Stream.generate(Object::new).limit(64).toArray();

    /**
     * Writes into a folder that is there.
     *
     * @throws IllegalArgumentException if it is not
     */
    public Store(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder");
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("there is no folder " + folder);
        }
    }

    /**
     * Writes a file; one of the same name is replaced.
     *
     * @param name without a slash, such as {@link Processed#fileName}
     * @throws IOException if it cannot be written; the message has the file and the reason
     * @throws IllegalArgumentException if the name is that of no file in this folder
     */
    public Path write(String name, byte[] bytes) throws IOException {
        Path part = unfinished(name);
        Path file = folder.resolve(name);
        synchronized (turns[Math.floorMod(name.hashCode(), turns.length)]) {
            try {
                Files.write(part, bytes);
                return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                Files.deleteIfExists(part);
                throw new IOException(
                        file + " cannot be written: " + Objects.requireNonNullElse(e.getMessage(), e.toString()), e);
            }
        }
    }

    /**
     * Where a file lies until all of it is there.
     *
     * @return a path that only this store uses
     * @throws IllegalArgumentException if the name is that of no file in this folder
     */
    public Path unfinished(String name) {
        if (!folder.equals(folder.resolve(name).getParent()) || name.startsWith(".")) {
            throw new IllegalArgumentException("a file's name in a store is a name alone, got \"" + name + "\"");
        }
        return folder.resolve("." + name + "." + id + ".part");
    }
}
