package parlab.processes;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Removes what a killed process left in a folder for temporary files. */
final class Leftovers {
    private Leftovers() {}

    /**
     * Deletes the files, and folders of files, named prefix, process id, dash and more, whose process has
     * ended. Leaves alone what cannot be deleted, such as another user's.
     */
    static void delete(Path folder, String prefix) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, prefix + "*-*")) {
            for (Path file : files) {
                String rest = file.getFileName().toString().substring(prefix.length());
                String pid = rest.substring(0, rest.indexOf('-') < 0 ? 0 : rest.indexOf('-'));
                if (!pid.isEmpty()
                        && pid.length() < 19
                        && pid.chars().allMatch(Character::isDigit)
                        && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    deleteWithContents(file);
                }
            }
        } catch (IOException e) {
            // A folder that cannot be listed has nothing of ours that we could delete.
            return;
        }
    }

    /** Deletes a file, or a folder that holds only files; leaves it there if that is refused. */
    static void deleteWithContents(Path file) {
        try {
            if (Files.isDirectory(file)) {
                try (DirectoryStream<Path> contents = Files.newDirectoryStream(file)) {
                    for (Path inner : contents) {
                        Files.deleteIfExists(inner);
                    }
                }
            }
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // Another user's, or used at this moment: the next pool tries again.
            return;
        }
    }
}
