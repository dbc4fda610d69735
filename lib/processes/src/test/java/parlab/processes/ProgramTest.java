package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ProgramTest {
    @TempDir
    Path folder;

    private Program program(String name, String body) throws IOException {
        return Program.compile(
                folder,
                name,
                "public class " + name + " { public static void main(String[] args) throws Exception { " + body
                        + " } }");
    }

    @Test
    void aRunHasItsArgumentsAndTheJarsClasses() throws Exception {
        Program program = program("Echo", "System.out.print(args[0] + parlab.processes.Worker.name() + args[1]);");
        assertEquals("a " + Worker.name() + "7", program.run("a ", 7));
    }

    @Test
    void whatDoesNotCompileOrFailsIsExplained() throws Exception {
        var broken = assertThrows(IllegalArgumentException.class, () -> program("Broken", "int x = nothing;"));
        assertTrue(broken.getMessage().contains("Broken.java:1"), broken.getMessage());
        Program fails = program("Fails", "throw new IllegalStateException(\"no disk\");");
        var failure = assertThrows(IOException.class, fails::run);
        assertTrue(failure.getMessage().contains("no disk"), failure.getMessage());
    }

    @Test
    void aProgramThatEndsBeforeItIsKilledIsAnError() throws Exception {
        Program brief = program("Brief", "System.exit(3);");
        var early = assertThrows(IllegalStateException.class, () -> brief.killWhen(() -> false));
        assertTrue(early.getMessage().contains("exit code 3"), early.getMessage());
    }

    @Test
    void aProgramThatIsKilledLeavesNothing() throws Exception {
        Path flag = folder.resolve("flag");
        Program job = program("Job", """
                java.nio.file.Files.createFile(java.nio.file.Path.of(args[0]));
                Thread.currentThread().join();
                """);
        assertEquals(0, job.killWhen(() -> Files.exists(flag), flag));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatOutlivesAProgramThatIsKilledIsCounted() throws Exception {
        Path flag = folder.resolve("pid");
        Program parent = program("Parent", """
            long pid = new ProcessBuilder("sleep", "60").start().pid();
            java.nio.file.Files.writeString(java.nio.file.Path.of(args[0]), pid + "\\n");
            Thread.currentThread().join();
            """);
        int survivors = parent.killWhen(
                () -> Files.exists(flag) && Files.readString(flag).endsWith("\n"), flag);
        ProcessHandle.of(Long.parseLong(Files.readString(flag).strip())).ifPresent(ProcessHandle::destroyForcibly);
        assertEquals(1, survivors);
    }
}
