package parlab.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** What the operating system says about its processor: the model, {@code unknown} where nobody tells, and the cores. */
record Cpu(String model, OptionalInt physicalCores) {
    private static final String UNKNOWN = "unknown";

    static Cpu read() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.contains("linux")) {
            return new Cpu(modelOf(lines(Path.of("/proc/cpuinfo"))), coresBelow(Path.of("/sys/devices/system/cpu")));
        }
        if (os.contains("mac")) {
            return new Cpu(
                    sysctl("machdep.cpu.brand_string").orElse(UNKNOWN),
                    sysctl("hw.physicalcpu")
                            .filter(text -> text.matches("\\d+"))
                            .map(text -> OptionalInt.of(Integer.parseInt(text)))
                            .orElse(OptionalInt.empty()));
        }
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return new Cpu(windows == null ? UNKNOWN : windows, OptionalInt.empty());
    }

    /** The machine's memory in bytes, whatever limit a container sets; empty where only the limited figure is told. */
    static OptionalLong machineMemoryBytes() {
        return lines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.matches("MemTotal:\\s+\\d+ kB"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst();
    }

    /** The model is under "model name" on x86, and often nowhere on ARM. */
    static String modelOf(List<String> cpuinfo) {
        return cpuinfo.stream()
                .filter(line -> line.matches("(model name|Model|cpu model|cpu)\\s*:.*"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip().replaceAll("\\s+", " "))
                .filter(model -> !model.isEmpty())
                .findFirst()
                .orElse(UNKNOWN);
    }

    /** Counts the different pairs of package and core number among the processors that are switched on. */
    static OptionalInt coresBelow(Path folder) {
        Set<String> cores = new HashSet<>();
        try (Stream<Path> processors = Files.list(folder)) {
            for (Path processor : (Iterable<Path>) processors::iterator) {
                Path topology = processor.resolve("topology");
                if (processor.getFileName().toString().matches("cpu\\d+")) {
                    List<String> chip = lines(topology.resolve("physical_package_id"));
                    List<String> core = lines(topology.resolve("core_id"));
                    if (!core.isEmpty()) {
                        cores.add(chip + "/" + core);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            return OptionalInt.empty();
        }
        return cores.isEmpty() ? OptionalInt.empty() : OptionalInt.of(cores.size());
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Optional<String> sysctl(String name) {
        try {
            Process process = new ProcessBuilder("/usr/sbin/sysctl", "-n", name)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 && !text.isEmpty() ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
