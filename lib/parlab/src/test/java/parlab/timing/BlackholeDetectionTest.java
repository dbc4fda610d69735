package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JVM of its own for each set of options. */
final class BlackholeDetectionTest {

    private static final String COMMAND = "-XX:CompileCommand=blackhole,parlab.timing.Blackhole::consume";

    /** Prints which guard a measurement had. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) {
            int[] variable = {1};
            Measurement m = Bench.standard().withBudget(Duration.ofMillis(10)).measure("x", () -> variable[0]);
            System.out.println("guard " + m.guard() + " " + m.notes());
        }
    }

    @Test
    void theTestsRunWithTheKernelsOptions() {
        assertTrue(Blackhole.isActive());
    }

    @Test
    void withTheOptionsTheCompilerIsTrusted() throws IOException {
        assertGuard(
                "guard COMPILER_BLACKHOLE", "-XX:+UnlockExperimentalVMOptions", "-XX:CompileCommand=quiet", COMMAND);
        assertGuard(
                "guard COMPILER_BLACKHOLE",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=blackhole,parlab/timing/Blackhole.consume");
    }

    @Test
    void withoutThemResultsAreStoredAndTheMeasurementSaysSo() throws IOException {
        String out = assertGuard("guard SINK");
        assertTrue(out.contains("no compiler black hole"), out);
    }

    private static String assertGuard(String expected, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(expected, out.substring(0, Math.min(out.length(), expected.length())), out);
        return out;
    }
}
