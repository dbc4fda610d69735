package parlab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Proportional set size: what a process has in memory, of which what it shares with others counts in part. Stateless. */
final class Pss {
    private Pss() {}

    /** Whether the system tells it. */
    static boolean isKnown() {
        return Files.isReadable(rollup("self"));
    }

    /** Of one process, in bytes; 0 where the system does not tell it, or if the process has ended. */
    static long of(long pid) {
        try (Stream<String> lines = Files.lines(rollup(Long.toString(pid)))) {
            return lines.filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** Of one process and all below it. */
    static long ofFamily(long pid) {
        return of(pid)
                + ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::descendants)
                        .mapToLong(child -> of(child.pid()))
                        .sum();
    }

    private static Path rollup(String process) {
        return Path.of("/proc", process, "smaps_rollup");
    }
}
