package parlab.processes;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What not every system has: a folder in memory, files' permissions, and {@code /proc}. Each has a fallback. With the
 * system property {@code parlab.processes.plain} set to {@code true} none of them is used, so that a test on Linux runs
 * what the others run.
 */
final class Platform {
    private static final String PLAIN = "parlab.processes.plain";
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private Platform() {}

    private static boolean plain() {
        return Boolean.getBoolean(PLAIN);
    }

    /** Where files go that several processes map: in memory if that is to be had, else the folder for temporary files. */
    static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        if (!plain() && Files.isWritable(MEMORY)) {
            folders.add(MEMORY);
        }
        folders.add(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
        return folders;
    }

    /** Where this process's open files are listed; empty where the system has no such folder. */
    static Optional<Path> descriptors() {
        return !plain() && Files.isDirectory(DESCRIPTORS) ? Optional.of(DESCRIPTORS) : Optional.empty();
    }

    /** Permissions for this user alone, where files have them; elsewhere a user's temporary folder is private itself. */
    static FileAttribute<?>[] onlyMe(boolean folder) {
        if (plain() || !FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(folder ? "rwx------" : "rw-------"))
        };
    }

    /** Whether a file belongs to the user that this process runs as; false if that cannot be told. */
    static boolean isMine(Path file) {
        try {
            UserPrincipal me = FileSystems.getDefault()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByName(System.getProperty("user.name"));
            return Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(me);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** A figure of {@code /proc/<pid>/status}, in bytes; -1 where the system does not say. */
    static long statusBytes(long pid, String field) {
        Path status = Path.of("/proc/" + pid + "/status");
        if (plain() || pid == 0 || !Files.isReadable(status)) {
            return -1;
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith(field)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // It has ended between two looks.
            return -1;
        }
        return -1;
    }
}
