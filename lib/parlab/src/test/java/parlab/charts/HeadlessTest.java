package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import parlab.timing.Estimate;

final class HeadlessTest {

    /** What the other JVM runs: a chart, with nothing said about screens. */
    public static final class Draw {
        private Draw() {}

        /**
         * Draws a chart.
         *
         * @param args none
         */
        public static void main(String[] args) {
            byte[] png = Drawn.bars("t", "time (s)", Map.of("a", Estimate.exact(1, "s")))
                    .png();
            System.out.println("png of " + png.length + " bytes");
        }
    }

    @Test
    void chartsAreDrawnWhereTheScreenIsGone() throws Exception {
        Process process = draw(":77");
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the other JVM ends");
        assertEquals(0, process.exitValue(), said);
        assertTrue(said.contains("png of "), said);
    }

    private static Process draw(String display) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Draw.class.getName());
        builder.environment().put("DISPLAY", display);
        return builder.redirectErrorStream(true).start();
    }
}
