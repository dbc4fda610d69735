package parlab.processes;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes what a killed process left in the folders that processes share. Only what this library has made is touched:
 * the name, the owner and the kind of file must all be right, and links are not followed.
 */
final class Leftovers {
    /** A folder with the arrays of messages. */
    static final String MESSAGES = "messages";
    /** A file of shared memory. */
    static final String SHARED = "shared";

    private static final String UUID_PATTERN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final Pattern NAME =
            Pattern.compile("parlab-([1-9][0-9]{0,17})-" + UUID_PATTERN + "\\.(" + MESSAGES + "|" + SHARED + ")");
    private static final Pattern ARRAY = Pattern.compile("[pw][1-9][0-9]{0,9}");

    private Leftovers() {}

    /** The name of a file or folder of this process. */
    static String name(UUID id, String kind) {
        return "parlab-" + ProcessHandle.current().pid() + "-" + id + "." + kind;
    }

    /** Deletes what processes that have ended left behind. What cannot be deleted stays. */
    static void sweep() {
        for (Path folder : Platform.folders()) {
            sweep(folder);
        }
    }

    static void sweep(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "parlab-*")) {
            for (Path file : files) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()
                        && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
                        && Platform.isMine(file)) {
                    if (name.group(2).equals(MESSAGES)) {
                        deleteFolder(file);
                    } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                        delete(file);
                    }
                }
            }
        } catch (IOException e) {
            // A folder that cannot be listed has nothing of ours that we could delete.
            return;
        }
    }

    /** Deletes a folder of messages with its arrays; anything else in it stays, and the folder with it. */
    static void deleteFolder(Path folder) {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            deleteArrays(folder, "");
            delete(folder);
        }
    }

    /** Deletes those of a folder's arrays whose names begin so. */
    static void deleteArrays(Path folder, String prefix) {
        try (DirectoryStream<Path> contents = Files.newDirectoryStream(folder)) {
            for (Path file : contents) {
                String name = file.getFileName().toString();
                if (name.startsWith(prefix)
                        && ARRAY.matcher(name).matches()
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    delete(file);
                }
            }
        } catch (IOException e) {
            // It was never made, or is being deleted by somebody else.
            return;
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // In use at this moment, or not empty: the next pool tries again.
            return;
        }
    }
}
