package parlab.twin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import parlab.results.BySide;

/** Most tests ask stand-ins: shell scripts that answer as such an interpreter would, and leave real work to python3. */
@Timeout(120)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are shell scripts")
final class FreeThreadedTest {
    @TempDir
    private Path folder;

    private final Map<String, String> variables = new HashMap<>();

    @BeforeEach
    void nothingElseIsFound() {
        variables.put("PATH", folder.resolve("path").toString());
    }

    private FreeThreaded search() {
        return new FreeThreaded(
                variables, folder.resolve("user"), folder.resolve("clone"), folder.resolve("own/bin/python3"));
    }

    /** A stand-in that runs the supervisor as Python does, and does this otherwise. */
    private Path standIn(String path, String otherwise) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, """
                #!/bin/sh
                if [ "$1" = -I ]; then exec python3 "$@"; fi
                """ + otherwise);
        assertTrue(file.toFile().setExecutable(true));
        return file;
    }

    /** One that describes itself; GIL is a shell expression. */
    private Path answering(String path, String gil, boolean canBeFree) throws IOException {
        return standIn(path, """
                gil=%s
                echo '{"version": "3.14.1", "gil": "'$gil'", "can_be_free": %s,'\\
                    '"busy_cores": 1.9, "lacks": "numba, cython", "executable": "'$0'"}'
                """.formatted(gil, canBeFree));
    }

    private Path working(String path) throws IOException {
        return answering(path, "off", true);
    }

    private Optional<String> found() throws InterruptedException {
        return search().find().map(Interpreter::executable);
    }

    @Test
    void theClonesOwnComesFirstThenTheNewest() throws IOException {
        Path old = working("path/python3.13t");
        variables.merge("PATH", folder.resolve("more").toString(), (a, b) -> a + File.pathSeparator + b);
        Path fresh = working("more/python3.14t");
        Path made = working("clone/.free-threaded/venv/bin/python");
        assertEquals(List.of(made, fresh, old), List.copyOf(search().candidates()));
    }

    @Test
    void theFoldersOfUvPyenvAndCondaAreSearched() throws IOException {
        Path uv = working("user/.local/share/uv/python/cpython-3.14.1+freethreaded-linux/bin/python3.14t");
        Path pyenv = working("user/.pyenv/versions/3.14.1t/bin/python3.14t");
        Files.createDirectories(folder.resolve("own/conda-meta"));
        Path beside = working("free/bin/python3.14t");
        assertEquals(List.of(uv, pyenv, beside), List.copyOf(search().candidates()));

        variables.put("UV_PYTHON_INSTALL_DIR", folder.resolve("uv").toString());
        variables.put("PYENV_ROOT", folder.resolve("pyenv").toString());
        assertEquals(List.of(beside), List.copyOf(search().candidates()), "both tools install elsewhere");
    }

    @Test
    void environmentsOfAnActiveCondaAreSearched() throws IOException {
        Files.createDirectories(folder.resolve("conda/conda-meta"));
        variables.put("CONDA_PREFIX", folder.resolve("conda").toString());
        Path inside = working("conda/envs/free/bin/python3.13t");
        assertEquals(List.of(inside), List.copyOf(search().candidates()));
    }

    @Test
    void whatDoesNotWorkOrKeepsItsLockIsPassedOver() throws IOException, InterruptedException {
        standIn("path/python3.15t", "echo 'command not found' >&2; exit 127");
        answering("path/python3.14t", "on", false);
        assertEquals(Optional.empty(), found());
        Path works = working("path/python3.13t");
        assertEquals(Optional.of(works.toString()), found());
    }

    @Test
    void theAnswerBecomesAnInterpreter() throws IOException, InterruptedException {
        Path works = working("path/python3.14t");
        Interpreter expected =
                new Interpreter(BySide.NO_LOCK, "3.14.1", "off", 1.9, List.of("numba", "cython"), works.toString());
        assertEquals(Optional.of(expected), search().find());
        assertTrue(expected.toString().contains("GIL off, two threads keep 1.90 cores busy, lacks numba, cython"));
    }

    @Test
    void whatIsNamedIsTakenOrRefused() throws IOException, InterruptedException {
        working("path/python3.14t");
        Path named = working("elsewhere/python");
        variables.put("PARLAB_PYTHON_FREE", named.toString());
        assertEquals(Optional.of(named.toString()), found());

        answering("elsewhere/python", "on", false);
        String locked = assertThrows(TwinException.class, this::found).getMessage();
        assertTrue(locked.contains(named + ", whose global lock is on"), locked);
        standIn("elsewhere/python", "echo broken >&2; exit 1");
        String broken = assertThrows(TwinException.class, this::found).getMessage();
        assertTrue(broken.contains("PARLAB_PYTHON_FREE") && broken.contains("broken"), broken);

        variables.put("PARLAB_PYTHON_FREE", "none");
        assertEquals(Optional.empty(), found());
    }

    /** As NumPy did before it was made for this: importing it switches the lock on again, unless PYTHON_GIL forbids it. */
    @Test
    void anExtensionCannotSwitchTheLockOnAgain() throws IOException, InterruptedException {
        assumeTrue(System.getenv("PYTHON_GIL") == null, "PYTHON_GIL is set, and left to who sets it");
        Path script = folder.resolve("script.py");
        Files.writeString(script, "");
        Path python = answering("path/python3.14t", "$([ \"$PYTHON_GIL\" = 0 ] && echo off || echo on)", true);
        Files.writeString(
                python,
                Files.readString(python)
                        .replace(
                                "gil=", "[ \"$1\" = -c ] || exec echo \"{\\\"given\\\": \\\"$PYTHON_GIL\\\"}\"\ngil="));
        Interpreter free = search().find().orElseThrow();
        assertEquals("0", Twin.script(script.toString()).on(free).run().only().text("given"));

        Interpreter locked = new Interpreter(BySide.CPYTHON, "3.13.5", "on", 1, List.of(), python.toString());
        assertEquals("", Twin.script(script.toString()).on(locked).run().only().text("given"));
    }

    @Test
    void subinterpretersNeedALockAndPython314() {
        Interpreter locked = new Interpreter(BySide.CPYTHON, "3.14.0rc1", "on", 1, List.of(), "python");
        Interpreter side = locked.subinterpreters().orElseThrow();
        assertEquals(BySide.SUBINTERPRETERS, side.side());
        assertEquals(Map.of("PARLAB_SIDE", BySide.SUBINTERPRETERS), side.environment());
        for (String version : List.of("3.13.5", "3.9.1")) {
            assertEquals(
                    Optional.empty(),
                    new Interpreter(BySide.CPYTHON, version, "on", 1, List.of(), "python").subinterpreters());
        }
        Interpreter free = new Interpreter(BySide.NO_LOCK, "3.14.0", "off", 2, List.of(), "python");
        assertEquals(Optional.empty(), free.subinterpreters());
        assertEquals(Map.of("PARLAB_SIDE", BySide.NO_LOCK, "PYTHON_GIL", "0"), free.environment());
    }

    @Test
    void aRealOneRunsATwinWithoutItsLock() throws IOException, InterruptedException {
        Interpreter own = Interpreter.ask("python3", BySide.CPYTHON, Duration.ofMinutes(1));
        Optional<Interpreter> real = FreeThreaded.here(own).find();
        assumeTrue(real.isPresent(), "no free-threaded CPython is installed here: make free-threaded");
        Path support = Path.of("../../notebooks/twins").toAbsolutePath();
        Path script = folder.resolve("lock.py");
        Files.writeString(script, """
                import sys
                sys.path.insert(0, sys.argv[1])
                from parlab_twin import emit, gil
                emit(gil=gil())
                """);
        Twin twin = Twin.script(script.toString()).args(support).on(real.get());
        assertEquals("off", twin.run().only().text("gil"));
    }
}
