package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

final class RecordedRunTest {

    @TempDir
    private Path folder;

    @Test
    void runsOfALessonAreReadInTheOrderOfTheirProcessors() throws IOException {
        write(
                "01-x-16-processors.json",
                "{\"by\": [{\"n\": 1, \"x\": 7}], \"machine\": \"Big, JVM 25\", \"processors\": 16}");
        write(
                "01-x-2-processors.json",
                "{\"processors\": 2, \"machine\": \"Small, JVM 25\", \"by\": [{\"n\": 2, \"x\": 3}, {\"n\": 1, \"x\": 1.5}]}");
        write("02-y-2-processors.json", "{}");
        List<RecordedRun> runs = RecordedRun.in(folder, "01");
        assertEquals(List.of(2, 16), runs.stream().map(RecordedRun::processors).toList());
        assertEquals("recorded, 2 processors (Small)", runs.getFirst().label());
        Table table = RecordedRun.table(folder, "01", "by");
        assertEquals(List.of("run", "n", "x"), table.columnNames());
        assertEquals(List.of(3.0, 1.5, 7.0), table.doubleColumn("x").asList());
        assertEquals("recorded, 16 processors (Big)", table.stringColumn("run").get(2));
        assertEquals(0, RecordedRun.table(folder, "01", "other").columnCount());
    }

    @Test
    void tablesAreHandedOutAsRows() {
        Table table = Tables.of("", List.of(Map.of("n", 1), Map.of("n", 2)));
        assertEquals(Map.of("t", List.of(Map.of("n", 1L), Map.of("n", 2L))), RecordedRun.rowsOf(Map.of("t", table)));
    }

    @Test
    void theRunsOfThisCloneAreFound() {
        List<RecordedRun> runs = RecordedRun.in(Path.of("../../notebooks/recorded"), "01");
        assertFalse(runs.isEmpty());
        for (RecordedRun run : runs) {
            assertTrue(run.figures().values().stream().allMatch(List.class::isInstance), run.toString());
        }
    }

    @Test
    void outsideACloneThereAreNone() {
        assertEquals(List.of(), RecordedRun.in(folder.resolve("none"), "01"));
    }

    @Test
    void whatIsNoRecordedRunIsNamed() throws IOException {
        for (String text : List.of("{", "{\"processors\": 2}", "{\"processors\": 0, \"machine\": \"m\"}")) {
            write("01-a.json", text);
            String message = assertThrows(IllegalArgumentException.class, () -> RecordedRun.in(folder, "01"))
                    .getMessage();
            assertTrue(message.contains("01-a.json is not a recorded run: "), message);
        }
    }

    @Test
    void aNameOfItsOwnIsRefused() {
        RecordedRun run = new RecordedRun(1, "m", Map.of());
        assertEquals("recorded, 1 processor (m)", run.label());
        assertThrows(IllegalArgumentException.class, () -> RecordedRun.emit(Map.of("processors", 3)));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
