package parlab.pipelines;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.processes.ProcessPool;

/**
 * What this machine charges for a task beyond its own work. Immutable.
 *
 * @param nanosPerStep one step of the computing loop, on a processor of its own
 * @param capacity what 1, 2, ... computing threads get done in the time of one; as many as there are processors
 * @param lateNanos by how much a waiting thread wakes up late
 * @param threadNanos to hand a task to a pool of threads and take its result
 * @param virtualNanos the same with a virtual thread for each task
 * @param processNanos the same with a pool of processes, one task a message
 * @param processNanosPerByte and for each byte of a payload that goes there and back
 */
public record Costs(
        double nanosPerStep,
        List<Double> capacity,
        double lateNanos,
        double threadNanos,
        double virtualNanos,
        double processNanos,
        double processNanosPerByte) {
    private static final int PAYLOAD = 50_000;
    private static final int REPEATS = 5;
    private static final double TURNS_NANOS = 200e6;

    /** Copies the list. */
    public Costs {
        capacity = List.copyOf(capacity);
        if (capacity.isEmpty()) {
            throw new IllegalArgumentException("costs need the capacity of one thread at least");
        }
    }

    /**
     * Measures them, each some times, in about three seconds, with a pool of as many workers as there are processors. Whatever
     * else keeps the processors busy meanwhile is charged too.
     *
     * @throws InterruptedException if the thread is interrupted
     * @throws ExecutionException if a task fails
     */
    public static Costs measure(ProcessPool pool) throws InterruptedException, ExecutionException {
        int processors = Runtime.getRuntime().availableProcessors();
        Calculator.warmUp();
        Tasks.map(pool, Collections.nCopies(2 * processors, 0), x -> Calculator.warmUp());
        long steps = 5_000_000;
        double one = medianOf(() -> nanos(() -> Calculator.compute(steps))) / steps;
        // Long enough that starting the threads together does not count, short where many numbers of threads are tried.
        long turn = Math.max(steps, Math.round(TURNS_NANOS / processors / one));
        Double[] capacity = new Double[processors];
        for (int k = 1; k <= processors; k++) {
            int threads = k;
            // Both in one turn, so that a busy moment of the machine hits both.
            double several = k == 1 ? 1 : medianOf(() -> gain(threads, turn));
            capacity[k - 1] = Math.clamp(several, 1, k);
        }
        double late = medianOf(() -> nanos(() -> Calculator.waitFor(2_000_000)) - 2e6);
        return new Costs(
                one,
                Arrays.asList(capacity),
                Math.max(0, late),
                medianOf(() -> {
                    try (ExecutorService threads = Pools.threads(processors)) {
                        return perTask(threads, 2000);
                    }
                }),
                medianOf(() -> {
                    try (ExecutorService threads = Pools.virtualThreads()) {
                        return perTask(threads, 2000);
                    }
                }),
                medianOf(() -> messages(pool, 1000, 0)),
                Math.max(0, medianOf(() -> messages(pool, 500, PAYLOAD) - messages(pool, 500, 0)) / PAYLOAD));
    }

    /** Something that is measured. */
    private interface Sample {
        double take() throws InterruptedException, ExecutionException;
    }

    private static double medianOf(Sample sample) throws InterruptedException, ExecutionException {
        double[] all = new double[REPEATS];
        sample.take(); // to warm up
        for (int i = 0; i < REPEATS; i++) {
            all[i] = sample.take();
        }
        Arrays.sort(all);
        return all[REPEATS / 2];
    }

    private static double nanos(Runnable body) {
        long start = System.nanoTime();
        body.run();
        return System.nanoTime() - start;
    }

    /** The loop on so many threads at once: nanoseconds until all have done it. */
    private static double together(int n, long steps) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Pools.threads(n)) {
            CountDownLatch ready = new CountDownLatch(n);
            CountDownLatch go = new CountDownLatch(1);
            List<Future<Long>> all = IntStream.range(0, n)
                    .mapToObj(k -> threads.submit(() -> {
                        ready.countDown();
                        go.await();
                        return Calculator.compute(steps);
                    }))
                    .toList();
            ready.await();
            long start = System.nanoTime();
            go.countDown();
            for (Future<Long> one : all) {
                one.get();
            }
            return System.nanoTime() - start;
        }
    }

    /** How many times as much k threads get done as one. */
    private static double gain(int threads, long steps) throws InterruptedException, ExecutionException {
        return threads * together(1, steps) / together(threads, steps);
    }

    private static double perTask(ExecutorService pool, int tasks) {
        return nanos(() -> Tasks.map(pool, Collections.nCopies(tasks, 0), x -> x)) / tasks;
    }

    private static double messages(ProcessPool pool, int tasks, int bytes) {
        return nanos(() -> Tasks.map(pool, Collections.nCopies(tasks, new byte[bytes]), x -> x)) / tasks;
    }

    /** Returns the steps of the computing loop that take so long on a processor of their own. */
    public long stepsFor(Duration time) {
        return Math.round(time.toNanos() / nanosPerStep);
    }
}
