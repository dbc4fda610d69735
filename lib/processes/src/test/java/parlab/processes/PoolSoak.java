package parlab.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/**
 * Many tasks with retry while random workers are killed: every result must arrive once and in order, and nothing may be
 * left. Run as a program: tasks, mean milliseconds between two kills.
 */
final class PoolSoak {
    /** What a run came to. */
    record Result(
            int tasks,
            double seconds,
            long kills,
            int replaced,
            int orphans,
            long descriptorsLeaked,
            long sharedFilesLeft) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%,d tasks, every result once and in order, in %.1f s (%,.0f/s); %d workers killed (one every %.0f ms), %d"
                            + " replaced; left behind: %d processes, %d file descriptors, %d files of shared memory",
                    tasks,
                    seconds,
                    tasks / seconds,
                    kills,
                    1000 * seconds / Math.max(1, kills),
                    replaced,
                    orphans,
                    descriptorsLeaked,
                    sharedFilesLeft);
        }
    }

    private PoolSoak() {}

    public static void main(String[] args) {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int meanMillis = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        Result result = run(tasks, meanMillis, 42);
        System.out.println(result);
        if (result.orphans > 0 || result.descriptorsLeaked > 0 || result.sharedFilesLeft > 0) {
            System.exit(1);
        }
    }

    /** A hundredth of the tasks carry an array that goes through shared memory, and a tenth take a millisecond. */
    static Result run(int tasks, int meanKillMillis, long seed) {
        // What the first pool loads and opens for good is not a leak.
        try (ProcessPool warm = ProcessPool.of(1)) {
            warm.map(List.of(1, 2), x -> new double[10_000]).toList();
        }
        long descriptors = descriptors();
        Set<Long> pids = new HashSet<>();
        AtomicBoolean done = new AtomicBoolean();
        long[] kills = {0};
        long start = System.nanoTime();
        int replaced;
        ProcessPool pool = ProcessPool.builder().workers(2).retryLost(1000).build();
        try (pool) {
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
            int next = 0;
            for (int result : pool.map(IntStream.range(0, tasks).mapToObj(PoolSoak::item), x -> work(x))) {
                if (result != next) {
                    throw new AssertionError("result " + result + " in the place of " + next);
                }
                next++;
            }
            if (next != tasks) {
                throw new AssertionError(next + " results of " + tasks + " tasks");
            }
            done.set(true);
            killer.join(TimeUnit.SECONDS.toMillis(60));
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
                tasks, seconds, kills[0], replaced, orphans, Math.max(0, descriptors() - descriptors), sharedFiles());
    }

    /** Every hundredth is an array for shared memory. */
    private static Object item(int x) {
        if (x % 100 != 0) {
            return x;
        }
        double[] big = new double[10_000];
        big[0] = x;
        return big;
    }

    static int work(Object item) throws InterruptedException {
        int x = item instanceof double[] big ? (int) big[0] : (int) item;
        if (x % 10 == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return x;
    }

    private static long descriptors() {
        return count(Path.of("/proc/self/fd"), "");
    }

    private static long sharedFiles() {
        return count(Path.of("/dev/shm"), "parlab-" + ProcessHandle.current().pid() + "-");
    }

    private static long count(Path folder, String prefix) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.toList())
                    .stream()
                            .filter(f -> f.getFileName().toString().startsWith(prefix))
                            .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
