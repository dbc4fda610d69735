package parlab.kernels;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import parlab.system.ChildJvm;
import parlab.system.JavaSource;
import parlab.system.OutputTail;

/**
 * A small class that is compiled here and runs in JVMs of its own, each with other options, so that what a compiler or a
 * collector does to it can be compared. The class implements {@link Runnable}, has no package and a public constructor
 * without parameters; each thread of each JVM has an object of it, which it keeps.
 *
 * {@snippet :
 * try (LoopProgram loop = LoopProgram.compile("Loop", source, folder)) {
 *     LoopProgram.Jvm interpreter = loop.start("-Xint");
 *     interpreter.run(4, 1000);
 * }
 * }
 *
 * <p>Closing it ends all its JVMs. For one thread.
 */
public final class LoopProgram implements AutoCloseable {
    private static final int TAIL_CHARS = 2000;

    /** How long what a JVM said last may take to come. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name;
    private final Path classes;
    private final List<Jvm> started = new ArrayList<>();

    private LoopProgram(String name, Path classes) {
        this.name = name;
        this.classes = classes;
    }

    /**
     * Compiles the class of that name.
     *
     * @param folder where the source and what becomes of it go
     * @throws IllegalArgumentException if the source does not compile; the message says where
     * @throws UnsupportedOperationException if this Java has no compiler, as a JRE
     */
    public static LoopProgram compile(String name, String source, Path folder) throws IOException {
        JavaSource.compile(folder, name, source, List.of());
        return new LoopProgram(name, folder);
    }

    /** Starts a JVM for the class, with options such as {@code -Xint}, which lasts until this is closed. */
    public Jvm start(String... options) throws IOException {
        Jvm jvm = new Jvm(ChildJvm.of(LoopMain.class)
                .options("-Xmx256m", "-XX:+UseSerialGC")
                .options(options)
                .locationsOf(LoopMain.class)
                .location(classes)
                .arguments(name)
                .builder()
                .start());
        started.add(jvm);
        return jvm;
    }

    @Override
    public void close() {
        started.forEach(jvm -> jvm.process.destroyForcibly());
    }

    /** A JVM that runs the class when it is asked to. For one thread. */
    public static final class Jvm {
        private final Process process;
        private final BufferedReader answers;
        private final OutputTail errors;

        private Jvm(Process process) {
            this.process = process;
            answers = process.inputReader(StandardCharsets.UTF_8);
            errors = new OutputTail(process.getErrorStream(), TAIL_CHARS);
        }

        /**
         * Has so many threads call {@code run} so many times each, and waits until they have.
         *
         * @throws IOException if a call fails, or the JVM has ended; the message has what it said last
         */
        public void run(int threads, int times) throws IOException, InterruptedException {
            if (threads < 1 || times < 1) {
                throw new IllegalArgumentException(
                        "threads and times must be 1 or more, got " + threads + " and " + times);
            }
            String answer = null;
            try {
                process.getOutputStream().write((threads + " " + times + "\n").getBytes(StandardCharsets.US_ASCII));
                process.getOutputStream().flush();
                answer = answers.readLine();
            } catch (IOException e) {
                // It has ended: what it said last tells why.
            }
            if (answer == null) {
                errors.awaitEnd(PATIENCE);
                throw new IOException(
                        "the child JVM has ended: " + errors.text().strip());
            }
        }
    }
}
