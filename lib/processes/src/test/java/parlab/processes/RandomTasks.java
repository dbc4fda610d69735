package parlab.processes;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import parlab.executors.TaskFailedException;
import parlab.executors.Tasks;

/**
 * Tasks with arrays of all sizes, in all ways of submission, of which some run past their time-out, die, fail, or are
 * cancelled, at random: every result that arrives is compared by its contents, and every failure must be one that was
 * injected, into this task or into one of its chunk.
 */
final class RandomTasks {
    private static final int SMALLEST = 10_000 / Long.BYTES;
    private static final int BIGGEST = (4 << 20) / Long.BYTES;
    private static final int BATCH = 40;
    private static final Duration TIMEOUT = Duration.ofMillis(1500);

    private enum Fault {
        NONE,
        TIME_OUT,
        DEATH,
        ERROR,
        CANCELLED
    }

    /** What a task gets. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Item(long id, Fault fault, long[] data) implements Serializable {
        private static final long serialVersionUID = 1;

        /** What it must return. */
        long[] expected() {
            long[] result = data.clone();
            for (int i = 0; i < result.length; i++) {
                result[i] = ~result[i] + id;
            }
            return result;
        }
    }

    /** What a run came to. */
    record Report(long tasks, long right, Map<Fault, Integer> injected, Map<Fault, Integer> found, double seconds) {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(String.format(
                    Locale.ROOT,
                    "%,d random tasks in %.1f s, %,d results, each with its own contents; injected and found:",
                    tasks,
                    seconds,
                    right));
            for (Fault fault : Fault.values()) {
                if (fault != Fault.NONE) {
                    text.append(String.format(
                            Locale.ROOT,
                            " %s %d and %d,",
                            fault.toString().toLowerCase(Locale.ROOT).replace('_', '-'),
                            injected.getOrDefault(fault, 0),
                            found.getOrDefault(fault, 0)));
                }
            }
            return text.append(" those in chunks and those whose map had failed counted with their neighbours")
                    .toString();
        }
    }

    private final Random random;
    private final ProcessPool pool;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final Map<Fault, Integer> found = new EnumMap<>(Fault.class);
    private long tasks;
    private long right;

    private RandomTasks(Random random, ProcessPool pool) {
        this.random = random;
        this.pool = pool;
    }

    static Report run(int tasks, long seed) {
        long start = System.nanoTime();
        try (ProcessPool pool = ProcessPool.builder()
                .workers(2)
                .timeout(TIMEOUT)
                .grace(Duration.ofMillis(100))
                .retryLost(1)
                .build()) {
            RandomTasks run = new RandomTasks(new Random(seed), pool);
            while (run.tasks < tasks) {
                List<Item> batch = run.batch();
                switch (run.random.nextInt(3)) {
                    case 0 -> run.submit(batch);
                    case 1 -> run.map(batch, 1 + run.random.nextInt(8));
                    default -> run.asCompleted(batch, 1 + run.random.nextInt(8));
                }
                run.tasks += batch.size();
            }
            return new Report(run.tasks, run.right, run.injected, run.found, (System.nanoTime() - start) / 1e9);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Item> batch() {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            long id = tasks + i;
            // Most are small, as of all sizes up to the biggest there is the same number of bytes.
            int length = (int) (SMALLEST / (1 - random.nextDouble() * (1 - (double) SMALLEST / BIGGEST)));
            long[] data = new long[length];
            Arrays.setAll(data, k -> id * 1_000_003 + k);
            double dice = random.nextDouble();
            Fault fault =
                    dice < 0.001 ? Fault.TIME_OUT : dice < 0.002 ? Fault.DEATH : dice < 0.02 ? Fault.ERROR : Fault.NONE;
            items.add(new Item(id, fault, data));
        }
        return items;
    }

    static long[] work(Item item) throws InterruptedException {
        switch (item.fault) {
            case TIME_OUT -> {
                try {
                    TimeUnit.MINUTES.sleep(1);
                } catch (InterruptedException e) {
                    // Obeys, but late, or too late.
                    long end = System.nanoTime() + (item.id % 3) * 120_000_000;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    throw e;
                }
            }
            case DEATH -> Runtime.getRuntime().halt(1);
            case ERROR -> throw new IllegalStateException("injected into " + item.id);
            default -> {
                return item.expected();
            }
        }
        return new long[0];
    }

    // ---- the ways

    private void submit(List<Item> batch) throws InterruptedException {
        List<Future<long[]>> futures = new ArrayList<>();
        boolean[] cancelled = new boolean[batch.size()];
        for (Item item : batch) {
            count(item.fault);
            futures.add(pool.submit(() -> work(item)));
            if (random.nextInt(30) == 0) {
                int victim = random.nextInt(futures.size());
                cancelled[victim] |= futures.get(victim).cancel(random.nextBoolean());
            }
        }
        for (int i = 0; i < batch.size(); i++) {
            try {
                check(batch.get(i), futures.get(i).get());
            } catch (CancellationException e) {
                require(cancelled[i], batch.get(i), e);
                injected.merge(Fault.CANCELLED, 1, Integer::sum);
                found.merge(Fault.CANCELLED, 1, Integer::sum);
            } catch (ExecutionException e) {
                failed(batch.get(i), List.of(batch.get(i)), e.getCause());
            }
        }
    }

    private void map(List<Item> batch, int chunk) {
        batch.forEach(item -> count(item.fault));
        try {
            List<long[]> results = Tasks.map(
                    pool, batch, item -> work(item), Tasks.Options.standard().withChunk(chunk));
            for (int i = 0; i < batch.size(); i++) {
                check(batch.get(i), results.get(i));
            }
        } catch (TaskFailedException e) {
            failed(batch.get(e.index()), chunkOf(batch, e.index(), chunk), e.getCause());
        }
    }

    private void asCompleted(List<Item> batch, int chunk) {
        batch.forEach(item -> count(item.fault));
        boolean[] seen = new boolean[batch.size()];
        Tasks.Options options = Tasks.Options.standard().withChunk(chunk).withLookAhead(1 + random.nextInt(8));
        for (var one : Tasks.asCompleted(pool, batch, item -> work(item), options)) {
            require(!seen[one.index()], one.item(), new IllegalStateException("it came twice"));
            seen[one.index()] = true;
            if (one.succeeded()) {
                check(batch.get(one.index()), one.result());
            } else {
                failed(one.item(), chunkOf(batch, one.index(), chunk), one.failure());
            }
        }
        for (int i = 0; i < seen.length; i++) {
            require(seen[i], batch.get(i), new IllegalStateException("it never came"));
        }
    }

    private static List<Item> chunkOf(List<Item> batch, int index, int chunk) {
        int first = index / chunk * chunk;
        return batch.subList(first, Math.min(first + chunk, batch.size()));
    }

    // ---- what came

    private void count(Fault fault) {
        injected.merge(fault, 1, Integer::sum);
    }

    private void check(Item item, long[] result) {
        require(
                item.fault == Fault.NONE && Arrays.equals(item.expected(), result),
                item,
                new IllegalStateException("another result: of " + (result.length > 0 ? result[0] : "nothing")));
        right++;
    }

    private void failed(Item item, List<Item> chunk, Throwable failure) {
        Fault fault = switch (failure) {
            case TimeoutException e -> Fault.TIME_OUT;
            case WorkerDiedException e -> Fault.DEATH;
            case IllegalStateException e -> Fault.ERROR;
            default -> throw new AssertionError("task " + item.id + " of " + item.fault, failure);
        };
        switch (fault) {
            // A machine that stands still for a moment may make any task late.
            case TIME_OUT -> {}
            case DEATH -> require(chunk.stream().anyMatch(one -> one.fault == Fault.DEATH), item, failure);
            default ->
                require(
                        item.fault == Fault.ERROR && failure.getMessage().equals("injected into " + item.id),
                        item,
                        failure);
        }
        found.merge(fault, 1, Integer::sum);
    }

    private static void require(boolean condition, Item item, Throwable what) {
        if (!condition) {
            throw new AssertionError("task " + item.id + ", of " + item.data.length + " longs, " + item.fault, what);
        }
    }
}
