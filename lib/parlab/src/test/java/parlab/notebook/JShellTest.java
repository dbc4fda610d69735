package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar in a real jshell, where neither kernel is on the class path. */
final class JShellTest {

    private static final Pattern KERNELS = Pattern.compile("jjava|basekernel|junit|test-classes|jqwik|gson|jeromq");

    @Test
    @Timeout(120)
    void tablesPrintChartsBecomeFilesAndNothingOfAKernelIsMissed(@TempDir Path folder) throws Exception {
        Path script = Files.writeString(folder.resolve("script.jsh"), """
                import parlab.notebook.*;
                import parlab.timing.*;
                import org.knowm.xchart.*;
                record Planet(String name, int moons) {}
                System.out.println("front end: " + Notebook.frontEnd());
                Notebook.show(Notebook.table("Planets", List.of(new Planet("Earth", 1), new Planet("Mars", 2))));
                var chart = new XYChartBuilder().width(200).height(100).title("squares").build();
                var series = chart.addSeries("s", new double[] {1, 2}, new double[] {1, 4});
                Notebook.show(chart, 42, null);
                Notebook.markdown("**two**");
                try (var progress = Notebook.progress("work")) { progress.started(2); progress.advanced(2); }
                var lesson = Lesson.open("01");
                var draft = lesson.claim("A2").jvmUntested("here").cpython(Estimate.exact(1, "cores"));
                lesson.claims();
                /exit
                """);
        String output = run(folder, script);
        assertTrue(output.contains("front end: jshell\n"), output);
        assertTrue(output.contains("""
                Planets
                name   moons
                -----  -----
                Earth      1
                Mars       2
                """), output);
        assertTrue(output.contains("\n42\nnull\n**two**\n"), output);
        assertTrue(output.contains("work: 2 of 2 in "), output);
        assertTrue(
                output.contains(
                        "A2: CPU-bound threads do not use more than one core\n    undecided here (JVM: not tested: here"),
                output);
        assertFalse(output.contains("NoClassDefFoundError"), output);
        assertFalse(output.contains("Exception"), output);

        List<String> pictures =
                output.lines().filter(line -> line.endsWith(".png")).toList();
        assertEquals(1, pictures.size(), output);
        Path picture = Path.of(pictures.getFirst());
        try {
            assertTrue(ImageIO.read(picture.toFile()).getHeight() >= 100);
        } finally {
            Files.delete(picture);
        }
    }

    private static String run(Path folder, Path script) throws IOException, InterruptedException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String ours = Arrays.stream(classPath.split(File.pathSeparator, -1))
                .filter(entry -> !KERNELS.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
        Path jshell = Path.of(System.getProperty("java.home"), "bin", "jshell");
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(
                        jshell.toString(),
                        "-R-Djava.awt.headless=true",
                        "-R-Dstdout.encoding=UTF-8",
                        "-R-Dparlab.home=../..",
                        "--class-path",
                        ours,
                        "-s",
                        script.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            process.getOutputStream().close();
            assertTrue(process.waitFor(100, TimeUnit.SECONDS), "jshell did not end");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(output, StandardCharsets.UTF_8).replace("\r\n", "\n");
    }
}
