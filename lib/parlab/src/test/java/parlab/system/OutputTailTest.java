package parlab.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputTailTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static InputStream of(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void keepsTheEndOfMuchOutput() throws Exception {
        try (OutputTail tail = new OutputTail(of("x".repeat(1 << 20) + "the end é"), 9)) {
            assertTrue(tail.awaitEnd(LONG));
            assertEquals("the end é", tail.text());
        }
    }

    @Test
    void tellsLinesAsTheyCome() throws Exception {
        List<String> lines = new ArrayList<>();
        try (OutputTail tail = new OutputTail(of("a\r\n\nb\n" + "c".repeat(70_000) + "\nd"), 10, lines::add)) {
            assertTrue(tail.awaitEnd(LONG));
        }
        assertEquals(List.of("a", "", "b", "c".repeat(1 << 16), "c".repeat(70_000 - (1 << 16)), "d"), lines);
    }

    @Test
    void listenerThatThrowsDoesNotStopTheDraining() throws Exception {
        List<String> lines = new ArrayList<>();
        try (OutputTail tail = new OutputTail(of("a\nb\nc"), 10, line -> {
            lines.add(line);
            throw new AssertionError("enough");
        })) {
            assertTrue(tail.awaitEnd(LONG));
            assertEquals("a\nb\nc", tail.text());
        }
        assertEquals(List.of("a"), lines);
    }

    @Test
    void textIsThereBeforeTheEnd() throws Exception {
        PipedOutputStream out = new PipedOutputStream();
        try (OutputTail tail = new OutputTail(new PipedInputStream(out), 100)) {
            out.write("half a line".getBytes(StandardCharsets.UTF_8));
            out.flush();
            while (!tail.text().equals("half a line")) {
                Thread.onSpinWait();
            }
            assertFalse(tail.awaitEnd(Duration.ofMillis(1)));
            out.close();
            assertTrue(tail.awaitEnd(LONG));
        }
    }

    @Test
    void refusesToKeepNothing() {
        assertThrows(IllegalArgumentException.class, () -> new OutputTail(of(""), 0));
    }
}
