package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

final class ConsoleFrontEndTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void aChartIsWrittenToAFileWhosePathIsPrinted() throws IOException {
        XYChart chart =
                new XYChartBuilder().width(200).height(100).title("squares").build();
        chart.addSeries("s", new double[] {1, 2}, new double[] {1, 4});
        new ConsoleFrontEnd(out, false, "test").show(chart);
        List<String> lines = printed().lines().toList();
        assertTrue(lines.getFirst().contains("squares"), printed());
        Path file = Path.of(lines.getLast());
        try {
            assertTrue(ImageIO.read(file.toFile()).getWidth() >= 200);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void aClosedOutputIsAClearError() {
        PrintStream closed = new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("closed");
                    }
                },
                true,
                StandardCharsets.UTF_8);
        ConsoleFrontEnd console = new ConsoleFrontEnd(closed, false, "test");
        NoFrontEndException error = assertThrows(NoFrontEndException.class, () -> console.show("x"));
        assertTrue(error.getMessage().contains("jshell"), error.getMessage());
    }

    @Test
    void onATerminalALineIsOverwrittenAndWipedOut() {
        FrontEnd.Ticker ticker = new ConsoleFrontEnd(out, true, "test").ticker();
        ticker.draw(Bundle.text("a long line"), false);
        ticker.draw(Bundle.text("short"), true);
        assertEquals("\ra long line\rshort      \n", printed());
    }

    @Test
    void elsewhereLinesAreFewButTheLastOneIsSure() {
        FrontEnd.Ticker ticker = new ConsoleFrontEnd(out, false, "test").ticker();
        for (int i = 0; i < 100; i++) {
            ticker.draw(Bundle.text("line " + i), false);
        }
        ticker.draw(Bundle.text("last"), true);
        assertEquals("line 0\nlast\n", printed());
    }

    @Test
    void aBoardPrintsFewStatesEachOnceAndSavesItsLastPicture() throws IOException {
        FrontEnd.Ticker board = new ConsoleFrontEnd(out, true, "test").board();
        for (int i = 0; i < 100; i++) {
            board.draw(Bundle.text("state " + i), false);
        }
        board.draw(Bundle.text("state 100"), true);
        assertEquals("state 0\nstate 100\n", printed());
        bytes.reset();
        FrontEnd.Ticker unchanged = new ConsoleFrontEnd(out, false, "test").board();
        Bundle picture =
                Bundle.text("words").with("image/png", Base64.getEncoder().encodeToString(new byte[] {1, 2, 3}));
        unchanged.draw(picture, false);
        assertEquals("words\n", printed());
        unchanged.draw(picture, true);
        List<String> lines = printed().lines().toList();
        assertEquals(2, lines.size(), printed());
        Path file = Path.of(lines.getLast());
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(file));
        Files.delete(file);
    }
}
