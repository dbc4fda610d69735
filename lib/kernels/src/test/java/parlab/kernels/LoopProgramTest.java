package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoopProgramTest {
    /** Each call writes a line: the JVM's process, its mode, the object, and how often it was called before. */
    private static final String CALLED = """
            import java.nio.file.*;

            public class Called implements Runnable {
                int calls;

                public void run() {
                    if (Files.exists(Path.of("%s", "stop"))) throw new IllegalStateException("as it was told");
                    String line = ProcessHandle.current().pid() + " " + System.getProperty("java.vm.info").split(" ")[0]
                            + " " + System.identityHashCode(this) + " " + calls++ + "\\n";
                    synchronized (Called.class) {
                        try {
                            Files.writeString(Path.of("%1$s", "calls"), line,
                                    StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }
                }
            }
            """;

    @TempDir
    private Path folder;

    private LoopProgram program() throws IOException {
        return LoopProgram.compile("Called", CALLED.formatted(folder.toString().replace('\\', '/')), folder);
    }

    private List<String[]> calls() throws IOException {
        return Files.readAllLines(folder.resolve("calls")).stream()
                .map(line -> line.split(" ", -1))
                .toList();
    }

    @Test
    void eachThreadHasAnObjectThatIsCalledAsOftenAsAsked() throws Exception {
        ProcessHandle child;
        try (LoopProgram program = program()) {
            LoopProgram.Jvm jvm = program.start();
            jvm.run(2, 3);
            jvm.run(1, 1);
            assertEquals(7, calls().size());
            assertEquals(2, calls().stream().map(call -> call[2]).distinct().count(), "objects");
            assertEquals("3", calls().getLast()[3], "calls before, of the object that is kept");
            child = ProcessHandle.of(Long.parseLong(calls().getFirst()[0])).orElseThrow();
        }
        child.onExit().get(1, TimeUnit.MINUTES);
    }

    @Test
    void jvmsDifferInTheirOptions() throws Exception {
        try (LoopProgram program = program()) {
            program.start("-Xint").run(1, 1);
            program.start().run(1, 1);
        }
        assertEquals(
                List.of("interpreted", "mixed"),
                calls().stream().map(call -> call[1]).toList());
    }

    @Test
    void whatAJvmThatEndsSaidLastIsTold() throws Exception {
        try (LoopProgram program = program()) {
            LoopProgram.Jvm jvm = program.start();
            Files.createFile(folder.resolve("stop"));
            IOException e = assertThrows(IOException.class, () -> jvm.run(1, 1));
            assertTrue(e.getMessage().contains("as it was told"), e.getMessage());
            assertThrows(IOException.class, () -> jvm.run(1, 1));
        }
    }

    @Test
    void mistakesAreTold() throws IOException {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> LoopProgram.compile("Loop", "class Loop {", folder));
        assertTrue(e.getMessage().contains("Loop.java:1"), e.getMessage());
        try (LoopProgram program = program()) {
            LoopProgram.Jvm jvm = program.start();
            e = assertThrows(IllegalArgumentException.class, () -> jvm.run(0, 1));
            assertTrue(e.getMessage().contains("got 0 and 1"), e.getMessage());
        }
    }
}
