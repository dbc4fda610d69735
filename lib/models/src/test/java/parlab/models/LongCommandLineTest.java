package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A JVM with a long command line, such as that of a kernel or a pool's worker: left alone, ONNX Runtime would kill it. */
final class LongCommandLineTest {

    /** What the other JVM does. */
    static final class Opens {
        private Opens() {}

        public static void main(String[] args) throws Exception {
            try (Model model = Model.open(Path.of(args[0]))) {
                System.out.print(model.run(new float[64]).length);
            }
        }
    }

    @Test
    void a_model_is_opened_in_a_process_with_a_long_command_line() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dparlab.cache=" + System.getProperty("parlab.cache"),
                        "-Dpadding=" + "x".repeat(20_000),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opens.class.getName(),
                        Digits.MODEL.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertEquals("10", output);
    }
}
