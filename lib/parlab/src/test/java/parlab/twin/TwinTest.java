package parlab.twin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class TwinTest {

    private static String python;
    private static final Path SCRIPTS = Path.of("src/test/resources/twins").toAbsolutePath();
    private static final Path SUPPORT =
            Path.of("../../notebooks/twins").toAbsolutePath().normalize();

    /** The interpreter behind the name: a launcher script in between would only cost time. */
    @BeforeAll
    static void findPython() throws IOException, InterruptedException {
        String named = System.getenv("PARLAB_PYTHON");
        try {
            Process process = new ProcessBuilder(
                            named == null ? "python3" : named, "-c", "import sys; print(sys.executable)")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            python = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            process.waitFor();
        } catch (IOException e) {
            abort("no python3 on the PATH, and PARLAB_PYTHON names none: " + e.getMessage());
        }
    }

    @BeforeEach
    void nameThem() {
        System.setProperty("parlab.python", python);
        System.setProperty("parlab.twins", SCRIPTS.toString());
    }

    @AfterEach
    void forget() {
        System.clearProperty("parlab.python");
        System.clearProperty("parlab.twins");
    }

    /** The script finds the support module in the folder that its first argument names. */
    private static Twin figures(String script, Object... args) {
        return Twin.script(script)
                .args(Stream.concat(Stream.of(SUPPORT), Arrays.stream(args)).toArray());
    }

    private static Twin misbehaving(Object... how) {
        return Twin.script("misbehave.py").args(how).timeout(Duration.ofSeconds(90));
    }

    private static TwinException failureOf(Twin twin) {
        return assertThrows(TwinException.class, twin::run);
    }

    @Test
    void figuresArriveAsRows() throws InterruptedException {
        TwinResult result =
                figures("figures.py", "a", "grüße ✓ 'quoted' and \"spaced\"").run();
        assertEquals(3, result.rows().size());
        TwinResult rows = result.where("kind", "row");
        assertArrayEquals(new double[] {0.5, 1.5}, rows.numbers("seconds"));
        assertEquals("grüße ✓ 'quoted' and \"spaced\"", rows.rows().get(1).text("name"));
        assertArrayEquals(new double[] {1, 2.5}, rows.rows().getFirst().numbers("samples"));
        assertEquals("a", result.where("seconds", 0.5f).only().text("name"));

        TwinRow about = result.where("kind", "about").only();
        assertEquals("", about.text("stdin"), "the script's standard input is empty, not the supervisor's pipe");
        assertTrue(about.text("encoding").equalsIgnoreCase("utf-8"), about.text("encoding"));
        assertTrue(about.text("gil").startsWith("o"), about.text("gil"));
        assertEquals("", result.stderr());
    }

    @Test
    void rowsMakeATable() throws InterruptedException {
        TwinResult result = figures("figures.py", "a", "b").run();
        var table = result.table("row");
        assertEquals(List.of("side", "name", "seconds", "samples", "index"), table.columnNames());
        assertEquals(List.of("CPython"), table.stringColumn("side").unique().asList());
        assertEquals(List.of(0.5, 0.5, 1.5, 1.5), table.doubleColumn("seconds").asList());
        assertEquals(List.of(1L, 2L, 1L, 2L), table.longColumn("index").asList());
        assertTrue(result.has("about") && !result.has("missing"));
        String wrong = assertThrows(IllegalArgumentException.class, () -> result.table("rows"))
                .getMessage();
        assertTrue(wrong.contains("\"rows\"") && wrong.contains("about"), wrong);
        assertEquals(0, new TwinResult(List.of(), "").table().columnCount());
    }

    @Test
    void wrongQuestionsToARowAreAnsweredClearly() throws InterruptedException {
        TwinResult result = figures("figures.py", "a").run();
        TwinRow row = result.where("kind", "row").only();
        for (Runnable wrong : List.<Runnable>of(
                () -> row.number("name"),
                () -> row.text("seconds"),
                () -> row.flag("name"),
                () -> row.numbers("name"))) {
            assertThrows(IllegalArgumentException.class, wrong::run);
        }
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> row.number("second"));
        assertTrue(error.getMessage().contains("[kind, name, seconds, samples]"), error.getMessage());
        assertThrows(IllegalArgumentException.class, result::only);
        assertThrows(
                IllegalArgumentException.class,
                () -> result.where("kind", "none").numbers("seconds"));
        assertThrows(IllegalArgumentException.class, () -> result.numbers("seconds"), "not every row has it");
    }

    @Test
    void theInterpreterDescribesItself() throws InterruptedException {
        Interpreter interpreter = Twin.interpreter();
        assertTrue(interpreter.version().matches("3\\.\\d+\\.\\d+.*"), interpreter.toString());
        assertTrue(
                List.of("on", "off", "on (no way to ask before 3.13)", "unknown")
                        .contains(interpreter.gil()),
                interpreter.toString());
        assertTrue(Files.isExecutable(Path.of(interpreter.executable())), interpreter.toString());
    }

    @Test
    void withoutAnInterpreterTheRemedyIsNamed() {
        assumeTrue(System.getenv("PARLAB_PYTHON") == null, "PARLAB_PYTHON is set, and cannot be unset from here");
        System.clearProperty("parlab.python");
        TwinException error = failureOf(figures("figures.py"));
        assertTrue(error.getMessage().contains("make setup"), error.getMessage());
        assertTrue(error.getMessage().contains("PARLAB_PYTHON"), error.getMessage());
    }

    @Test
    void anInterpreterThatIsNotThereIsNamed() {
        assumeTrue(System.getenv("PARLAB_PYTHON") == null, "PARLAB_PYTHON is set, and goes first");
        System.setProperty("parlab.python", "/nowhere/python");
        TwinException error = failureOf(figures("figures.py"));
        assertTrue(error.getMessage().contains("\"/nowhere/python\""), error.getMessage());
        assertTrue(error.getMessage().contains("make setup"), error.getMessage());
    }

    @Test
    void aScriptThatIsNotThereIsNamedWithTheFolder(@TempDir Path empty) {
        System.setProperty("parlab.twins", empty.toString());
        TwinException error = failureOf(figures("figures.py"));
        assertTrue(error.getMessage().contains("figures.py"), error.getMessage());
        assertTrue(error.getMessage().contains(empty.toString()), error.getMessage());
    }

    @Test
    void scriptsAreFoundInTheFoldersAbove() {
        System.clearProperty("parlab.twins");
        // The tests run in lib; the folder beside it has the support module, which as a script prints nothing.
        assertTrue(Files.isDirectory(SUPPORT));
        try {
            assertEquals(List.of(), Twin.script("parlab_twin.py").run().rows());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anAbsolutePathIsTakenAsItIs() throws InterruptedException {
        System.setProperty("parlab.twins", "/nowhere");
        assertEquals(
                1,
                figures(SCRIPTS.resolve("figures.py").toString()).run().rows().size());
    }

    @Test
    void aFolderWithSpacesAndUmlautsWorks(@TempDir Path folder) throws IOException, InterruptedException {
        Path odd = Files.createDirectories(folder.resolve("grüne Wiese's"));
        Files.writeString(odd.resolve("one.py"), "print('{\"a\": 1}')");
        System.setProperty("parlab.twins", odd.toString());
        assertEquals(1, Twin.script("one.py").run().only().number("a"));
    }

    @ParameterizedTest
    @CsvSource({
        "exit, 3, Traceback: grüße",
        "raise, 1, ValueError: no such luck",
        "abort, 134, about to abort",
        "die-in-a-line, 7, about to die-in-a-line"
    })
    void anExitCodeOtherThanZeroComesWithTheScriptsStderr(String how, int code, String stderr) {
        TwinException error = failureOf(misbehaving(how));
        assertTrue(error.getMessage().contains("exit code " + code), error.getMessage());
        assertTrue(error.getMessage().contains(stderr), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "print, line 2, 'hello, I am no JSON'",
        "print-list, line 1, '[1, 2]'",
        "print-nan, line 1, NaN",
        "print-twice, line 1, '{\"a\": 1} {\"a\": 2}'",
        "print-endless-line, line 1, xxxx..."
    })
    void aLineThatIsNoJsonObjectIsShown(String how, String number, String line) {
        TwinException error = failureOf(misbehaving(how));
        assertTrue(error.getMessage().contains(number), error.getMessage());
        assertTrue(error.getMessage().contains(line), error.getMessage());
        assertTrue(error.getMessage().contains("about to " + how), "its stderr: " + error.getMessage());
    }

    @Test
    void aFloodOnStderrBlocksNobody() throws InterruptedException {
        TwinResult result = misbehaving("flood-stderr").run();
        assertEquals(1, result.only().number("a"));
        assertEquals(1 << 20, result.stderr().length());
        assertTrue(result.stderr().stripTrailing().endsWith("039999 " + "y".repeat(93)));
        assertFalse(result.stderr().contains("about to"), "its start was let go");
    }

    @Test
    void afterTheTimeOutNothingIsLeft(@TempDir Path folder) throws IOException, InterruptedException {
        Path pids = folder.resolve("pids");
        TwinException error = failureOf(misbehaving("hang", pids).timeout(Duration.ofSeconds(5)));
        assertTrue(error.getMessage().contains("within 5.0 s"), error.getMessage());
        assertTrue(error.getMessage().contains("about to hang"), error.getMessage());
        assertAllGone(pidsIn(pids));
    }

    @Test
    void aScriptThatPrintsWithoutEndIsStoppedAtItsTimeOut() {
        TwinException error = failureOf(misbehaving("print-for-ever").timeout(Duration.ofSeconds(2)));
        assertTrue(error.getMessage().contains("within 2.0 s"), error.getMessage());
    }

    @Test
    void aFloodOfRowsIsStoppedBeforeItFillsTheMemory() {
        TwinException error = failureOf(misbehaving("flood-rows"));
        assertTrue(error.getMessage().contains("more than 100000 rows"), error.getMessage());
        assertTrue(error.getMessage().contains("about to flood-rows"), error.getMessage());
    }

    @Test
    void anInterruptEndsEverything(@TempDir Path folder) throws IOException, InterruptedException {
        Path pids = folder.resolve("pids");
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                misbehaving("hang", pids).run();
            } catch (Throwable t) {
                thrown.complete(t);
            }
        });
        List<Long> processes = pidsIn(pids);
        caller.interrupt();
        caller.join(); // the script would sleep for ten minutes
        assertInstanceOf(InterruptedException.class, thrown.join());
        assertAllGone(processes);
    }

    @Test
    void whatAScriptLeavesBehindIsEndedWithIt() throws InterruptedException {
        TwinResult result = misbehaving("leave-child").run();
        assertAllGone(pids(result.only()));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void evenADaemonThatAScriptMakesIsEndedWithIt() throws InterruptedException {
        TwinResult result = misbehaving("leave-daemon").run();
        assertAllGone(pids(result.only()));
    }

    @Test
    void noOrphanIsLeftWhenTheJvmIsKilled(@TempDir Path folder) throws Exception {
        assertAllGone(pidsOfATwinWhoseJvm(folder, process -> process.destroyForcibly()));
    }

    @Test
    void noOrphanIsLeftWhenTheJvmExits(@TempDir Path folder) throws Exception {
        assertAllGone(pidsOfATwinWhoseJvm(folder, process -> process.destroy()));
    }

    /** A process group's end, as a notebook server's restart brings it, must not take the guard and spare the script. */
    @Test
    void noOrphanIsLeftWhenTheJvmsProcessGroupIsKilled(@TempDir Path folder) throws Exception {
        assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "there are no process groups on Windows");
        assertAllGone(pidsOfATwinWhoseJvm(folder, process -> {
            try {
                new ProcessBuilder("kill", "-KILL", "--", "-" + process.pid())
                        .inheritIO()
                        .start()
                        .waitFor();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }));
    }

    private interface End {
        void of(Process process);
    }

    private static List<Long> pidsOfATwinWhoseJvm(Path folder, End end) throws IOException, InterruptedException {
        Path file = folder.resolve("pids");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                java,
                "-Dparlab.python=" + python,
                "-Dparlab.twins=" + SCRIPTS,
                "-cp",
                classPath,
                Host.class.getName(),
                file.toString()));
        // A session of its own, so that its process group can be killed without killing ours.
        command.addAll(0, List.of(python, "-c", "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"));
        Process host = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            List<Long> pids = pidsIn(file);
            assertTrue(pids.size() == 3 && pids.stream().allMatch(TwinTest::isAlive), pids.toString());
            end.of(host);
            assertTrue(host.waitFor(20, TimeUnit.SECONDS));
            return pids;
        } finally {
            host.destroyForcibly();
        }
    }

    /** The JVM that is killed under a running twin. */
    static final class Host {
        private Host() {}

        public static void main(String[] args) throws InterruptedException {
            misbehaving("hang", args[0]).run();
        }
    }

    private static List<Long> pids(TwinRow row) {
        return Arrays.stream(row.numbers("pids")).mapToObj(pid -> (long) pid).toList();
    }

    /** The processes of a script that hangs, as soon as they run and it has written their numbers to a file. */
    private static List<Long> pidsIn(Path file) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(45).toNanos();
        while (!Files.exists(file)) {
            assertTrue(System.nanoTime() - deadline < 0, "the script has not begun");
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        return Files.readString(file).lines().map(Long::valueOf).toList();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Nobody tells us of the end of a process that is not our child: there is nothing but to look. */
    private static void assertAllGone(List<Long> pids) {
        assertFalse(pids.isEmpty());
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (pids.stream().anyMatch(TwinTest::isAlive)) {
            assertTrue(
                    System.nanoTime() - deadline < 0,
                    () -> "still alive of " + pids + ": "
                            + pids.stream().filter(TwinTest::isAlive).toList());
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    @Test
    void badConfigurationIsRefusedAtTheCall() {
        assertThrows(IllegalArgumentException.class, () -> Twin.script(" "));
        assertThrows(
                IllegalArgumentException.class, () -> Twin.script("figures.py").timeout(Duration.ZERO));
    }

    @Test
    void numpysScalarsAreNumbersAndNanIsRefusedWithItsField(@TempDir Path folder)
            throws IOException, InterruptedException {
        // Nothing but tolist is asked of a scalar: a stand-in needs no NumPy.
        Files.writeString(folder.resolve("emits.py"), """
                import sys
                sys.path.insert(0, sys.argv[1])
                from parlab_twin import emit
                class Scalar:
                    def __init__(self, value): self.value = value
                    def tolist(self): return self.value
                emit(s=Scalar(1.5), a=Scalar([1, 2]), t=(1, None), d={"k": Scalar(True)}, u={3})
                for wrong in (float("nan"), [0.0, float("-inf")], Scalar(float("nan")), object(), b"x"):
                    try:
                        emit(field=wrong)
                    except (ValueError, TypeError) as error:
                        print(type(error).__name__, error, file=sys.stderr)
                """);
        System.setProperty("parlab.twins", folder.toString());
        TwinResult result = figures("emits.py").run();
        TwinRow row = result.only();
        assertEquals(1.5, row.number("s"));
        assertArrayEquals(new double[] {1, 2}, row.numbers("a"));
        assertEquals(Map.of("k", true), row.fields().get("d"));
        assertEquals(
                List.of(
                        "ValueError field is nan, which JSON cannot express",
                        "ValueError field[1] is -inf, which JSON cannot express",
                        "ValueError field is nan, which JSON cannot express",
                        "TypeError field is a object: give text, numbers, booleans, None, lists or dicts of these",
                        "TypeError field is a bytes: give text, numbers, booleans, None, lists or dicts of these"),
                result.stderr().lines().toList());
    }
}
