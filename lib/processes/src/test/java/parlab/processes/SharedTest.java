package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import parlab.executors.Tasks;

@Timeout(60)
final class SharedTest {

    @Test
    void workersReadAndWriteInPlace() throws Exception {
        try (ProcessPool pool = ProcessPool.of(2);
                Shared.Doubles doubles = Shared.doubles(new double[] {1, 2, 3});
                Shared.Doubles squares = Shared.doubles(100);
                Shared bytes = Shared.bytes(3)) {
            Tasks.map(pool, IntStream.range(0, 100).boxed().toList(), i -> {
                squares.set(i, i * i);
                return null;
            });
            assertEquals(99 * 99, squares.get(99));
            pool.submit(() -> {
                        doubles.set(0, doubles.get(2) + doubles.get(1));
                        bytes.memory().set(ValueLayout.JAVA_BYTE, 2, (byte) -1);
                    })
                    .get();
            assertArrayEquals(new double[] {5, 2, 3}, doubles.toArray());
            assertArrayEquals(new byte[] {0, 0, -1}, bytes.memory().toArray(ValueLayout.JAVA_BYTE));
            assertEquals("shared doubles[3]", doubles.toString());
            assertEquals("shared bytes[3]", bytes.toString());
            assertSame(doubles, pool.submit(() -> doubles).get(), "what comes back is the same memory");
            assertSame(bytes, pool.submit(() -> bytes).get());
            assertThrows(IndexOutOfBoundsException.class, () -> doubles.get(3));
            double[] two = new double[2];
            doubles.read(1, two);
            assertArrayEquals(new double[] {2, 3}, two);
            doubles.write(0, new double[] {8, 9});
            assertArrayEquals(new double[] {8, 9, 3}, doubles.toArray());
            assertThrows(IndexOutOfBoundsException.class, () -> doubles.read(2, two));
            assertThrows(IndexOutOfBoundsException.class, () -> doubles.write(-1, two));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void two_workers_that_use_it_hold_one_copy_in_all() throws Exception {
        int megabytes = 64;
        try (ProcessPool pool = ProcessPool.of(2);
                Shared model = Shared.bytes((long) megabytes << 20)) {
            Tasks.map(pool, IntStream.range(0, 64).boxed().toList(), i -> sum(model));
            long proportional = 0;
            for (ProcessPool.WorkerInfo worker : pool.workers()) {
                assertTrue(worker.sharedBytes() >= (long) megabytes << 20, worker.toString());
                proportional += sharedPss(worker.pid());
            }
            proportional += sharedPss(ProcessHandle.current().pid());
            assertTrue(
                    proportional < (long) (1.25 * megabytes) << 20,
                    "three processes hold " + (proportional >> 20) + " MB of shared memory");
        }
    }

    private static long sum(Shared shared) {
        long sum = 0;
        for (long i = 0; i < shared.memory().byteSize(); i += 512) {
            sum += shared.memory().get(ValueLayout.JAVA_BYTE, i);
        }
        return sum;
    }

    private static long sharedPss(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Pss_Shmem:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new AssertionError("no Pss_Shmem");
    }

    @Test
    void closing_frees_it_everywhere_and_later_use_says_so() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            Shared.Doubles ints = Shared.doubles(10);
            assertEquals(0, pool.submit(() -> ints.get(3)).get());
            ints.close();
            ints.close();
            assertThrows(IllegalStateException.class, () -> ints.get(3));
            UnsendableException e = assertThrows(UnsendableException.class, () -> pool.submit(() -> ints.get(3)));
            assertTrue(e.getMessage().contains("was closed"), e.getMessage());
            if (Files.isDirectory(Path.of("/proc/self/maps").getParent())) {
                long pid = pool.workers().getFirst().pid();
                Waiting.until(() -> !maps(pid).contains("parlab-"));
            }
        }
    }

    private static String maps(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/maps"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_replaced_worker_sees_it_too() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1);
                Shared.Doubles ints = Shared.doubles(10)) {
            pool.submit(() -> ints.set(1, 7)).get();
            assertThrows(
                    ExecutionException.class,
                    () -> pool.submit(() -> Runtime.getRuntime().halt(1)).get());
            assertEquals(7, pool.submit(() -> ints.get(1)).get());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void it_has_no_name_that_could_be_left_behind() throws IOException {
        String mine = "parlab-" + ProcessHandle.current().pid() + "-";
        try (Shared.Doubles ints = Shared.doubles(10);
                Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            assertEquals(10, ints.length());
            assertFalse(files.anyMatch(file -> file.getFileName().toString().startsWith(mine)));
        }
    }

    @Test
    void bad_lengths_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> Shared.doubles(0));
        assertThrows(IllegalArgumentException.class, () -> Shared.bytes(-1));
        List<Long> tooMany = List.of(1L << 50);
        assertThrows(java.io.UncheckedIOException.class, () -> Shared.bytes(tooMany.getFirst()));
    }
}
