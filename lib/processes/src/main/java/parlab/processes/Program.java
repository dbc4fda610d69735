package parlab.processes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import parlab.executors.RemoteExecutor;
import parlab.system.ChildJvm;
import parlab.system.JavaSource;
import parlab.system.OutputTail;

/**
 * A Java program of one class, compiled from its source text, whose every run is a process of its own: it may be killed,
 * which a notebook cannot do to itself. It may use the classes of this JVM's jars, wherever they were loaded from.
 *
 * {@snippet :
 * Program job = Program.compile(folder, "Job", source);
 * int survivors = job.killWhen(() -> Files.size(journal) > 1000, journal);
 * System.out.println(job.run(journal));
 * }
 *
 * <p>Immutable and thread-safe.
 */
public final class Program {
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final long LOOK_MILLIS = 5;
    private static final int MOST_CHARS = 1 << 20;
    private static final int TAIL_CHARS = 4000;

    private final Path folder;
    private final String name;

    private Program(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /**
     * Compiles a class that has a {@code main}.
     *
     * @param folder where source and class files go; it must stay as long as the program is used
     * @param name the class's simple name; it is in no package
     * @throws IOException if the folder cannot be written
     * @throws IllegalArgumentException if it does not compile; the message has the compiler's errors
     */
    public static Program compile(Path folder, String name, String source) throws IOException {
        JavaSource.compile(folder, name, source, jars(name).classPath());
        return new Program(folder, name);
    }

    private static ChildJvm jars(String name) {
        return ChildJvm.of(name)
                .locationsOf(Program.class, RemoteExecutor.class)
                .wholeClassPath(Program.class);
    }

    /** Starts a run: a JVM with the serial collector, which is up soonest. Its streams are pipes; the arguments become text. */
    public Process start(Object... arguments) throws IOException {
        return builder(arguments).start();
    }

    private ProcessBuilder builder(Object... arguments) {
        return jars(name)
                .location(folder)
                .options("-XX:+UseSerialGC")
                .arguments(Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new))
                .builder();
    }

    /**
     * Runs it to its end and returns what it printed on standard output, the last million characters at most. An interrupt
     * kills it.
     *
     * @throws IOException if it fails; the message has the end of what it said on standard error
     */
    public String run(Object... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        try (OutputTail printed = new OutputTail(process.getInputStream(), MOST_CHARS);
                OutputTail errors = new OutputTail(process.getErrorStream(), TAIL_CHARS)) {
            int code = process.waitFor();
            // What it has started may hold its streams for longer.
            printed.awaitEnd(GRACE);
            errors.awaitEnd(GRACE);
            if (code != 0) {
                throw new IOException(name + " ended with exit code " + code + ": " + errors.text());
            }
            return printed.text();
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Starts it, and kills its process, but none of those that it has started, as soon as a condition holds. It has no
     * chance to tidy up.
     *
     * @param condition asked every few milliseconds
     * @return how many of the processes that it has started, or they, are alive two seconds later
     * @throws IllegalStateException if it ended before that
     */
    public int killWhen(Callable<Boolean> condition, Object... arguments) throws Exception {
        Process process = builder(arguments)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<ProcessHandle> below;
        try {
            while (!condition.call()) {
                if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException(
                            name + " ended with exit code " + process.exitValue() + " before it was to be killed");
                }
            }
            below = process.descendants().toList();
        } finally {
            process.destroyForcibly().waitFor();
        }
        long end = System.nanoTime() + GRACE.toNanos();
        while (below.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < end) {
            Thread.sleep(LOOK_MILLIS);
        }
        return (int) below.stream().filter(ProcessHandle::isAlive).count();
    }

    @Override
    public String toString() {
        return name + " in " + folder;
    }
}
