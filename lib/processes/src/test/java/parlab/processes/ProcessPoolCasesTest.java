package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parlab.executors.Tasks;

/** What once went wrong without a word, or hung: each with its kind's brothers. */
@Timeout(120)
final class ProcessPoolCasesTest {

    private static Tasks.Options chunks(int size) {
        return Tasks.Options.standard().withChunk(size);
    }

    // ---- chunks do not change what happens

    static final class Unreadable implements Serializable {
        private static final long serialVersionUID = 1;

        private void readObject(ObjectInputStream in) throws IOException {
            throw new IllegalStateException("the real reason");
        }

        int go(int x) {
            return x;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void reasonWhyAFunctionCannotBeReadArrives(int chunk) {
        Unreadable captured = new Unreadable();
        try (ProcessPool pool = ProcessPool.of(1)) {
            for (var one : Tasks.asCompleted(pool, List.of(1, 2, 3), x -> captured.go(x), chunks(chunk))) {
                IllegalStateException e = assertInstanceOf(IllegalStateException.class, one.failure());
                assertEquals("the real reason", e.getMessage());
            }
        }
    }

    @Test
    void itemThatCannotBeReadFailsAloneInItsChunk() {
        try (ProcessPool pool = ProcessPool.of(1)) {
            List<Object> items = List.of("a", new Unreadable(), "c");
            List<String> got = new ArrayList<>();
            for (var one : Tasks.asCompleted(pool, items, x -> x.toString(), chunks(3))) {
                got.add(one.succeeded() ? one.result() : one.failure().getMessage());
            }
            assertEquals(List.of("a", "the real reason", "c"), got);
        }
    }

    static final class Sum implements Serializable {
        private static final long serialVersionUID = 1;
        private int n;

        Sum add(int k) {
            n += k;
            return this;
        }
    }

    static double[] fill(int n, double value) {
        double[] buffer = Worker.get("buffer" + n, () -> new double[n]);
        Arrays.fill(buffer, value);
        return buffer;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void resultsAreAsTheyWereWhenTheyWereReturned(int chunk) {
        try (ProcessPool pool = ProcessPool.of(1)) {
            List<Sum> sums = Tasks.map(
                    pool,
                    List.of(1, 2, 3),
                    k -> Worker.<Sum>get("sum", () -> new Sum()).add(k),
                    chunks(chunk));
            assertEquals(List.of(1, 3, 6), sums.stream().map(s -> s.n).toList());
            for (int n : new int[] {1_000, 10_000}) {
                List<double[]> arrays = Tasks.map(pool, List.of(1, 2, 3), k -> fill(n, k), chunks(chunk));
                for (int i = 0; i < 3; i++) {
                    assertEquals(n * (i + 1.0), Arrays.stream(arrays.get(i)).sum());
                }
                List<List<double[]>> inside = Tasks.map(pool, List.of(4, 5), k -> List.of(fill(n, k)), chunks(chunk));
                assertEquals(4, inside.get(0).get(0)[n - 1]);
                assertEquals(5, inside.get(1).get(0)[n - 1]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void workerWhoseItemsObeyAnInterruptLivesOn(int chunk) throws Exception {
        try (ProcessPool pool = ProcessPool.builder()
                        .workers(1)
                        .grace(Duration.ofSeconds(60))
                        .build();
                Shared.Doubles begun = Shared.doubles(1)) {
            long before = pool.submit(() -> ProcessHandle.current().pid()).get();
            try (var results = Tasks.asCompleted(
                    pool,
                    IntStream.range(0, 20).boxed().toList(),
                    x -> {
                        begun.set(0, begun.get(0) + 1);
                        try {
                            TimeUnit.MINUTES.sleep(1);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException("obeyed, and the interrupt is forgotten", e);
                        }
                        return x;
                    },
                    chunks(chunk))) {
                Thread waiting = Thread.currentThread();
                Thread.ofVirtual().start(() -> {
                    Waiting.until(() -> begun.get(0) == 1);
                    waiting.interrupt();
                });
                assertThrows(
                        java.util.concurrent.CancellationException.class,
                        () -> results.iterator().next());
                assertTrue(Thread.interrupted());
            }
            assertEquals(
                    before, pool.submit(() -> ProcessHandle.current().pid()).get());
            assertEquals(1, begun.get(0), "no other item has begun");
        }
    }

    // ---- who waits, and for whom

    @Test
    void taskPastItsTimeOutDoesNotTouchTheOthersArrays() {
        try (ProcessPool pool = ProcessPool.builder()
                .workers(1)
                .timeout(Duration.ofSeconds(5))
                .grace(Duration.ofSeconds(60))
                .build()) {
            List<double[]> items = IntStream.range(0, 40)
                    .mapToObj(i -> {
                        double[] a = new double[10_000];
                        Arrays.fill(a, i);
                        return a;
                    })
                    .toList();
            int right = 0;
            for (var one : Tasks.asCompleted(
                    pool, items, a -> obeysLate(a), Tasks.Options.standard().withLookAhead(8))) {
                if (one.index() == 5) {
                    assertInstanceOf(TimeoutException.class, one.failure());
                } else {
                    assertNull(one.failure());
                    assertEquals(one.index(), one.result());
                    right++;
                }
            }
            assertEquals(39, right);
            assertEquals(0, pool.workersReplaced());
        }
    }

    private static double obeysLate(double[] a) throws InterruptedException {
        if (a[0] == 5) {
            try {
                TimeUnit.MINUTES.sleep(1);
            } catch (InterruptedException e) {
                for (long end = System.nanoTime() + 150_000_000; System.nanoTime() < end; ) {
                    Thread.onSpinWait();
                }
                throw e;
            }
        }
        return a[9_999];
    }

    @Test
    void endOfAWorkerIsHeardWhileTheCommonPoolWaits() throws Exception {
        int threads = ForkJoinPool.commonPool().getParallelism() + 1;
        try (ProcessPool pool = ProcessPool.of(1)) {
            CountDownLatch ended = new CountDownLatch(16 * threads);
            Thread stream = Thread.ofPlatform()
                    .daemon()
                    .start(() -> IntStream.range(0, 16 * threads).parallel().forEach(i -> {
                        Future<Integer> task = pool.submit(() -> {
                            if (i % 8 == 7) {
                                Runtime.getRuntime().halt(1);
                            }
                            return i;
                        });
                        try {
                            assertEquals(i, task.get());
                        } catch (ExecutionException e) {
                            assertInstanceOf(WorkerDiedException.class, e.getCause());
                        } catch (InterruptedException e) {
                            return;
                        }
                        ended.countDown();
                    }));
            assertTrue(ended.await(100, TimeUnit.SECONDS));
            stream.join();
        }
    }

    static final class SlowToRead implements Serializable {
        private static final long serialVersionUID = 1;
        private final Shared.Doubles flags;

        SlowToRead(Shared.Doubles flags) {
            this.flags = flags;
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            flags.set(0, 1);
            Waiting.spinUntilSet(flags, 1);
        }

        double begin() {
            flags.set(2, 1);
            return 1;
        }
    }

    @Test
    void taskThatIsStillBeingReadAtShutdownNowNeverBegins() throws Exception {
        ProcessPool pool =
                ProcessPool.builder().workers(1).grace(Duration.ofSeconds(60)).build();
        try (Shared.Doubles flags = Shared.doubles(3)) {
            SlowToRead slow = new SlowToRead(flags);
            Future<Double> task = pool.submit(() -> slow.begin());
            Waiting.until(() -> flags.get(0) == 1);
            assertEquals(List.of(), pool.shutdownNow());
            flags.set(1, 1);
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertEquals(0, flags.get(2), "it has not begun");
            assertEquals(Future.State.FAILED, task.state());
        }
    }

    // ---- what one task does is its own affair

    /** A record that checks itself, and holds only in a worker. */
    public record Weight(double kilograms) implements Serializable {
        public Weight {
            if (!Worker.isWorker()) {
                throw new AssertionError("a record that checks itself");
            }
        }
    }

    @Test
    void errorWhileAResultIsReadFailsThatTaskAlone() throws Exception {
        try (ProcessPool pool = ProcessPool.of(2);
                Shared.Doubles go = Shared.doubles(1)) {
            Future<String> other = pool.submit(() -> {
                Waiting.spinUntilSet(go, 0);
                return "fine";
            });
            Future<Weight> bad = pool.submit(() -> new Weight(1));
            for (int i = 0; i < 2; i++) {
                ExecutionException e = assertThrows(ExecutionException.class, bad::get);
                assertTrue(e.getMessage().contains("the task's result cannot be read here"), e.getMessage());
            }
            go.set(0, 1);
            assertEquals("fine", other.get());
            assertEquals(1, pool.submit(() -> 1).get());
            assertEquals(0, pool.workersReplaced());
        }
    }

    /** In a process of its own, with a small heap. */
    static final class SmallHeap {
        private SmallHeap() {}

        public static void main(String[] args) throws Exception {
            long[] big = new long[(int) (Runtime.getRuntime().maxMemory() / 8 / 3)];
            try (ProcessPool pool = ProcessPool.of(1)) {
                pool.submit(() -> 1).get();
                try {
                    List<Future<?>> all = new ArrayList<>();
                    for (int i = 0; i < 10; i++) {
                        all.add(pool.submit(() -> big.length));
                    }
                    System.out.println("all " + all.size() + " fit");
                } catch (OutOfMemoryError e) {
                    System.out.println("out of memory");
                }
                System.out.println("the next: " + pool.submit(() -> 2).get(60, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void poolGoesOnAfterAnOutOfMemoryErrorInSubmit() throws Exception {
        Process child = parlab.system.ChildJvm.of(SmallHeap.class)
                .options("-Xmx200m")
                .wholeClassPath(SmallHeap.class)
                .builder()
                .redirectErrorStream(true)
                .start();
        String said;
        try (parlab.system.OutputTail tail = new parlab.system.OutputTail(child.getInputStream(), 10_000)) {
            assertTrue(tail.awaitEnd(Duration.ofSeconds(100)));
            said = tail.text();
        } finally {
            child.destroyForcibly();
        }
        assertTrue(said.contains("out of memory"), said);
        assertTrue(said.contains("the next: 2"), said);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void closingSharedMemoryThatNativeCodeHoldsKeepsTheWorker() throws Exception {
        try (ProcessPool pool = ProcessPool.builder()
                        .workers(1)
                        .grace(Duration.ofSeconds(60))
                        .build();
                Shared.Doubles begun = Shared.doubles(1)) {
            long pid = pool.submit(() -> ProcessHandle.current().pid()).get();
            Shared shared = Shared.bytes(1 << 20);
            Future<Integer> busy = pool.submit(() -> {
                begun.set(0, 1);
                // Nobody reads: it waits in the system's call.
                return Pipe.open().sink().write(shared.memory().asByteBuffer());
            });
            Waiting.until(() -> begun.get(0) == 1);
            shared.close();
            assertThrows(ExecutionException.class, () -> busy.get(60, TimeUnit.SECONDS));
            assertEquals(pid, pool.submit(() -> ProcessHandle.current().pid()).get());
            Waiting.until(() -> !mapsShared(pid, 1 << 20));
        }
    }

    private static boolean mapsShared(long pid, long bytes) {
        try (Stream<String> maps = Files.lines(Path.of("/proc/" + pid + "/maps"))) {
            return maps.filter(line -> line.contains(".shared")).anyMatch(line -> {
                String[] ends = line.substring(0, line.indexOf(' ')).split("-", 2);
                return Long.parseUnsignedLong(ends[1], 16) - Long.parseUnsignedLong(ends[0], 16) == bytes;
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closedSharedMemoryIsToldFromWhatGotItsDescriptor() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1);
                Shared.Doubles go = Shared.doubles(1)) {
            Future<?> first = pool.submit(() -> {
                Waiting.spinUntilSet(go, 0);
            });
            Shared.Doubles closed = Shared.doubles(1000);
            Future<Double> late = pool.submit(() -> closed.get(3));
            closed.close();
            try (Shared.Doubles next = Shared.doubles(1000)) {
                next.set(3, 7);
                go.set(0, 1);
                first.get();
                ExecutionException e = assertThrows(ExecutionException.class, late::get);
                assertTrue(e.getMessage().contains("was closed by its owner"), e.getMessage());
                assertEquals(7, pool.submit(() -> next.get(3)).get());
            }
        }
    }

    // ---- what is left behind

    @Test
    void futuresThatAreDoneKeepTheirResultsOnly() throws Exception {
        try (ProcessPool pool = ProcessPool.of(2)) {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                int[] big = new int[100_000];
                futures.add(pool.submit(() -> big.length));
                if (i % 20 == 19) {
                    futures.getLast().get();
                }
            }
            for (Future<Integer> future : futures) {
                assertEquals(100_000, future.get());
            }
            // Their messages are 200 MB.
            Waiting.until(() -> {
                System.gc();
                return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory() < 100 << 20;
            });
            assertEquals(500, futures.size());
        }
    }

    static final class NotSerializable {
        private int x;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void poolThatIsNeverMadeLeavesNothing() {
        NotSerializable it = new NotSerializable();
        long descriptors = PoolSoak.count(Path.of("/proc/self/fd"), "");
        for (int i = 0; i < 100; i++) {
            assertThrows(
                    UnsendableException.class,
                    () -> ProcessPool.builder()
                            .initializer(() -> System.out.println(it.x))
                            .build());
        }
        Waiting.until(() -> PoolSoak.count(Path.of("/proc/self/fd"), "") <= descriptors + 5);
        assertEquals(0, PoolSoak.filesOfThisProcess());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void leftoversOfOthersAreNotTouched(@TempDir Path folder) throws Exception {
        String id = "-123e4567-e89b-12d3-a456-426614174000";
        long dead = deadProcess();
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.createFile(elsewhere.resolve("p1"));
        List<Path> others = new ArrayList<>();
        others.add(Files.createDirectory(folder.resolve("parlab-20260915-results")));
        others.add(Files.writeString(others.getLast().resolve("figures.csv"), "1"));
        others.add(Files.createSymbolicLink(folder.resolve("parlab-20260915-link"), elsewhere));
        others.add(Files.createSymbolicLink(folder.resolve("parlab-" + dead + id + ".messages"), elsewhere));
        others.add(Files.createFile(folder.resolve("parlab-" + dead + id + ".sharedx")));
        others.add(Files.createFile(folder.resolve("parlab-0" + dead + id + ".shared")));
        others.add(Files.createDirectory(folder.resolve("parlab-" + dead + id.replace('4', '5') + ".shared")));
        Path mixed = Files.createDirectory(folder.resolve("parlab-" + dead + id.replace('4', '6') + ".messages"));
        others.add(Files.createFile(mixed.resolve("notes.txt")));
        others.add(Files.createFile(
                folder.resolve("parlab-" + ProcessHandle.current().pid() + id + ".shared")));
        Path ours = Files.createFile(folder.resolve("parlab-" + dead + id + ".shared"));
        Path folderOfOurs =
                Files.createDirectory(folder.resolve("parlab-" + dead + id.replace('4', '7') + ".messages"));
        Files.createFile(folderOfOurs.resolve("p12"));

        Leftovers.sweep(folder);

        for (Path other : others) {
            assertTrue(Files.exists(other), other.toString());
        }
        assertTrue(Files.exists(elsewhere.resolve("p1")));
        assertFalse(Files.exists(ours));
        assertFalse(Files.exists(folderOfOurs));
    }

    private static long deadProcess() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return process.pid();
    }

    // ---- memory

    @Test
    void heapsOfAllWorkersTogetherKeepTheirShare() throws Exception {
        long machine = java.lang.management.ManagementFactory.getPlatformMXBean(
                        com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
        for (int workers : new int[] {1, 3, 40}) {
            List<String> command =
                    WorkerCommand.ofPool(workers, List.of()).builder().command();
            String heap = command.stream()
                    .filter(option -> option.startsWith("-Xmx"))
                    .findFirst()
                    .orElseThrow();
            long megabytes = Long.parseLong(heap.substring(4, heap.length() - 1));
            assertTrue(megabytes * workers <= 0.6 * machine / (1 << 20), heap + " for " + workers);
        }
        IllegalArgumentException tooMany =
                assertThrows(IllegalArgumentException.class, () -> WorkerCommand.ofPool(1_000_000, List.of()));
        assertTrue(tooMany.getMessage().startsWith("1000000 workers would have heaps of 0 MB"), tooMany.getMessage());
    }
}
