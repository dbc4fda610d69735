package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tech.tablesaw.api.Table;

final class MemoryTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void theMemoryOfProcessesIsARowEach() {
        long here = ProcessHandle.current().pid();
        Table memory = Results.memory(List.of(here, here), "libjvm.so");
        assertEquals(List.of(here, here), memory.longColumn("pid").asList());
        Cells row = new Cells(memory, 0);
        assertTrue(row.number("resident (MB)") >= row.number("resident file (MB)"));
        assertTrue(row.number("resident file (MB)") > 1);
        assertTrue(row.number("share of file (MB)") <= row.number("resident file (MB)"));
    }

    @Test
    void aProcessThatHasEndedHasNoRow() throws Exception {
        Process ended = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        ended.waitFor();
        assertEquals(0, Results.memory(List.of(ended.pid()), "libjvm.so").rowCount());
    }
}
