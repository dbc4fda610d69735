package parlab.twin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import parlab.twin.TwinException.Reason;
import parlab.twin.internal.Outcome;
import parlab.twin.internal.Supervised;

/**
 * Runs the CPython counterpart of an experiment: a script that prints its figures as JSON objects, one a line.
 *
 * <pre>{@code
 * TwinResult r = Twin.script("counting.py").args("--threads", 2).timeout(Duration.ofSeconds(30)).run();
 * double[] seconds = r.where("kind", "threads").numbers("seconds");
 * }</pre>
 *
 * <p>The interpreter is the one in the environment variable {@code PARLAB_PYTHON}, else in the system property
 * {@code parlab.python}. Scripts are looked up in the folder of the system property {@code parlab.twins}; where that is
 * not set, in {@code twins} and {@code notebooks/twins} of the working directory and of every folder above it.
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
    private final Map<String, String> environment;
    private final Duration timeout;
    private final Consumer<TwinRow> onRow;

    private Twin(
            String script,
            List<String> args,
            Map<String, String> environment,
            Duration timeout,
            Consumer<TwinRow> onRow) {
        this.script = script;
        this.args = args;
        this.environment = environment;
        this.timeout = timeout;
        this.onRow = onRow;
    }

    /**
     * A twin with no arguments and two minutes' time.
     *
     * @param name the script's file name in the folder of twins, or an absolute path
     * @return a twin that has not been run
     * @throws IllegalArgumentException if the name is blank
     */
    public static Twin script(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a twin needs the name of its script, got a blank one");
        }
        return new Twin(name, List.of(), Map.of(), DEFAULT_TIMEOUT, row -> {});
    }

    /**
     * The script's command line.
     *
     * @param args its arguments as text, by {@link String#valueOf(Object)}; they replace earlier ones
     * @return a new twin
     */
    public Twin args(Object... args) {
        return new Twin(script, Arrays.stream(args).map(String::valueOf).toList(), environment, timeout, onRow);
    }

    /**
     * One more environment variable for the script, such as {@code PYTHON_GIL}.
     *
     * @param name the variable
     * @param value its value
     * @return a new twin
     */
    public Twin env(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return new Twin(script, args, Map.copyOf(more), timeout, onRow);
    }

    /**
     * How long the script may run.
     *
     * @param timeout more than zero
     * @return a new twin
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Twin timeout(Duration timeout) {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a time-out must be positive, got " + timeout);
        }
        return new Twin(script, args, environment, timeout, onRow);
    }

    /**
     * Hears of every row as soon as it is printed, in the thread that called {@link #run()}. What it throws ends the
     * script and is passed on.
     *
     * @param onRow the listener
     * @return a new twin
     */
    public Twin onRow(Consumer<TwinRow> onRow) {
        return new Twin(script, args, environment, timeout, Objects.requireNonNull(onRow, "onRow"));
    }

    /**
     * Runs the script to its end.
     *
     * @return what it printed
     * @throws TwinException if there is no interpreter or script, if the time is up, if the script ends with an exit code
     *     other than 0 or prints something else than JSON objects
     * @throws InterruptedException if the calling thread is interrupted; the script's processes are gone by then
     */
    public TwinResult run() throws InterruptedException {
        List<String> arguments = new ArrayList<>();
        arguments.add(find().toString());
        arguments.addAll(args);
        return run(script, arguments, environment, timeout, onRow);
    }

    /**
     * Asks the interpreter that twins run on what it is.
     *
     * @return its version and the state of its global lock
     * @throws TwinException if there is no interpreter, or if it does not work
     * @throws InterruptedException if the calling thread is interrupted
     */
    public static Interpreter interpreter() throws InterruptedException {
        List<String> arguments = List.of("-c", Supervised.resource("interpreter.py"));
        TwinRow row = run("the interpreter's self-description", arguments, Map.of(), DEFAULT_TIMEOUT, r -> {})
                .only();
        return new Interpreter(
                row.text("version"), row.text("implementation"), row.text("gil"), row.text("executable"));
    }

    private static TwinResult run(
            String label,
            List<String> arguments,
            Map<String, String> environment,
            Duration timeout,
            Consumer<TwinRow> onRow)
            throws InterruptedException {
        List<TwinRow> rows = new ArrayList<>();
        Outcome outcome = Supervised.run(python(), arguments, environment, timeout, fields -> {
            TwinRow row = new TwinRow(fields);
            rows.add(row);
            onRow.accept(row);
        });
        return switch (outcome) {
            case Outcome.Ended ended -> new TwinResult(rows, ended.stderr(), ended.wall());
            case Outcome.NotStarted failure ->
                throw new TwinException(
                        Reason.NO_INTERPRETER,
                        "the Python interpreter \"" + python() + "\" cannot be started ("
                                + failure.error().getMessage() + "). " + remedy(),
                        "",
                        failure.error());
            case Outcome.TimedOut late ->
                throw new TwinException(
                        Reason.TIMED_OUT,
                        "twin " + label + " did not end within " + timeout.toMillis() / 1e3
                                + " s and was stopped, after " + rows.size() + " rows",
                        late.stderr(),
                        null);
            case Outcome.Failed failed ->
                throw new TwinException(
                        Reason.FAILED,
                        "twin " + label + " ended with exit code " + failed.exitCode() + signal(failed.exitCode()),
                        failed.stderr(),
                        null);
            case Outcome.Malformed bad ->
                throw new TwinException(
                        Reason.MALFORMED_OUTPUT,
                        "twin " + label + " printed line " + bad.lineNumber() + ", which is not a JSON object ("
                                + bad.why() + "): " + bad.line(),
                        bad.stderr(),
                        null);
        };
    }

    private static String signal(int exitCode) {
        return switch (exitCode) {
            case 128 + 6 -> " (SIGABRT)";
            case 128 + 9 -> " (SIGKILL, as when memory runs out)";
            case 128 + 11 -> " (SIGSEGV)";
            case 128 + 15 -> " (SIGTERM)";
            default -> "";
        };
    }

    private static String python() {
        String python = System.getenv("PARLAB_PYTHON");
        if (python == null || python.isBlank()) {
            python = System.getProperty("parlab.python", "");
        }
        if (python.isBlank()) {
            throw new TwinException(Reason.NO_INTERPRETER, "no Python interpreter is named. " + remedy(), "", null);
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
        throw new TwinException(Reason.NO_SCRIPT, "no twin " + script + ": " + where, "", null);
    }
}
