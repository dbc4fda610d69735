package parlab.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.StringTokenizer;
import org.junit.jupiter.api.Test;

class ChildJvmTest {
    /** The child. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) {
            System.out.println(String.join(" ", arguments) + " " + System.getProperty("colour") + " "
                    + System.getenv("JDK_JAVA_OPTIONS"));
        }
    }

    @Test
    void childRunsWithItsOptionsAndArguments() throws Exception {
        ProcessBuilder builder = ChildJvm.of(Main.class)
                .options("-Xmx64m", "-Dcolour=blue")
                .locationsOf(Main.class)
                .arguments("a", "b c")
                .builder();
        Process child = builder.redirectErrorStream(true).start();
        try (OutputTail tail = new OutputTail(child.getInputStream(), 1000)) {
            assertTrue(tail.awaitEnd(Duration.ofSeconds(60)));
            assertEquals("a b c blue null", tail.text().strip());
        }
        assertEquals(0, child.waitFor());
    }

    @Test
    void inheritsWhatChangesTheMeaningOfCode() {
        assertEquals(
                List.of("--add-modules=a.b", "--add-opens=x/y=ALL-UNNAMED", "-ea:parlab", "-Dmine=1", "-XX:MaxRAM=2g"),
                ChildJvm.inherited(List.of(
                        "--add-modules",
                        "a.b",
                        "-Xmx3g",
                        "-XX:+UseZGC",
                        "--add-opens=x/y=ALL-UNNAMED",
                        "-ea:parlab",
                        "-Dmine=1",
                        "-Dmine=1",
                        "-Dsun.secret=1",
                        "-Dcom.sun.management.jmxremote.port=1",
                        "-XX:MaxRAM=2g")));
    }

    @Test
    void classPathHasWhatClassLoadersHave() throws Exception {
        Path jar = Path.of("some folder", "added later.jar").toAbsolutePath();
        URL own = Main.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL(), own}, null)) {
            Class<?> twin = loader.loadClass(ChildJvm.class.getName().replace("ChildJvm", "ChildJvmTest$Main"));
            List<String> path = ChildJvm.of(Main.class).wholeClassPath(twin).classPath();
            assertTrue(path.contains(jar.toString()), path::toString);
            String given = new StringTokenizer(System.getProperty("java.class.path"), File.pathSeparator).nextToken();
            assertTrue(path.contains(Path.of(given).toAbsolutePath().toString()), path::toString);
        }
    }

    @Test
    void classWithoutAFileIsRefusedByName() {
        var refused = assertThrows(
                IllegalArgumentException.class, () -> ChildJvm.of(Main.class).locationsOf(String.class));
        assertTrue(refused.getMessage().startsWith("java.lang.String was not loaded from a file"), refused::getMessage);
    }
}
