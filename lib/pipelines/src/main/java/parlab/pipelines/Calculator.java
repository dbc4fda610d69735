package parlab.pipelines;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.processes.ProcessPool;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/**
 * Which architecture for which work? Predicts how long a {@link Workload} takes under each, from {@link Costs} that were measured on
 * this machine, and can run it, to say how far off the prediction was.
 *
 * <p>Thread-safe, but two runs at the same time disturb each other.
 */
public final class Calculator {
    /** The last result, so that the loop before it has one. */
    @SuppressWarnings("unused")
    private static volatile long kept;

    private final Costs costs;
    private final ProcessPool pool;
    private final int processors;
    private final int threads;

    /**
     * A prediction, and what came of it.
     *
     * @param workload what was to be done
     * @param architecture by whom
     * @param predictedSeconds what was said
     * @param measuredSeconds what it took
     */
    record Comparison(Workload workload, Architecture architecture, double predictedSeconds, double measuredSeconds) {
        /** Returns 0.25 if the prediction said a quarter too much, -0.25 if a quarter too little. */
        double error() {
            return predictedSeconds / measuredSeconds - 1;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s, %s: predicted %.3f s, measured %.3f s, %+.0f %%",
                    workload,
                    architecture,
                    predictedSeconds,
                    measuredSeconds,
                    100 * error());
        }
    }

    /**
     * A calculator.
     *
     * @param costs of this machine
     * @param pool of as many workers as there are processors; stays open
     * @param threads how many {@link Architecture#THREADS} has, 1 or more
     */
    public Calculator(Costs costs, ProcessPool pool, int threads) {
        this.costs = Objects.requireNonNull(costs, "costs");
        this.pool = Objects.requireNonNull(pool, "pool");
        if (threads < 1) {
            throw new IllegalArgumentException("a pool has 1 thread or more, got " + threads);
        }
        this.threads = threads;
        processors = costs.capacity().size();
    }

    // ---- what is predicted

    /** Returns the seconds that the work takes under one architecture, as the costs let expect. */
    public double predict(Workload workload, Architecture architecture) {
        double[] capacity =
                costs.capacity().stream().mapToDouble(Double::doubleValue).toArray();
        double all = capacity[processors - 1];
        double wait = workload.waitNanos() == 0 ? 0 : workload.waitNanos() + costs.lateNanos();
        double compute = workload.computeNanos();
        // A cost was measured with all processors at work, so that it is so many times as much of one processor's time.
        double perMessage = costs.processNanos() + costs.processNanosPerByte() * workload.payloadBytes();
        int n = workload.tasks();
        Simulation machine = new Simulation(capacity);
        double nanos = switch (architecture) {
            case SERIAL -> n * (wait + compute);
            case THREADS ->
                Math.max(
                        n * costs.threadNanos(),
                        machine.makespan(n, threads, threads, wait, compute + all * costs.threadNanos()));
            case VIRTUAL_THREADS ->
                Math.max(
                        n * costs.virtualNanos(),
                        machine.makespan(n, n, processors, wait, compute + all * costs.virtualNanos()));
            case PROCESSES ->
                Math.max(n * perMessage, machine.makespan(n, processors, processors, wait, compute + all * perMessage));
            case HYBRID ->
                Math.max(
                        n * perMessage,
                        machine.makespan(n, n, processors, wait, compute + all * (perMessage + costs.virtualNanos())));
        };
        return nanos / 1e9;
    }

    // ---- what is measured

    /** Does the work, and returns the seconds that it took. */
    public double run(Workload workload, Architecture architecture) {
        long steps = costs.stepsFor(Duration.ofNanos(Math.round(workload.computeNanos())));
        long wait = Math.round(workload.waitNanos());
        List<byte[]> payloads = Collections.nCopies(workload.tasks(), new byte[workload.payloadBytes()]);
        return switch (architecture) {
            case SERIAL -> {
                try (ExecutorService here = Pools.serial()) {
                    yield on(here, payloads, wait, steps);
                }
            }
            case THREADS -> {
                try (ExecutorService several = Pools.threads(threads)) {
                    yield on(several, payloads, wait, steps);
                }
            }
            case VIRTUAL_THREADS -> {
                try (ExecutorService many = Pools.virtualThreads()) {
                    yield on(many, payloads, wait, steps);
                }
            }
            case PROCESSES -> on(pool, payloads, wait, steps);
            case HYBRID -> hybrid(payloads, wait, steps);
        };
    }

    private static double on(ExecutorService executor, List<byte[]> payloads, long wait, long steps) {
        long start = System.nanoTime();
        Tasks.map(executor, payloads, payload -> work(wait, steps, payload));
        return (System.nanoTime() - start) / 1e9;
    }

    private double hybrid(List<byte[]> payloads, long wait, long steps) {
        long start = System.nanoTime();
        try (ExecutorService waiting = Pools.virtualThreads();
                Channel<byte[]> channel = new Channel<>(Integer.MAX_VALUE, payloads.size())) {
            for (byte[] payload : payloads) {
                waiting.execute(() -> {
                    try {
                        waitFor(wait);
                        channel.put(payload);
                    } catch (InterruptedException | CancellationException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        channel.finish();
                    }
                });
            }
            Tasks.map(pool, channel, payload -> work(0, steps, payload));
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** Predicts and runs. */
    Comparison compare(Workload workload, Architecture architecture) {
        double predicted = predict(workload, architecture);
        return new Comparison(workload, architecture, predicted, run(workload, architecture));
    }

    /** Predicts and runs the work under each architecture: a table with architecture, what (predicted or measured), seconds. */
    public Table compareAll(Workload workload) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            Comparison done = compare(workload, architecture);
            String name = architecture.toString();
            rows.add(Results.row("architecture", name, "what", "predicted", "seconds", done.predictedSeconds()));
            rows.add(Results.row("architecture", name, "what", "measured", "seconds", done.measuredSeconds()));
        }
        return Tables.of("", rows);
    }

    /**
     * Ten worked examples, two of each architecture, from small tasks to long ones and from all computing to all waiting, as a
     * table: work, architecture, predicted (s), measured (s), error (%). They take some five seconds on two processors.
     */
    public Table examples() {
        List<Comparison> done = List.of(
                compare(new Workload(60, Duration.ofMillis(5), 0, 0), Architecture.SERIAL),
                compare(new Workload(40, Duration.ofMillis(10), 0.9, 20_000), Architecture.SERIAL),
                compare(new Workload(200, Duration.ofMillis(5), 0, 0), Architecture.THREADS),
                compare(new Workload(1000, Duration.ofMillis(10), 0.9, 0), Architecture.THREADS),
                compare(new Workload(2000, Duration.ofMillis(20), 0.98, 0), Architecture.VIRTUAL_THREADS),
                compare(new Workload(500, Duration.ofMillis(20), 0.5, 0), Architecture.VIRTUAL_THREADS),
                compare(new Workload(200, Duration.ofMillis(5), 0, 10_000), Architecture.PROCESSES),
                compare(new Workload(3000, Duration.ofNanos(100_000), 0, 50_000), Architecture.PROCESSES),
                compare(new Workload(500, Duration.ofMillis(20), 0.9, 20_000), Architecture.HYBRID),
                compare(new Workload(300, Duration.ofMillis(3), 0.3, 50_000), Architecture.HYBRID));
        return Tables.of(
                "",
                done.stream()
                        .map(comparison -> Results.row(
                                "work", comparison.workload().toString(),
                                "architecture", comparison.architecture().toString(),
                                "predicted (s)", comparison.predictedSeconds(),
                                "measured (s)", comparison.measuredSeconds(),
                                "error (%)", (double) Math.round(100 * comparison.error())))
                        .toList());
    }

    // ---- the work itself

    /** A task: waits, computes, and gives back what it was given. */
    static byte[] work(long waitNanos, long steps, byte[] payload) {
        waitFor(waitNanos);
        compute(steps);
        return payload;
    }

    /**
     * Marsaglia's xorshift. Each step needs the one before, and there is no short cut to a later one that a compiler knows (it
     * knows one for sums and products). The result is kept, or the loop could be left out.
     */
    static long compute(long steps) {
        long x = 88172645463325252L;
        for (long i = 0; i < steps; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
        }
        kept = x;
        return x;
    }

    /**
     * Calls the loop until it is as quick as it gets. It is compiled several times: first while it runs, which gives a version that
     * may take twice as long as the one that is compiled for calls, and that one needs several hundred calls.
     *
     * @return how many calls it took
     */
    static int warmUp() {
        long quickest = Long.MAX_VALUE;
        int calls = 0;
        for (int since = 0; since < 1000 && calls < 20_000; since++, calls++) {
            long start = System.nanoTime();
            compute(50_000);
            long taken = System.nanoTime() - start;
            if (taken < 0.95 * quickest) {
                quickest = taken;
                since = 0;
            }
        }
        return calls;
    }

    static void waitFor(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted");
            }
        }
    }
}
