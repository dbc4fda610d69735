package parlab.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parlab.executors.Tasks;

/**
 * Many tasks with retry while random workers are killed: every result must arrive once, with its contents, what was
 * written to shared memory must be there, and nothing may be left. Run as a program: tasks, mean milliseconds between two
 * kills; then the tasks of {@link RandomTasks} follow, two for each one here.
 */
final class PoolSoak {
    private static final int WARM_UP_PART = 4;
    private static final long MEMORY_SLACK = 96 << 20;

    /** What a run came to. */
    record Result(
            int tasks,
            double seconds,
            long kills,
            int replaced,
            int orphans,
            long descriptorsLeaked,
            long filesLeft,
            long heapGrowth,
            long residentGrowth) {
        boolean clean() {
            return orphans == 0 && descriptorsLeaked == 0 && filesLeft == 0;
        }

        boolean flat() {
            return heapGrowth < MEMORY_SLACK && residentGrowth < 4 * MEMORY_SLACK;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%,d tasks, every result once and right, in %.1f s (%,.0f/s); %d workers killed (one every %.0f ms), %d"
                            + " replaced; left behind: %d processes, %d file descriptors, %d files; after the first quarter"
                            + " the heap grew by %.1f MB, resident memory by %.1f MB",
                    tasks,
                    seconds,
                    tasks / seconds,
                    kills,
                    1000 * seconds / Math.max(1, kills),
                    replaced,
                    orphans,
                    descriptorsLeaked,
                    filesLeft,
                    heapGrowth / 1e6,
                    residentGrowth / 1e6);
        }
    }

    private PoolSoak() {}

    public static void main(String[] args) {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int meanMillis = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        Result result = run(tasks, meanMillis, 42);
        System.out.println(result);
        System.out.println(RandomTasks.run(2 * tasks, 42));
        if (!result.clean() || !result.flat()) {
            System.exit(1);
        }
    }

    /** A tenth of the tasks carry an array there and back, and a tenth take a millisecond. */
    static Result run(int tasks, int meanKillMillis, long seed) {
        // What the first pool loads and opens for good is not a leak.
        try (ProcessPool warm = ProcessPool.of(1)) {
            Tasks.map(warm, List.of(1, 2), x -> new double[10_000]);
        }
        long descriptors = descriptors();
        Set<Long> pids = new HashSet<>();
        AtomicBoolean done = new AtomicBoolean();
        long[] kills = {0};
        long[] heap = new long[2];
        long[] resident = new long[2];
        long start = System.nanoTime();
        int replaced;
        ProcessPool pool = ProcessPool.builder().workers(2).retryLost(1000).build();
        try (pool;
                Shared.Doubles seen = Shared.doubles(tasks)) {
            Thread killer = Thread.ofPlatform().daemon().name("killer").start(() -> {
                Random random = new Random(seed);
                while (!done.get()) {
                    LockSupport.parkNanos((long) (-Math.log(1 - random.nextDouble()) * meanKillMillis * 1e6));
                    List<ProcessPool.WorkerInfo> workers =
                            pool.workers().stream().filter(w -> w.pid() != 0).toList();
                    synchronized (pids) {
                        workers.forEach(w -> pids.add(w.pid()));
                    }
                    if (!workers.isEmpty() && !done.get()) {
                        long pid = workers.get(random.nextInt(workers.size())).pid();
                        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                        kills[0]++;
                    }
                }
            });
            BitSet arrived = new BitSet(tasks);
            Iterable<Object> items =
                    () -> IntStream.range(0, tasks).mapToObj(PoolSoak::item).iterator();
            for (var one : Tasks.asCompleted(
                    pool, items, x -> work(x, seen), Tasks.Options.standard().withLookAhead(64))) {
                int x = one.index();
                if (arrived.get(x) || !right(x, one.get())) {
                    throw new AssertionError("result " + x + " came twice or is wrong: " + one);
                }
                arrived.set(x);
                int count = arrived.cardinality() == tasks ? 1 : x == tasks / WARM_UP_PART ? 0 : -1;
                if (count >= 0) {
                    heap[count] = heapBytes();
                    resident[count] = Math.max(
                            0, Platform.statusBytes(ProcessHandle.current().pid(), "VmRSS:"));
                }
            }
            done.set(true);
            killer.join(TimeUnit.SECONDS.toMillis(60));
            for (int x = 0; x < tasks; x++) {
                if (!arrived.get(x) || seen.get(x) != x + 1) {
                    throw new AssertionError("task " + x + " is missing, or what it wrote to shared memory");
                }
            }
            pool.workers().forEach(w -> pids.add(w.pid()));
            replaced = pool.workersReplaced();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        int orphans = (int)
                pids.stream().filter(pid -> pid != 0 && Waiting.alive(pid)).count();
        // A killed process's pipes are closed by the thread that reaps it, a moment later.
        for (int i = 0; i < 100 && descriptors() > descriptors; i++) {
            LockSupport.parkNanos(20_000_000);
        }
        return new Result(
                tasks,
                seconds,
                kills[0],
                replaced,
                orphans,
                Math.max(0, descriptors() - descriptors),
                filesOfThisProcess(),
                Math.max(0, heap[1] - heap[0]),
                Math.max(0, resident[1] - resident[0]));
    }

    private static Object item(int x) {
        return x % 10 == 0 ? array(x) : (Object) x;
    }

    private static double[] array(int x) {
        double[] big = new double[10_000 + x % 1000];
        Arrays.fill(big, x);
        return big;
    }

    static Object work(Object item, Shared.Doubles seen) throws InterruptedException {
        double[] big = item instanceof double[] array ? array : null;
        int x = big != null ? (int) big[big.length - 1] : (int) item;
        if (x % 10 == 5) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        seen.set(x, x + 1);
        if (big == null) {
            return x;
        }
        for (int i = 0; i < big.length; i++) {
            big[i] += 1;
        }
        return big;
    }

    private static boolean right(int x, Object result) {
        if (x % 10 != 0) {
            return result.equals(x);
        }
        double[] expected = array(x);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += 1;
        }
        return Arrays.equals(expected, (double[]) result);
    }

    private static long heapBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long descriptors() {
        return count(Path.of("/proc/self/fd"), "");
    }

    /** The files and folders of this process that others share. */
    static long filesOfThisProcess() {
        String mine = "parlab-" + ProcessHandle.current().pid() + "-";
        return Platform.folders().stream()
                .mapToLong(folder -> count(folder, mine))
                .sum();
    }

    static long count(Path folder, String prefix) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(prefix))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
