package parlab.processes;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * The command line of a worker: the parent's JVM, its class path and those of its options that change what code means,
 * such as modules, assertions and system properties; not its heap and not its collector.
 *
 * <p>The class path begins with this library's own jar, because an ahead-of-time cache is good for every class path that
 * begins with the one that it was made with.
 */
final class WorkerCommand {
    /** The system property that names the workers' ahead-of-time cache. */
    static final String CACHE_PROPERTY = "parlab.worker.aot";

    private static final List<String> WITH_VALUE = List.of(
            "--add-modules",
            "--enable-native-access",
            "--add-opens",
            "--add-exports",
            "--add-reads",
            "--sun-misc-unsafe-memory-access");
    private static final List<String> PREFIXES = List.of(
            "-ea",
            "-da",
            "-esa",
            "-dsa",
            "-enableassertions",
            "-disableassertions",
            "--enable-preview",
            "-D",
            // What they say is about the machine, not about one process on it.
            "-XX:MaxRAM=",
            "-XX:ActiveProcessorCount=",
            "-XX:CompileCommand=",
            "-XX:+UnlockExperimentalVMOptions");
    private static final List<String> NOT_INHERITED = List.of(
            "-Dcom.sun.management",
            "-Djava.class.path",
            "-Dsun.",
            "-Djdk.internal",
            "-D" + CACHE_PROPERTY,
            "-Djava.rmi");
    private static final List<String> OPTION_VARIABLES =
            List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

    final List<String> command;

    /** The URLs of the class path, for knowing which jars were added later. */
    final Set<String> path;

    WorkerCommand(int workers, List<String> jvmOptions) {
        Set<String> entries = new LinkedHashSet<>();
        entries.add(location(WorkerCommand.class));
        entries.add(location(parlab.executors.Checkpoint.class));
        entries.add(location(dev.failsafe.RetryPolicy.class));
        StringTokenizer given = new StringTokenizer(System.getProperty("java.class.path", ""), File.pathSeparator);
        while (given.hasMoreTokens()) {
            entries.add(Path.of(given.nextToken()).toAbsolutePath().toString());
        }
        for (ClassLoader loader = WorkerCommand.class.getClassLoader(); loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                for (URL url : urls.getURLs()) {
                    if (url.getProtocol().equals("file")) {
                        entries.add(file(url));
                    }
                }
            }
        }
        path = new LinkedHashSet<>();
        for (String entry : entries) {
            path.add(Path.of(entry).toUri().toString());
        }
        command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // A worker is one of several on the machine, does one thing at a time, and must start soon.
        command.add("-XX:+UseSerialGC");
        command.add("-XX:MaxRAMPercentage=" + Math.max(5, 60 / workers));
        // Without these the serial collector's JVM cannot be stopped, nor end itself, in the middle of a long counted
        // loop.
        command.add("-XX:+UseCountedLoopSafepoints");
        command.add("-XX:LoopStripMiningIter=1000");
        command.add("-XX:-UsePerfData");
        command.add("-Xlog:disable");
        // Without this a JVM looks for a provider in every jar of the class path before it opens its first connection.
        command.add("-Djava.nio.channels.spi.SelectorProvider="
                + SelectorProvider.provider().getClass().getName());
        String cache = System.getProperty(CACHE_PROPERTY, "");
        if (!cache.isEmpty() && Files.isReadable(Path.of(cache))) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(inherited());
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(String.join(File.pathSeparator, entries));
        command.add(WorkerMain.class.getName());
    }

    /** Takes away the variables with options: they are on the command line already, and a JVM that sees them says so. */
    static void clean(Map<String, String> environment) {
        OPTION_VARIABLES.forEach(environment::remove);
    }

    private static List<String> inherited() {
        // Those of the variables JDK_JAVA_OPTIONS and JAVA_TOOL_OPTIONS are among them.
        List<String> given = ManagementFactory.getRuntimeMXBean().getInputArguments();
        Set<String> kept = new LinkedHashSet<>();
        for (int i = 0; i < given.size(); i++) {
            String option = given.get(i);
            if (WITH_VALUE.contains(option) && i + 1 < given.size()) {
                kept.add(option + "=" + given.get(++i));
            } else if (WITH_VALUE.stream().anyMatch(name -> option.startsWith(name + "="))
                    || (PREFIXES.stream().anyMatch(option::startsWith)
                            && NOT_INHERITED.stream().noneMatch(option::startsWith))) {
                kept.add(option);
            }
        }
        return List.copyOf(kept);
    }

    private static String location(Class<?> type) {
        return file(type.getProtectionDomain().getCodeSource().getLocation());
    }

    private static String file(URL url) {
        try {
            return Path.of(url.toURI()).toAbsolutePath().toString();
        } catch (URISyntaxException e) {
            // Made of a path as it is, with spaces in it.
            return Path.of(url.getPath()).toAbsolutePath().toString();
        }
    }
}
