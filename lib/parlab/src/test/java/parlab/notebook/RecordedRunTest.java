package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordedRunTest {

    @TempDir
    private Path folder;

    @Test
    void runsOfALessonAreReadInTheOrderOfTheirProcessors() throws IOException {
        write("01-x-16-processors.json", "{\"figure\": 1.5, \"machine\": \"Big, JVM 25\", \"processors\": 16}");
        write(
                "01-x-2-processors.json",
                "{\"processors\": 2, \"machine\": \"Small, JVM 25\", \"by\": {\"2\": 3, \"1\": 1.5}}");
        write("02-y-2-processors.json", "{}");
        List<RecordedRun> runs = RecordedRun.in(folder, "01");
        assertEquals(List.of(2, 16), runs.stream().map(RecordedRun::processors).toList());
        assertEquals("recorded, 2 processors (Small)", runs.getFirst().label());
        assertEquals(Map.of("2", 3.0, "1", 1.5), runs.getFirst().numbers("by"));
        assertEquals(
                List.of("2", "1"), List.copyOf(runs.getFirst().numbers("by").keySet()));
        assertEquals(1.5, runs.getLast().number("figure"));
    }

    @Test
    void theRunsOfThisCloneAreFound() {
        System.setProperty("parlab.home", "../..");
        try {
            assertTrue(RecordedRun.of("01").getFirst().numbers("on_cores").containsKey("1"));
        } finally {
            System.clearProperty("parlab.home");
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
    void aFigureOfAnotherKindIsRefused() {
        RecordedRun run = new RecordedRun(1, "m", Map.of("text", "x", "by", Map.of("a", "b")));
        assertEquals("recorded, 1 processor (m)", run.label());
        for (String name : List.of("text", "missing")) {
            assertThrows(IllegalArgumentException.class, () -> run.number(name));
            assertThrows(IllegalArgumentException.class, () -> run.numbers(name));
        }
        assertThrows(IllegalArgumentException.class, () -> run.numbers("by"));
        assertThrows(IllegalArgumentException.class, () -> RecordedRun.emit(Map.of("processors", 3)));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
