package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.charts.BarChart;
import parlab.charts.Charts;
import parlab.results.Results;
import parlab.results.Tables;
import parlab.timing.Estimate;

final class GuessesTest {
    @TempDir
    Path folder;

    private static BarChart chart() {
        return Charts.bars("t", Tables.of("", List.of(Results.row("way", "a", "seconds", 2.0))), "way", "seconds");
    }

    @Test
    void withoutAGuessNothingIsMarkedSaidOrWritten() throws IOException {
        Guess none = Guesses.of(folder, "01").take("a lock", "times slower", null);
        BarChart chart = chart();
        assertSame(chart, none.on(chart));
        assertEquals("", none.against(3).toString());
        Guess made = Guesses.of(folder, "02").take("a lock", "times slower", 4.0);
        assertEquals("", made.against(Optional.empty()).toString(), "nothing to compare it with");
        assertTrue(made.against(Optional.of(Estimate.exact(4, "x"))).toString().contains("close"));
        Files.delete(folder.resolve("guesses-02.json"));
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aGuessIsMarkedAndComparedAsAFactor() {
        Guess guess = Guesses.of(folder, "01").take("a lock", "times slower", 4.0);
        assertTrue(
                guess.on(chart()).alt().contains("Marked: your guess: 4 at 4"),
                guess.on(chart()).alt());
        assertNotSame(chart(), guess.on(chart()));
        String little = guess.against(20).toString();
        assertTrue(
                little.contains("4 times slower; measured: 20.0") && little.contains("too little, by a factor of 5.00"),
                little);
        assertTrue(guess.against(1).toString().contains("too much, by a factor of 4.00"));
        assertTrue(guess.against(4.4).toString().contains("close"));
        assertTrue(guess.against(0).toString().contains("cannot be compared as a factor"));
    }

    @Test
    void guessesSurviveARestartAndAreReplacedByNewOnes() {
        Guesses.of(folder, "01").take("a lock", "times slower", 4.0).against(20);
        Guess again = Guesses.of(folder, "01").take("a lock", "times slower", null);
        assertEquals(OptionalDouble.of(4), again.value());
        assertEquals(
                OptionalDouble.of(7),
                Guesses.of(folder, "01").take("a lock", "times slower", 7.0).value());
        assertEquals(
                OptionalDouble.empty(),
                Guesses.of(folder, "02").take("a lock", "times slower", null).value());
    }

    @Test
    void aBrokenFileIsWrittenAnewAndAFolderThatIsNotThereDoesNoHarm() throws IOException {
        Files.writeString(folder.resolve("guesses-01.json"), "{");
        Guesses.of(folder, "01").take("a", "ms", 1.0);
        assertEquals(1, Guesses.read(folder.resolve("guesses-01.json")).size());
        assertEquals(
                OptionalDouble.of(1),
                Guesses.of(folder.resolve("none"), "01").take("a", "ms", 1.0).value());
        assertThrows(
                IllegalArgumentException.class, () -> Guesses.of(folder, "01").take("a", "ms", Double.NaN));
    }

    @Test
    void aClassesGuessesBecomeOneChart() throws IOException {
        for (String student : List.of("ann", "bob")) {
            Path own = Files.createDirectories(folder.resolve(student).resolve("notebooks"));
            Guesses.of(own, "01")
                    .take("a lock", "times slower", student.equals("ann") ? 2.0 : 8.0)
                    .against(4);
        }
        Files.writeString(folder.resolve("guesses-xx.json"), "[1]");
        Path picture = folder.resolve("class.png");
        Guesses.main(new String[] {folder.toString(), picture.toString()});
        assertArrayEquals(new int[] {1720, 840}, new int[] {
            ImageIO.read(picture.toFile()).getWidth(),
            ImageIO.read(picture.toFile()).getHeight()
        });
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Guesses.main(new String[] {empty.toString(), empty.resolve("x.png").toString()});
        assertFalse(Files.exists(empty.resolve("x.png")));
    }
}
