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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
            journal.force();
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

    @Test
    void aFileThatIsNoJournalIsNotTouched() throws Exception {
        Path path = Files.writeString(folder.resolve("notes"), "my notes\n");
        assertThrows(IOException.class, () -> Journal.open(path));
        assertEquals("my notes\n", Files.readString(path));
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
        Files.createSymbolicLink(folder.resolve(".b.bin.part"), FULL);
        Store store = new Store(folder);
        IOException e = assertThrows(IOException.class, () -> store.write("b.bin", new byte[10]));
        assertTrue(e.getMessage().contains("b.bin") && e.getMessage().contains("No space"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("b.bin")));
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }
}
