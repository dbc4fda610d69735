package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Journal} and {@link Store}. */
class FilesTest {
    private static final Path FULL = Path.of("/dev/full");

    @TempDir
    private Path folder;

    @Test
    void aJournalRemembersWholeLinesAndDropsTheBeginningOfOne() throws Exception {
        Path path = folder.resolve("journal");
        try (Journal journal = Journal.open(path)) {
            journal.add("1.jpg", "abc");
            journal.add("2.jpg", "");
            assertTrue(journal.has("2.jpg"));
        }
        Files.writeString(path, "3.jpg\tde", StandardOpenOption.APPEND); // killed in the middle of a line
        try (Journal journal = Journal.open(path)) {
            assertEquals(Map.of("1.jpg", "abc", "2.jpg", ""), journal.done());
            journal.add("3.jpg", "def");
        }
        assertEquals("1.jpg\tabc\n2.jpg\t\n3.jpg\tdef\n", Files.readString(path));
    }

    @Test
    void aSecondJournalOnTheSameFileIsRefused() throws Exception {
        Path path = folder.resolve("journal");
        try (Journal journal = Journal.open(path)) {
            IOException e = assertThrows(IOException.class, () -> Journal.open(path));
            assertTrue(e.getMessage().contains("open elsewhere"), e.getMessage());
            assertEquals(Map.of(), journal.done());
        }
        Journal.open(path).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"my notes\n", "notes, without a line end", "a table's head\nits last line, without a line end"})
    void aFileThatIsNoJournalIsRefusedAndNotTouched(String text) throws Exception {
        Path path = Files.writeString(folder.resolve("notes"), text);
        IOException e = assertThrows(IOException.class, () -> Journal.open(path));
        assertTrue(e.getMessage().contains("is no journal"), e.getMessage());
        assertEquals(text, Files.readString(path));
    }

    @Test
    void openingAJournalChangesNothing() throws Exception {
        Path path = Files.writeString(folder.resolve("journal"), "1.jpg\tabc\n2.jpg\td");
        Journal.open(path).close();
        assertEquals("1.jpg\tabc\n2.jpg\td", Files.readString(path));
        Files.writeString(path, "1.jpg\ta");
        try (Journal journal = Journal.open(path)) {
            assertEquals(Map.of(), journal.done());
            journal.add("2.jpg", "");
        }
        assertEquals("2.jpg\t\n", Files.readString(path));
    }

    @Test
    void anInterruptedThreadDoesNotCloseTheJournalForOthers() throws Exception {
        Path path = folder.resolve("journal");
        try (Journal journal = Journal.open(path)) {
            journal.add("1", "x");
            Thread.currentThread().interrupt();
            journal.add("2", "x");
            assertTrue(Thread.interrupted());
            journal.add("3", "x");
        }
        assertEquals("1\tx\n2\tx\n3\tx\n", Files.readString(path));
    }

    @Test
    void writersOfOneNameDoNotDisturbEachOther() throws Exception {
        Store[] stores = {new Store(folder), new Store(folder)};
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Path>> all = IntStream.range(0, 400)
                    .mapToObj(n -> {
                        byte[] bytes = new byte[10_000 + 10 * n];
                        Arrays.fill(bytes, (byte) n);
                        return threads.submit(() -> stores[n % 2].write("same.bin", bytes));
                    })
                    .toList();
            for (Future<Path> one : all) {
                byte[] bytes = Files.readAllBytes(one.get());
                assertEquals((byte) ((bytes.length - 10_000) / 10), bytes[0]);
                assertEquals(bytes[0], bytes[bytes.length - 1]);
            }
        }
        try (var left = Files.list(folder)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void aJournalTakesPartsOfOneLine() throws Exception {
        try (Journal journal = Journal.open(folder.resolve("journal"))) {
            assertThrows(IllegalArgumentException.class, () -> journal.add("a\tb", "c"));
            assertThrows(IllegalArgumentException.class, () -> journal.add("a", "b\nc"));
            assertEquals(Map.of(), journal.done());
        }
    }

    @Test
    void aStoreWritesAllOrNothing() throws Exception {
        Store store = new Store(folder);
        store.write("a.bin", new byte[] {1});
        store.write("a.bin", new byte[] {1, 2});
        assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(folder.resolve("a.bin")));
        for (String name : List.of("../a", "b/c", "/etc/x", "", ".hidden")) {
            assertThrows(IllegalArgumentException.class, () -> store.write(name, new byte[1]), name);
        }
        assertThrows(IllegalArgumentException.class, () -> new Store(folder.resolve("nowhere")));
    }

    @Test
    void whatAFullDiskDoesNotTakeIsNamedAndLeavesNothing() throws Exception {
        assumeTrue(Files.exists(FULL), "only Linux has a disk that is always full");
        Store store = new Store(folder);
        Files.createSymbolicLink(store.unfinished("b.bin"), FULL);
        IOException e = assertThrows(IOException.class, () -> store.write("b.bin", new byte[10]));
        assertTrue(e.getMessage().contains("b.bin") && e.getMessage().contains("No space"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("b.bin")));
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }
}
