package parlab.twin;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Stream;
import parlab.results.BySide;

/**
 * Finds a CPython without its global lock: looks where the usual tools install one, newest version first, and asks each
 * until one works. Immutable and thread-safe.
 *
 * @param variables the environment
 * @param user the user's folder
 * @param home ParLab's folder
 * @param own the interpreter that twins run on by default
 */
record FreeThreaded(Map<String, String> variables, Path user, Path home, Path own) {
    static final String VARIABLE = "PARLAB_PYTHON_FREE";

    private static final List<String> NAMES = List.of("python3.15t", "python3.14t", "python3.13t");
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final boolean WINDOWS = File.separatorChar == '\\';

    /** Looks on this machine, in this process's environment. */
    static FreeThreaded here(Interpreter own) {
        return new FreeThreaded(
                System.getenv(),
                Path.of(System.getProperty("user.home")),
                Path.of(System.getProperty("parlab.home", ".."))
                        .toAbsolutePath()
                        .normalize(),
                Path.of(own.executable()));
    }

    /**
     * Returns the first that works, empty if there is none or none is wanted.
     *
     * @throws TwinException if the one that the variable names does not work
     */
    Optional<Interpreter> find() throws InterruptedException {
        String named = variables.getOrDefault(VARIABLE, "");
        if (named.equals("none")) {
            return Optional.empty();
        }
        if (!named.isBlank()) {
            return Optional.of(named(named));
        }
        for (Path candidate : candidates()) {
            Optional<Interpreter> answer = ifItWorks(candidate);
            if (answer.isPresent()) {
                return answer;
            }
        }
        return Optional.empty();
    }

    /** Empty for a launcher of a version that is not installed, half an installation, or one that keeps its lock. */
    private static Optional<Interpreter> ifItWorks(Path python) throws InterruptedException {
        try {
            return Optional.of(Interpreter.ask(python.toString(), BySide.NO_LOCK, PATIENCE))
                    .filter(Interpreter::isLockFree);
        } catch (TwinException e) {
            return Optional.empty();
        }
    }

    private static Interpreter named(String python) throws InterruptedException {
        Interpreter answer;
        try {
            answer = Interpreter.ask(python, BySide.NO_LOCK, PATIENCE);
        } catch (TwinException e) {
            throw new TwinException(VARIABLE + " names " + python + ", which does not work: " + e.getMessage(), "", e);
        }
        if (!answer.isLockFree()) {
            throw new TwinException(
                    VARIABLE + " names " + python + ", whose global lock is " + answer.gil()
                            + ": name a free-threaded CPython, unset it, or set it to none",
                    "",
                    null);
        }
        return answer;
    }

    /** Returns what is there and has the right name. */
    SequencedSet<Path> candidates() {
        SequencedSet<Path> found = new LinkedHashSet<>();
        Stream.of("bin/python", "Scripts/python.exe")
                .map(home.resolve(".free-threaded/venv")::resolve)
                .filter(Files::isExecutable)
                .forEach(found::add);
        List<Path> folders = folders();
        for (String name : NAMES) {
            folders.stream()
                    .map(folder -> folder.resolve(WINDOWS ? name + ".exe" : name))
                    .filter(Files::isExecutable)
                    .forEach(found::add);
        }
        return found;
    }

    private List<Path> folders() {
        Stream<Path> path = Stream.of(variable("PATH").orElse("").split(File.pathSeparator))
                .map(folder -> folder.replace("\"", "")) // as on Windows
                .filter(folder -> !folder.isBlank())
                .map(Path::of);
        Path data = WINDOWS
                ? variable("APPDATA").map(Path::of).orElse(user).resolve("uv").resolve("data")
                : variable("XDG_DATA_HOME")
                        .map(Path::of)
                        .orElse(user.resolve(".local/share"))
                        .resolve("uv");
        Path uv = variable("UV_PYTHON_INSTALL_DIR").map(Path::of).orElse(data.resolve("python"));
        Path pyenv = variable("PYENV_ROOT")
                .map(Path::of)
                .orElse(user.resolve(".pyenv"))
                .resolve("versions");
        Stream<Path> installed = Stream.concat(Stream.of(uv, pyenv), conda())
                .flatMap(FreeThreaded::children)
                .flatMap(prefix -> Stream.of(prefix.resolve("bin"), prefix));
        return Stream.concat(path, installed).toList();
    }

    /** The folders that hold the environments beside the one that is active, or that we run in. */
    private Stream<Path> conda() {
        Stream<Path> ours = WINDOWS
                ? Stream.ofNullable(own.getParent())
                : Stream.of(own.resolve("../..").normalize());
        return Stream.concat(variable("CONDA_PREFIX").map(Path::of).stream(), ours)
                .filter(prefix -> Files.isDirectory(prefix.resolve("conda-meta")))
                .flatMap(prefix ->
                        Stream.of(prefix.resolve("envs"), prefix.resolve("..").normalize()));
    }

    private static Stream<Path> children(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList().stream();
        } catch (IOException e) {
            return Stream.empty(); // nothing is installed there, or not for us to see
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
