package parlab.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** What {@link Files} lacks for folders. Stateless and thread-safe. */
public final class Folders {
    private Folders() {}

    /** Creates a folder among the system's temporary ones, which goes with this JVM; its name cannot be guessed. */
    public static Path temporary(String prefix) throws IOException {
        Path folder = Files.createTempDirectory(prefix);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        return folder;
    }

    /**
     * Deletes a folder and all in it, and follows no link. What cannot be deleted stays, as what is open on Windows does,
     * and what was to come after it; so does a folder that is not there.
     */
    public static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // It goes with the machine's temporary files.
        }
    }
}
