package parlab.exercises.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import parlab.exercises.WrongAnswer;

class CopyTest {

    @Test
    void whatIsNotInTheStreamIsNotInAnotherProcess() throws Exception {
        assertEquals(Map.of("apple", 2.0), Copy.sent(Map.of("apple", 2.0), "apple"));
        assertThrows(WrongAnswer.class, () -> Copy.sent(7, "apple"));
        assertThrows(WrongAnswer.class, () -> Copy.sent(new Object()));
    }
}
