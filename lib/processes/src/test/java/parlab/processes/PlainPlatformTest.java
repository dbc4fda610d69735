package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parlab.executors.Tasks;
import parlab.system.ChildJvm;
import parlab.system.OutputTail;

/** A pool where there are no POSIX permissions, no {@code /proc} and no {@code /dev/shm}, as on other systems. */
@Timeout(120)
final class PlainPlatformTest {

    /** In a process of its own, because the switch is one of the whole JVM. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            try (ProcessPool pool = ProcessPool.of(2);
                    Shared.Doubles shared = Shared.doubles(100_000)) {
                double[] big = new double[50_000];
                Arrays.fill(big, 2);
                List<double[]> back = Tasks.map(pool, List.of(big, big, big), a -> {
                    a[0] = 3;
                    return a;
                });
                say(back.stream().allMatch(a -> a[0] == 3 && a[49_999] == 2), "arrays");
                pool.submit(() -> shared.set(99_999, 7)).get();
                say(shared.get(99_999) == 7, "shared memory");
                try {
                    pool.submit(() -> Runtime.getRuntime().halt(5)).get();
                } catch (ExecutionException e) {
                    say(e.getCause() instanceof WorkerDiedException died && died.exitCode() == 5, "deaths");
                }
                say(pool.submit(() -> System.in.read()).get() == -1, "input");
                pool.submit(() -> System.out.println("printed")).get();
                say(pool.workers().stream().allMatch(w -> w.residentBytes() == -1), "unknown memory");
                try (Stream<Path> memory = Files.exists(Path.of("/dev/shm")) ? Files.list(Path.of("/dev/shm")) : null) {
                    say(
                            memory == null
                                    || memory.noneMatch(f -> f.getFileName()
                                            .toString()
                                            .startsWith("parlab-"
                                                    + ProcessHandle.current().pid() + "-")),
                            "nothing in /dev/shm");
                }
            }
            say(PoolSoak.filesOfThisProcess() == 0, "nothing left");
        }

        private static void say(boolean fine, String what) {
            System.out.println(what + (fine ? ": fine" : ": WRONG"));
        }
    }

    @Test
    void poolWorksWithoutPosixProcAndSharedMemoryFolder(@TempDir Path folder) throws Exception {
        Process child = ChildJvm.of(Main.class)
                .options("-Dparlab.processes.plain=true", "-Djava.io.tmpdir=" + folder)
                .wholeClassPath(Main.class)
                .builder()
                .redirectErrorStream(true)
                .start();
        String said;
        try (OutputTail tail = new OutputTail(child.getInputStream(), 10_000)) {
            assertTrue(tail.awaitEnd(Duration.ofSeconds(100)));
            said = tail.text();
        } finally {
            child.destroyForcibly();
        }
        assertEquals(7, said.lines().filter(line -> line.endsWith(": fine")).count(), said);
        assertTrue(said.contains("] printed"), said);
    }
}
