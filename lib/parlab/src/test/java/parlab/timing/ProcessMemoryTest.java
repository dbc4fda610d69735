package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {
    private static final long ME = ProcessHandle.current().pid();
    private static final long SIZE = 64L << 20;

    @TempDir
    private Path folder;

    @BeforeEach
    void linuxOnly() {
        assumeTrue(Files.isReadable(Path.of("/proc/self/smaps_rollup")), "only Linux tells");
    }

    @Test
    void memoryThatIsWrittenIsResidentAndNobodyElses() {
        long before = ProcessMemory.here().orElseThrow().residentBytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(SIZE).fill((byte) 1);
            ProcessMemory with = ProcessMemory.here().orElseThrow();
            long more = with.residentBytes() - before;
            assertTrue(more > SIZE * 3 / 4, more + " bytes more, after " + block.byteSize() + " were written");
            assertTrue(with.proportionalBytes() > SIZE * 3 / 4, with.toString());
            assertTrue(with.proportionalBytes() <= with.residentBytes(), with.toString());
        }
    }

    @Test
    void aMappedFileIsCountedWhereItWasRead() throws Exception {
        Path file = Files.write(folder.resolve("weights file.bin"), new byte[(int) SIZE]);
        assertEquals(Optional.of(new ProcessMemory(0, 0)), ProcessMemory.ofFile(ME, "weights file.bin"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, SIZE, arena);
            long sum = 0;
            for (long at = 0; at < SIZE / 2; at += 4096) {
                sum += mapped.get(ValueLayout.JAVA_BYTE, at);
            }
            assertEquals(0, sum);
            long resident =
                    ProcessMemory.ofFile(ME, "weights file.bin").orElseThrow().residentBytes();
            assertTrue(
                    resident >= SIZE / 2 && resident <= SIZE, resident + " bytes of " + SIZE / 2 + " that were read");
            assertEquals(Optional.of(new ProcessMemory(0, 0)), ProcessMemory.ofFile(ME, "file.bin"));
        }
    }

    @Test
    void ofAnotherProcessWhileItLives() throws Exception {
        Process child = new ProcessBuilder("cat").start();
        try {
            child.getOutputStream().write('x');
            child.getOutputStream().flush();
            assertEquals('x', child.getInputStream().read()); // it has started, and does nothing any more
            long alone = ProcessMemory.of(child.pid()).orElseThrow().residentBytes();
            assertTrue(alone > 0);
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        assertEquals(Optional.empty(), ProcessMemory.of(child.pid()));
        assertEquals(Optional.empty(), ProcessMemory.ofFile(child.pid(), "cat"));
    }

    @Test
    void aFileWithoutANameIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ProcessMemory.ofFile(ME, ""));
    }
}
