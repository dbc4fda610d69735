package parlab.processes;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import parlab.executors.RemoteExecutor;
import parlab.system.ChildJvm;

/**
 * The command line of a worker: the parent's JVM, its class path and those of its options that change what code means,
 * such as modules, assertions and system properties; not its heap and not its collector.
 *
 * <p>The class path begins with this library's own jars, because an ahead-of-time cache is good for every class path
 * that begins with the one that it was made with.
 */
public final class WorkerCommand {
    /** The system property that names the workers' ahead-of-time cache. */
    static final String CACHE_PROPERTY = "parlab.worker.aot";

    private static final Pattern CACHE_OPTION = Pattern.compile("-Dparlab[.][a-z]+[.]aot=");

    /** The part of the machine's memory that the heaps of all workers together may have. */
    private static final double HEAP_SHARE = 0.6;

    private static final long SMALLEST_HEAP_MEGABYTES = 16;
    /** It makes a JVM build its module graph at each start, so that a worker has it only if it was asked for. */
    private static final String INCUBATOR = "--add-modules=jdk.incubator.vector";

    private final List<Class<?>> classes;
    private final String cacheProperty;
    private final List<String> jvmOptions;
    private final List<String> arguments;
    private final long heapMegabytes;

    /**
     * @param classes what a worker runs, and others whose jars stand before the rest of the class path
     * @param cacheProperty the system property that names the ahead-of-time cache of such workers
     * @param workers how many of them share this machine's memory
     * @param jvmOptions come last, so that they win
     * @param arguments of the main class
     * @throws IllegalArgumentException if there are too many workers for this machine's memory
     */
    public WorkerCommand(
            List<Class<?>> classes, String cacheProperty, int workers, List<String> jvmOptions, String... arguments) {
        this.classes = List.copyOf(classes);
        this.cacheProperty = cacheProperty;
        this.jvmOptions = List.copyOf(jvmOptions);
        this.arguments = List.of(arguments);
        heapMegabytes = (long) (HEAP_SHARE * memoryBytes() / workers) >> 20;
        if (heapMegabytes < SMALLEST_HEAP_MEGABYTES && jvmOptions.stream().noneMatch(o -> o.startsWith("-Xmx"))) {
            throw new IllegalArgumentException(workers + " workers would have heaps of " + heapMegabytes
                    + " MB each, of 60 % of this machine's memory: take fewer, or say how much each may have with"
                    + " jvmOptions(\"-Xmx...\")");
        }
    }

    /** Returns the command of a process pool's workers. */
    static WorkerCommand ofPool(int workers, List<String> jvmOptions) {
        return new WorkerCommand(List.of(WorkerMain.class), CACHE_PROPERTY, workers, jvmOptions);
    }

    /** What this machine, or this container, has, and what this JVM was told that it has, if that is less. */
    private static long memoryBytes() {
        long limit = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxRAM")
                .getValue());
        return Math.min(
                limit,
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize());
    }

    private ChildJvm jvm() {
        ChildJvm jvm = ChildJvm.of(classes.getFirst())
                .locationsOf(WorkerCommand.class, RemoteExecutor.class)
                .locationsOf(classes.toArray(Class<?>[]::new))
                .wholeClassPath(WorkerCommand.class)
                // A worker is one of several on the machine, does one thing at a time, and must start soon.
                .options(
                        "-XX:+UseSerialGC",
                        "-Xmx" + heapMegabytes + "m",
                        // Without these the serial collector's JVM cannot be stopped, nor end itself, in the middle of
                        // a long counted loop.
                        "-XX:+UseCountedLoopSafepoints",
                        "-XX:LoopStripMiningIter=1000",
                        "-XX:-UsePerfData",
                        "-Xlog:disable");
        String cache = System.getProperty(cacheProperty, "");
        if (!cache.isEmpty() && Files.isReadable(Path.of(cache))) {
            jvm.options("-XX:AOTCache=" + cache);
        }
        for (String option : ChildJvm.inheritedOptions()) {
            if (!option.equals(INCUBATOR) && !CACHE_OPTION.matcher(option).lookingAt()) {
                jvm.options(option);
            }
        }
        return jvm.options(jvmOptions).arguments(arguments.toArray(String[]::new));
    }

    /** Returns the command, ready to start a worker. */
    public ProcessBuilder builder() {
        return jvm().builder();
    }

    /** Returns the URLs of the class path, for knowing which jars were added later. */
    public Set<String> path() {
        Set<String> urls = new LinkedHashSet<>();
        for (String entry : jvm().classPath()) {
            urls.add(Path.of(entry).toUri().toString());
        }
        return urls;
    }
}
