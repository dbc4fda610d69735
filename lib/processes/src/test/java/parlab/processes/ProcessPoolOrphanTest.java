package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parlab.executors.Tasks;

/** What is left of a pool when its process ends, and what strangers can do to it. */
@Timeout(60)
final class ProcessPoolOrphanTest {
    private static final Path TMP = Path.of(System.getProperty("java.io.tmpdir"));

    /** A process with a pool, both of whose workers are in loops without an end, or nearly; prints their ids and then ends as it is told. */
    static final class Parent {
        public static void main(String[] args) throws Exception {
            try (ProcessPool pool = ProcessPool.of(2)) {
                Shared.Doubles pids = Shared.doubles(2);
                double[] big = new double[100_000];
                for (int i = 0; i < 2; i++) {
                    int n = i;
                    var unused = pool.submit(() -> {
                        for (int warm = 0; warm < 30_000; warm++) {
                            counted(200);
                        }
                        pids.set(n, (double) ProcessHandle.current().pid() + big[0]);
                        while (n == 0) {
                            Thread.onSpinWait();
                        }
                        return counted(Integer.MAX_VALUE) + counted(Integer.MAX_VALUE);
                    });
                }
                Waiting.until(() -> pids.get(0) != 0 && pids.get(1) != 0);
                System.out.println((long) pids.get(0) + " " + (long) pids.get(1));
                System.out.flush();
                if (args[0].equals("exit")) {
                    System.exit(0);
                }
                Thread.currentThread().join();
            }
        }
    }

    /** Compiled, this is a loop in which a JVM does not look up unless it is told to: many seconds for the biggest int. */
    static double counted(int n) {
        double r = 1;
        for (int i = 0; i < n; i++) {
            r = Math.sqrt(r / 3 + i) / (i + 3.0);
            r = Math.sqrt(r) / 7 + 1;
        }
        return r;
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill", "exit"})
    void workers_in_endless_loops_end_with_their_parent_and_leave_nothing(String how) throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        how)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<Long> workers = new ArrayList<>();
        try (BufferedReader out = parent.inputReader()) {
            for (String pid : out.readLine().split(" ", -1)) {
                workers.add(Long.parseLong(pid));
            }
            if (how.equals("kill")) {
                parent.destroyForcibly();
            }
            assertTrue(parent.waitFor(20, TimeUnit.SECONDS));
        }
        long ended = System.nanoTime();
        Waiting.until(() -> workers.stream().noneMatch(Waiting::alive));
        // Far below the loops' length, and far above what a busy machine makes of the fraction of a second that it
        // takes.
        assertTrue(Duration.ofNanos(System.nanoTime() - ended).toSeconds() < 60);
        String prefix = "parlab-" + parent.pid() + "-";
        Waiting.until(() -> noneIn(TMP, prefix) && noneIn(Path.of("/dev/shm"), prefix));
    }

    private static boolean noneIn(Path folder, String prefix) {
        if (!Files.isDirectory(folder)) {
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.noneMatch(file -> file.getFileName().toString().startsWith(prefix));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_closed_pool_leaves_no_process_no_file_and_no_thread() throws Exception {
        List<Long> pids;
        try (ProcessPool pool = ProcessPool.of(2)) {
            Tasks.map(pool, IntStream.range(0, 100).boxed().toList(), x -> new double[20_000]);
            pids = pool.workers().stream().map(ProcessPool.WorkerInfo::pid).toList();
        }
        assertTrue(pids.stream().noneMatch(Waiting::alive));
        Waiting.until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t ->
                        t.getName().startsWith("parlab-worker") || t.getName().startsWith("parlab-start")));
        assertTrue(
                noneIn(Path.of("/dev/shm"), "parlab-" + ProcessHandle.current().pid() + "-"));
    }

    @Test
    void a_pool_that_nobody_refers_to_any_more_ends_by_itself() throws Exception {
        List<Long> pids = pidsOfAnAbandonedPool();
        Waiting.until(() -> {
            System.gc();
            return pids.stream().noneMatch(Waiting::alive);
        });
    }

    private static List<Long> pidsOfAnAbandonedPool() throws Exception {
        ProcessPool abandoned = ProcessPool.of(1);
        abandoned.submit(() -> 1).get();
        return abandoned.workers().stream().map(ProcessPool.WorkerInfo::pid).toList();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void an_idle_pool_costs_no_cpu() throws Exception {
        try (ProcessPool pool = ProcessPool.of(2)) {
            Tasks.map(pool, IntStream.range(0, 100).boxed().toList(), x -> x);
            // The compilers finish what they have begun.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700));
            Duration before = cpu(pool);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1500));
            long used = cpu(pool).minus(before).toMillis();
            assertTrue(used <= 30, "two idle workers used " + used + " ms of CPU in 1.5 s");
        }
    }

    private static Duration cpu(ProcessPool pool) {
        return pool.workers().stream().map(ProcessPool.WorkerInfo::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void arraysUnderWayArePrivateAndGoneWithTheirFolder() throws Exception {
        MessageFolder folder = MessageFolder.create();
        Path file = folder.write(new double[20_000]);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
        folder.delete();
        assertFalse(Files.exists(file.getParent()));
    }
}
