package parlab.exercises.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelinesTest {

    @Test
    void aBodyComesInPiecesAndCounts() throws IOException {
        var body = new ScriptedBody(600, 7, false);
        assertEquals(7, body.read(new byte[100], 0, 100));
        assertEquals(7, body.read());
        assertEquals(8, body.given());
        byte[] rest = body.readAllBytes();
        assertEquals(592, rest.length);
        byte[] content = ScriptedBody.content(600);
        assertArrayEquals(java.util.Arrays.copyOfRange(content, 8, 600), rest);
        assertEquals(-1, body.read());
        assertFalse(body.isClosed());
        body.close();
        assertTrue(body.isClosed());
        assertThrows(IOException.class, body::read);
    }

    @Test
    void aBodyMayBreakOffAndIsNotReadForEver() {
        assertThrows(IOException.class, () -> new ScriptedBody(10, 3, true).readAllBytes());
        var endless = new ScriptedBody(Long.MAX_VALUE, 1, false);
        assertThrows(IOException.class, endless::readAllBytes);
    }

    @Test
    void callsAreUnderWayUntilTheyAreAnswered() {
        var calls = new ScriptedCalls();
        var first = calls.send(4);
        var second = calls.send(2);
        assertEquals(List.of(2, 4), calls.underWay());
        calls.answer(4);
        assertEquals("a4", first.join());
        assertFalse(second.isDone());
        calls.fail(2);
        assertTrue(second.isCompletedExceptionally());
        assertFalse(calls.send(5).isDone());
        assertEquals(List.of(5), calls.underWay());
        assertEquals(3, calls.sent());
        assertEquals(2, calls.most());
    }
}
