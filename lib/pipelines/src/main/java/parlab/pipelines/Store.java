package parlab.pipelines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/**
 * A folder that files are written into, whole or not at all: under another name first, and renamed when all of it is there. Of
 * what could not be written, as on a full disk, nothing stays. Immutable and thread-safe.
 *
 * @param folder where; must be there
 */
public record Store(Path folder) {
    /** Checks the folder. */
    public Store {
        Objects.requireNonNull(folder, "folder");
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("there is no folder " + folder);
        }
    }

    /**
     * Writes a file; one of the same name is replaced.
     *
     * @param name without a slash
     * @param bytes what to write
     * @return the file
     * @throws IOException if it can not be written; the message has the file and the reason
     * @throws IllegalArgumentException if the name is that of no file in this folder
     */
    public Path write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        if (!folder.equals(file.getParent()) || name.startsWith(".")) {
            throw new IllegalArgumentException("a file's name in a store is a name alone, got \"" + name + "\"");
        }
        Path part = folder.resolve("." + name + ".part");
        try {
            Files.write(part, bytes);
            return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw new IOException(file + " can not be written: " + e.getMessage(), e);
        }
    }
}
