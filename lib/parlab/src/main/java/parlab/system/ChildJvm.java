package parlab.system;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * Builds the command of a child JVM of this JVM's kind: the same {@code java}, a class path found where classes really
 * are (a notebook kernel's JVM has most of them in class loaders, not in {@code java.class.path}), and an environment
 * without the variables whose options this JVM has already taken.
 *
 * <pre>{@code
 * Process child = ChildJvm.of(Server.class).options("-Xmx256m").locationsOf(Server.class).arguments("8080")
 *     .builder().redirectErrorStream(true).start();
 * }</pre>
 *
 * <p>Each method that adds something returns this object. Not thread-safe.
 */
public final class ChildJvm {
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
    /** Properties that the JVM sets itself, or that open a port that this process has. */
    private static final List<String> NOT_INHERITED =
            List.of("-Dcom.sun.management", "-Djava.class.path", "-Dsun.", "-Djdk.internal", "-Djava.rmi");

    private static final List<String> OPTION_VARIABLES =
            List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

    private final String mainClass;
    private final List<String> options = new ArrayList<>();
    private final Set<String> classPath = new LinkedHashSet<>();
    private final List<String> arguments = new ArrayList<>();

    private ChildJvm(String mainClass) {
        this.mainClass = mainClass;
    }

    /** Returns a command without options, class path and arguments yet; the child runs the class's {@code main}. */
    public static ChildJvm of(Class<?> mainClass) {
        return new ChildJvm(mainClass.getName());
    }

    /** The same for a class that this JVM does not have, by its name. */
    public static ChildJvm of(String mainClass) {
        return new ChildJvm(mainClass);
    }

    /**
     * Returns those of this JVM's options that change what code means: modules, native access, assertions, preview
     * features, system properties, and what was said about the machine; not its heap and not its collector. Those that
     * came from a variable such as {@code JDK_JAVA_OPTIONS} are among them.
     */
    public static List<String> inheritedOptions() {
        return inherited(ManagementFactory.getRuntimeMXBean().getInputArguments());
    }

    static List<String> inherited(List<String> given) {
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

    /** Adds options of the JVM, such as {@code "-Xmx256m"}. */
    public ChildJvm options(String... more) {
        return options(List.of(more));
    }

    /** Adds options of the JVM, such as {@link #inheritedOptions}. */
    public ChildJvm options(Collection<String> more) {
        options.addAll(more);
        return this;
    }

    /**
     * Adds the jars or folders that classes of this JVM were loaded from; one that it has already keeps its place.
     *
     * @throws IllegalArgumentException if a class came from no file, as those of a notebook's cells
     */
    public ChildJvm locationsOf(Class<?>... classes) {
        for (Class<?> type : classes) {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            if (source == null || !"file".equals(source.getLocation().getProtocol())) {
                throw new IllegalArgumentException(type.getName() + " was not loaded from a file: a child JVM cannot"
                        + " find it; move it into a jar or a folder of the class path");
            }
            classPath.add(file(source.getLocation()));
        }
        return this;
    }

    /** Adds a jar, or a folder of classes. */
    public ChildJvm location(Path jarOrFolder) {
        classPath.add(jarOrFolder.toAbsolutePath().toString());
        return this;
    }

    /**
     * Adds this JVM's whole class path: that of its command line, and that of the class loaders which loaded a class.
     */
    public ChildJvm wholeClassPath(Class<?> seenFrom) {
        StringTokenizer given = new StringTokenizer(System.getProperty("java.class.path", ""), File.pathSeparator);
        while (given.hasMoreTokens()) {
            classPath.add(Path.of(given.nextToken()).toAbsolutePath().toString());
        }
        for (ClassLoader loader = seenFrom.getClassLoader(); loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                for (URL url : urls.getURLs()) {
                    if (url.getProtocol().equals("file")) {
                        classPath.add(file(url));
                    }
                }
            }
        }
        return this;
    }

    /** Adds arguments of the main class. */
    public ChildJvm arguments(String... more) {
        arguments.addAll(List.of(more));
        return this;
    }

    /** Returns the class path as far as it was given, files and folders, absolute. */
    public List<String> classPath() {
        return List.copyOf(classPath);
    }

    /** Returns the command: the executable and its arguments. */
    public List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        if (!classPath.isEmpty()) {
            command.add("-cp");
            command.add(String.join(File.pathSeparator, classPath));
        }
        command.add(mainClass);
        command.addAll(arguments);
        return command;
    }

    /**
     * Returns the command ready to start, its environment without the variables that add options to each JVM: this
     * JVM's are among {@link #inheritedOptions}, and a JVM that sees them prints a line about it.
     */
    public ProcessBuilder builder() {
        ProcessBuilder builder = new ProcessBuilder(command());
        Map<String, String> environment = builder.environment();
        OPTION_VARIABLES.forEach(environment::remove);
        return builder;
    }

    /**
     * Waits for the end of a process that ends soon. An interrupt does not cut that short; the thread's interrupt status is
     * set then. Unlike {@link Process#onExit} it does not wait for the common pool to be free.
     */
    public static void awaitEnd(Process process) {
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
