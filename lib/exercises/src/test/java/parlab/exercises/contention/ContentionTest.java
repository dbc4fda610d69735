package parlab.exercises.contention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import parlab.exercises.WrongAnswer;

class ContentionTest {

    @Test
    void somebodyElseWritesAfterEachReading() {
        var cell = new ScriptedCell(0, 3, 9);
        assertEquals(0, cell.get());
        assertFalse(cell.compareAndSet(0, 5));
        assertEquals(3, cell.get());
        assertFalse(cell.compareAndSet(3, 5));
        assertEquals(9, cell.get());
        assertTrue(cell.compareAndSet(9, 10));
        assertEquals(10, cell.value());
    }

    @Test
    void whoReadsOnAndOnDoesNotSitTheOthersOut() {
        var cell = new ScriptedCell(0, 3, 9);
        cell.get();
        assertEquals(3, cell.get());
        assertEquals(3, cell.get());
        assertTrue(cell.compareAndSet(3, 5));
        cell.get();
        assertEquals(9, cell.value());
    }

    @Test
    void somebodyElseWritesLateInTheLastInstant() {
        var cell = new ScriptedCell(true, 0, 3);
        assertEquals(0, cell.get());
        assertEquals(0, cell.get());
        assertFalse(cell.compareAndSet(0, 5));
        assertEquals(3, cell.get());
        assertTrue(cell.compareAndSet(3, 5));
    }

    @Test
    void whoTriesForEverIsStopped() {
        var cell = new ScriptedCell(0);
        assertThrows(WrongAnswer.class, () -> {
            while (!cell.compareAndSet(1, 2)) {
                cell.get();
            }
        });
    }
}
