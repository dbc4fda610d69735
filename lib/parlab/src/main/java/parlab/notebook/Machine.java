package parlab.notebook;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import parlab.timing.Numbers;
import parlab.timing.OtherPrograms;

/**
 * What the figures of a run were measured on; shows itself as a table. Immutable and thread-safe.
 *
 * @param processors processors that this JVM may use; fewer than the machine has where a container or an affinity mask
 *     says so
 * @param physicalCores cores that the machine has, simultaneous threads not counted; empty where it is unknown
 * @param memoryBytes memory that this JVM may use, a container's limit counted
 * @param machineMemoryBytes memory that the machine has, where it can be told apart from the limit
 */
public record Machine(
        int processors,
        OptionalInt physicalCores,
        String cpu,
        long memoryBytes,
        OptionalLong machineMemoryBytes,
        long heapBytes,
        String jvm,
        String frontEnd,
        String os) {
    /**
     * Describes the machine that this code runs on. Takes a few milliseconds, on macOS the time of two short commands.
     */
    public static Machine here() {
        Cpu cpu = Cpu.read();
        Runtime runtime = Runtime.getRuntime();
        long memory = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean bean
                ? bean.getTotalMemorySize()
                : runtime.maxMemory();
        return new Machine(
                runtime.availableProcessors(),
                cpu.physicalCores(),
                cpu.model(),
                memory,
                Cpu.machineMemoryBytes(),
                runtime.maxMemory(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                Notebook.frontEnd(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
    }

    /**
     * Tells what keeps speed-up from being measured here and now, for {@link Claims.Draft#unless}: a single processor,
     * or other programs that keep more than a quarter of one busy; empty where nothing does. With several processors it
     * takes a second to find out.
     */
    public static String obstacle() throws InterruptedException {
        int processors = Runtime.getRuntime().availableProcessors();
        if (processors == 1) {
            return obstacle(processors, 0);
        }
        OtherPrograms others = OtherPrograms.watch();
        Thread.sleep(1000);
        return obstacle(processors, others.cores());
    }

    static String obstacle(int processors, double busyWithOthers) {
        if (processors == 1) {
            return "one processor: every program keeps one core busy at most";
        }
        return busyWithOthers > OtherPrograms.TOLERATED_CORES
                ? String.format(
                        Locale.ROOT, "other programs kept %.1f of the %d cores busy", busyWithOthers, processors)
                : "";
    }

    /** The same for people. Not a Tablesaw table: its first one takes half a second, and this is a lesson's first cell. */
    Grid grid() {
        String cores = physicalCores.isPresent() ? String.valueOf(physicalCores.getAsInt()) : "unknown";
        List<List<String>> rows = List.of(
                List.of("processors for this JVM", String.valueOf(processors)),
                List.of("physical cores", cores),
                List.of("processor", cpu),
                List.of("memory", memory()),
                List.of("largest heap", bytes(heapBytes)),
                List.of("JVM", jvm),
                List.of("front end", frontEnd),
                List.of("operating system", os));
        return Grid.ofWords("This machine", List.of("what", "value"), rows);
    }

    private String memory() {
        boolean limited = machineMemoryBytes.isPresent() && memoryBytes < 0.99 * machineMemoryBytes.getAsLong();
        return bytes(memoryBytes) + (limited ? " of " + bytes(machineMemoryBytes.getAsLong()) : "");
    }

    private static String bytes(long bytes) {
        return bytes >= 1 << 30 ? Numbers.shortText(bytes / 0x1p30) + " GiB" : Math.round(bytes / 0x1p20) + " MiB";
    }
}
