package parlab.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DigitSetTest {
    @TempDir
    Path folder;

    private DigitSet ofOnePixelEach(int... shown) throws IOException {
        Path file = folder.resolve("digits.csv");
        Files.write(
                file,
                Arrays.stream(shown)
                        .mapToObj(digit -> digit + ",16" + ",4".repeat(62) + ",0")
                        .toList());
        return DigitSet.read(file);
    }

    @Test
    void pixels_run_from_0_to_1_and_are_copies() throws IOException {
        DigitSet digits = ofOnePixelEach(7);
        digits.pixels(0)[0] = 5;
        assertEquals(1, digits.pixels(0)[0]);
        assertEquals(0.25f, digits.pixels(0)[1]);
        assertEquals(0, digits.pixels(0)[63]);
        assertEquals(7, digits.shows(0));
    }

    @Test
    void a_batch_begins_again_after_the_last_digit() throws IOException {
        DigitSet digits = Digits.load();
        float[] batch = digits.batch(digits.size() + 2);
        assertEquals((digits.size() + 2) * 64, batch.length);
        int second = (digits.size() + 1) * 64;
        assertArrayEquals(digits.pixels(1), Arrays.copyOfRange(batch, second, second + 64));
    }

    @Test
    void right_answers_are_counted_from_the_first_digit_on() throws IOException {
        DigitSet digits = ofOnePixelEach(2, 9);
        float[] answers = new float[20];
        answers[2] = 0.9f;
        answers[14] = 0.5f;
        assertEquals(2, DigitSet.named(answers, 0));
        assertEquals(4, DigitSet.named(answers, 1));
        assertEquals(1, digits.right(answers));
        answers[19] = 0.6f;
        assertEquals(2, digits.right(answers));
    }

    @Test
    void a_line_that_is_too_short_is_named() throws IOException {
        Path file = folder.resolve("short.csv");
        Files.write(file, Stream.of("3" + ",1".repeat(64), "4,1,2").toList());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> DigitSet.read(file));
        assertTrue(e.getMessage().contains("line 2: a digit has 64 pixels, got 2"), e.getMessage());
    }
}
