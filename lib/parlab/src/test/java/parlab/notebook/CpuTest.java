package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CpuTest {

    @Test
    void threadsOfOneCoreCountOnceAndPackagesApart(@TempDir Path cpus) throws IOException {
        processor(cpus, 0, 0, 0);
        processor(cpus, 1, 0, 0);
        processor(cpus, 2, 0, 1);
        processor(cpus, 3, 1, 0);
        Files.createDirectories(cpus.resolve("cpufreq"));
        Files.createDirectories(cpus.resolve("cpu4")); // switched off: no topology
        assertEquals(OptionalInt.of(3), Cpu.coresBelow(cpus));
    }

    private static void processor(Path cpus, int number, int chip, int core) throws IOException {
        Path topology = Files.createDirectories(cpus.resolve("cpu" + number).resolve("topology"));
        Files.writeString(topology.resolve("physical_package_id"), chip + "\n");
        Files.writeString(topology.resolve("core_id"), core + "\n");
    }

    @Test
    void whatTheSystemDoesNotTellIsUnknown(@TempDir Path empty) {
        assertEquals(OptionalInt.empty(), Cpu.coresBelow(empty));
        assertEquals(OptionalInt.empty(), Cpu.coresBelow(empty.resolve("missing")));
        assertEquals("unknown", Cpu.modelOf(List.of("processor\t: 0", "BogoMIPS\t: 48.00")));
    }

    @Test
    void theModelIsTheFirstProcessors() {
        assertEquals(
                "Some CPU @ 2 GHz",
                Cpu.modelOf(List.of("processor\t: 0", "model name\t: Some  CPU @ 2 GHz", "model name\t: Other")));
    }
}
