package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class MachineTest {

    @Test
    void thisMachineIsDescribed() {
        Machine machine = Machine.here();
        assertEquals(Runtime.getRuntime().availableProcessors(), machine.processors());
        assertTrue(machine.memoryBytes() >= machine.heapBytes(), machine.toString());
        assertTrue(machine.jvm().contains(String.valueOf(Runtime.version().feature())), machine.jvm());
        assertEquals("console", machine.frontEnd());
        assertTrue(machine.grid().rows().contains(List.of("JVM", machine.jvm())), machine.toString());
    }

    @Test
    void aLimitOnMemoryIsTold() {
        long gib = 1L << 30;
        Machine limited = new Machine(
                1, OptionalInt.empty(), "cpu", 2 * gib, OptionalLong.of(64 * gib), gib, "jvm", "console", "os");
        assertTrue(limited.grid().rows().contains(List.of("memory", "2.00 GiB of 64.0 GiB")));
        assertTrue(limited.grid().rows().contains(List.of("physical cores", "unknown")));
    }

    @Test
    void aSingleProcessorAndBusyProgramsStandInTheWay() {
        assertTrue(Machine.obstacle(1, 0).contains("one processor"));
        assertEquals("", Machine.obstacle(2, 0.25));
        assertEquals("other programs kept 1.5 of the 8 cores busy", Machine.obstacle(8, 1.5));
    }
}
