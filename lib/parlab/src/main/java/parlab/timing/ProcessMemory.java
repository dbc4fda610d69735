package parlab.timing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The memory of a process at a moment, as Linux reports it; on other systems, of a process that has ended, and of one
 * that belongs to somebody else the answers are empty. Immutable and thread-safe.
 *
 * <p>Pages that several processes have mapped are in the resident size of each of them, so that the sum over processes
 * counts them several times. In the proportional share each has its part, and the sum is right. Source: Linux's
 * <i>proc_pid_smaps(5)</i>, whose kilobytes are 1024 bytes.
 *
 * @param residentBytes what it has in memory (RSS)
 * @param proportionalBytes its share of that (PSS)
 */
public record ProcessMemory(long residentBytes, long proportionalBytes) {
    /** Returns the memory of the process with that number. */
    public static Optional<ProcessMemory> of(long pid) {
        return read(pid, "smaps_rollup", "");
    }

    /** Returns the memory of this process; empty where the system does not tell. */
    public static Optional<ProcessMemory> here() {
        return of(ProcessHandle.current().pid());
    }

    /** Returns what a process has in memory of the file of that name, without its folder: 0 if it is not mapped. */
    public static Optional<ProcessMemory> ofFile(long pid, String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a file's name is needed, got an empty one");
        }
        return read(pid, "smaps", "/" + name);
    }

    /** The mappings, each a line of addresses and lines of fields, whose first line ends so. */
    private static Optional<ProcessMemory> read(long pid, String file, String ending) {
        long resident = 0;
        long proportional = 0;
        boolean counts = false;
        boolean any = false;
        try (Stream<String> lines =
                Files.lines(Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) lines::iterator) {
                if (line.startsWith("Rss:")) {
                    any = true;
                    resident += counts ? bytes(line) : 0;
                } else if (line.startsWith("Pss:")) {
                    proportional += counts ? bytes(line) : 0;
                } else if (Character.digit(line.charAt(0), 16) >= 0 && line.indexOf('-') > 0) {
                    counts = line.endsWith(ending);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // no such process (any more), or no such system
        }
        return any ? Optional.of(new ProcessMemory(resident, proportional)) : Optional.empty();
    }

    private static long bytes(String line) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
    }
}
