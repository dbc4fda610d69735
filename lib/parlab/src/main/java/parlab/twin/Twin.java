package parlab.twin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import parlab.results.BySide;

/**
 * Runs the CPython counterpart of an experiment: a script that prints its figures as JSON objects, one a line.
 *
 * <pre>{@code
 * TwinResult r = Twin.script("counting.py").args("--threads", 2).timeout(Duration.ofSeconds(30)).run();
 * double[] seconds = r.where("kind", "threads").numbers("seconds");
 * }</pre>
 *
 * <p>The interpreter is the one in the environment variable {@code PARLAB_PYTHON}, else in the system property
 * {@code parlab.python}, where {@link #on} gives no other. Scripts are looked up in the folder of the system property
 * {@code parlab.twins}; where that is not set, in {@code twins} and {@code notebooks/twins} of the working directory and
 * of every folder above it.
 *
 * <p>The script gets an empty standard input, UTF-8 on its streams whatever the locale says, and this process's
 * environment otherwise. It and every process that it starts end when it does, when the caller is interrupted, after the
 * time-out, and when this JVM ends, even by SIGKILL; except on Linux, a process that moves into a session or a process
 * group of its own escapes.
 *
 * <p>Immutable and thread-safe; every call of {@link #run()} starts a process of its own.
 */
public final class Twin {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);

    private final String script;
    private final List<String> args;
    private final Duration timeout;
    private final Optional<Interpreter> interpreter;

    private Twin(String script, List<String> args, Duration timeout, Optional<Interpreter> interpreter) {
        this.script = script;
        this.args = args;
        this.timeout = timeout;
        this.interpreter = interpreter;
    }

    /**
     * Returns a twin with no arguments and two minutes' time.
     *
     * @param name the script's file name in the folder of twins, or an absolute path
     */
    public static Twin script(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a twin needs the name of its script, got a blank one");
        }
        return new Twin(name, List.of(), DEFAULT_TIMEOUT, Optional.empty());
    }

    /** Returns this twin with another command line: the arguments as text, by {@link String#valueOf(Object)}. */
    public Twin args(Object... args) {
        return new Twin(script, Arrays.stream(args).map(String::valueOf).toList(), timeout, interpreter);
    }

    /** Returns this twin with another time-out, above zero. */
    public Twin timeout(Duration timeout) {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a time-out must be positive, got " + timeout);
        }
        return new Twin(script, args, timeout, interpreter);
    }

    /** Returns this twin on another interpreter, whose side its rows then name. */
    public Twin on(Interpreter interpreter) {
        return new Twin(script, args, timeout, Optional.of(interpreter));
    }

    /**
     * Runs the script to its end.
     *
     * @throws TwinException if there is no interpreter or script, if the time is up, if the script ends with an exit
     *     code other than 0, prints something else than JSON objects, a line of more than a million characters, or more
     *     than 100,000 lines
     * @throws InterruptedException if the calling thread is interrupted; the script's processes are gone by then
     */
    public TwinResult run() throws InterruptedException {
        List<String> arguments = new ArrayList<>();
        arguments.add(find().toString());
        arguments.addAll(args);
        if (interpreter.isEmpty()) {
            return run(python(), Map.of(), script, arguments, timeout);
        }
        Interpreter other = interpreter.get();
        return run(other.executable(), other.environment(), script, arguments, timeout)
                .on(other.side());
    }

    /**
     * Asks the interpreter that twins run on what it is.
     *
     * @throws TwinException if there is no interpreter, or if it does not work
     */
    public static Interpreter interpreter() throws InterruptedException {
        return Interpreter.ask(python(), BySide.CPYTHON, DEFAULT_TIMEOUT);
    }

    /**
     * Asks the newest CPython without a lock that works, beside one that has its lock; empty if there is none. It is
     * looked for in the environment variable {@code PARLAB_PYTHON_FREE} ({@code none} for no such side), in the clone, on
     * the PATH, and where uv, pyenv and conda install.
     *
     * @throws TwinException if the one that is named in {@code PARLAB_PYTHON_FREE} does not work without its lock
     */
    public static Optional<Interpreter> withoutLock(Interpreter own) throws InterruptedException {
        return own.isLockFree() ? Optional.empty() : FreeThreaded.here(own).find();
    }

    /** Asks both; fails as they do. */
    public static List<Interpreter> interpreters() throws InterruptedException {
        Interpreter own = interpreter();
        return Stream.concat(Stream.of(own), withoutLock(own).stream()).toList();
    }

    /** Runs Python on something; the variables are set besides this process's. */
    static TwinResult run(
            String python, Map<String, String> variables, String label, List<String> arguments, Duration timeout)
            throws InterruptedException {
        try (Supervised running = new Supervised(python, variables, arguments)) {
            return running.await(label, timeout);
        } catch (IOException e) {
            throw new TwinException(
                    "the Python interpreter \"" + python + "\" cannot be started (" + e.getMessage() + "). " + remedy(),
                    "",
                    e);
        }
    }

    /** A Python text of this package. */
    static String resource(String name) {
        try (InputStream in = Twin.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String python() {
        String python = System.getenv("PARLAB_PYTHON");
        if (python == null || python.isBlank()) {
            python = System.getProperty("parlab.python", "");
        }
        if (python.isBlank()) {
            throw new TwinException("no Python interpreter is named. " + remedy(), "", null);
        }
        return python;
    }

    private static String remedy() {
        if (System.getenv("PARLAB_PYTHON") != null) {
            return "The environment variable PARLAB_PYTHON names it: correct it, or unset it for the lab's own Python";
        }
        return "Run \"make setup\", which installs one and names it to the notebook's kernel; or name one yourself in the"
                + " environment variable PARLAB_PYTHON (in the system property parlab.python in jshell)";
    }

    private Path find() {
        List<Path> folders = new ArrayList<>();
        String named = System.getProperty("parlab.twins", "");
        if (named.isBlank()) {
            for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
                folders.add(folder.resolve("twins"));
                folders.add(folder.resolve("notebooks").resolve("twins"));
            }
        } else {
            folders.add(Path.of(named).toAbsolutePath());
        }
        for (Path folder : folders) {
            Path file = folder.resolve(script); // an absolute name stays as it is
            if (Files.isRegularFile(file)) {
                return file.normalize();
            }
        }
        String where = Path.of(script).isAbsolute()
                ? "there is no such file"
                : named.isBlank()
                        ? "no folder twins or notebooks/twins in " + Path.of("").toAbsolutePath()
                                + " or above it has it"
                        : "it is not in " + folders.getFirst() + ", which the system property parlab.twins names";
        throw new TwinException("no twin " + script + ": " + where, "", null);
    }
}
