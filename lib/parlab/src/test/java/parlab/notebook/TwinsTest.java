package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import parlab.results.BySide;
import parlab.twin.Interpreter;
import parlab.twin.TwinException;
import parlab.twin.TwinResult;

/** The interpreters are shell scripts that print what a twin would. */
@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are shell scripts")
final class TwinsTest {
    @TempDir
    private Path folder;

    private Interpreter printing(String side, String gil, String lines) throws IOException {
        Path file = Files.createTempFile(folder, "python", "");
        Files.writeString(file, "#!/bin/sh\nif [ \"$1\" = -I ]; then exec python3 \"$@\"; fi\n" + lines);
        assertTrue(file.toFile().setExecutable(true));
        return new Interpreter(side, "3.14.1", gil, 1, List.of(), file.toString());
    }

    private Interpreter locked(String lines) throws IOException {
        return printing(BySide.CPYTHON, "on", lines);
    }

    private Interpreter free(String lines) throws IOException {
        return printing(BySide.NO_LOCK, "off", lines);
    }

    private TwinResult run(Twins twins) throws IOException, InterruptedException {
        Path script = folder.resolve("script.py");
        Files.writeString(script, "");
        return twins.run(script.toString());
    }

    private static final String ROWS = """
            echo '{"way": "threads", "seconds": %s}'
            echo '{"kind": "setting", "steps": %s}'
            """;

    @Test
    void everySideHasItsRows() throws IOException, InterruptedException {
        Twins twins = Twins.of(List.of(locked(ROWS.formatted(2, 10)), free(ROWS.formatted(1, 20))));
        TwinResult result = run(twins);
        assertEquals(
                List.of(BySide.CPYTHON, BySide.NO_LOCK),
                result.table().stringColumn("side").asList());
        assertEquals(List.of("side", "way", "seconds"), result.table().columnNames());
        assertEquals(2, result.table("setting").rowCount());
        assertEquals(10, result.number("setting", "steps"), "the first side's");
        assertEquals(Optional.empty(), twins.leftOut());
    }

    @Test
    void whatIsMissingOnASideIsLeftOutThere() throws IOException, InterruptedException {
        String missing = "echo '{\"kind\": \"missing\", \"what\": \"numba\", \"why\": \"no numba\"}'\n";
        Twins further = Twins.of(List.of(locked(ROWS.formatted(2, 10)), free(missing)));
        assertEquals(1, run(further).table().rowCount());
        assertEquals(Optional.empty(), further.leftOut(), "CPython has its figure");

        Twins first = Twins.of(List.of(locked(missing), free(ROWS.formatted(2, 10))));
        assertEquals(1, run(first).table().rowCount());
        assertEquals(Optional.of("no numba"), first.leftOut());
    }

    @Test
    void whatRunsOnTheOwnSideRunsNowhereElse() throws IOException, InterruptedException {
        Path script = Files.writeString(folder.resolve("script.py"), "");
        Twins twins = Twins.of(List.of(locked(ROWS.formatted(2, 10)), free("exit 3")));
        assertEquals(
                List.of(BySide.CPYTHON),
                twins.runOwn(script.toString()).table().stringColumn("side").asList());
    }

    @Test
    void aFailureOnAFurtherSideCostsThatSideAlone() throws IOException, InterruptedException {
        String fails = "echo no such thing >&2; exit 3";
        assertEquals(
                1,
                run(Twins.of(List.of(locked(ROWS.formatted(2, 10)), free(fails))))
                        .table()
                        .rowCount());
        Twins broken = Twins.of(List.of(locked(fails), free(ROWS.formatted(2, 10))));
        assertThrows(TwinException.class, () -> run(broken));
    }

    @Test
    void itSaysHowToGetTheSideThatIsNotThere() throws IOException {
        String alone = Twins.of(List.of(locked(""))).description().toString();
        assertTrue(alone.contains("make free-threaded"), alone);
        String both = Twins.of(List.of(locked(""), free(""))).description().toString();
        assertTrue(both.contains(BySide.NO_LOCK + " 3.14.1") && !both.contains("make free-threaded"), both);
    }
}
