package parlab.timing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Compares whole tasks of some 10 ms to some seconds, with whatever threads and processes they use: wall
 * time and cores in use.
 *
 * {@snippet :
 * Trials.Result result = Trials.of(6)
 *         .add("serial", () -> work(1))
 *         .add("4 threads", () -> work(4))
 *         .run();
 * System.out.println(result.speedup("4 threads", "serial"));
 * }
 *
 * <p>The variants take turns, so that a slow spell of the machine hits them all: round after round, in the orders of
 * a {@link WilliamsSquare}. Over as many rounds as it has rows (as there are variants, or twice as many for an odd
 * number), each variant directly follows each other one equally often, and inherits its garbage no more often than
 * the others do. One round, not measured, goes first. Ratios are taken within a round. Six rounds are needed for a 95
 * % interval.
 *
 * <p>Tasks run in the calling thread, one at a time. Immutable and thread-safe as a configuration; two runs
 * at the same time disturb each other, and count each other's CPU time.
 */
public final class Trials {
    private static final int MAX_ROUNDS = 100_000;

    /** A task without a result. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;
    }

    /**
     * One execution of one variant.
     *
     * @param round from 1
     * @param turn its place in the round, from 1
     * @param seconds wall time
     * @param cores cores in use on average, by this process and those below it
     */
    public record Row(String variant, int round, int turn, double seconds, double cores) {}

    private final int rounds;
    private final int warmupRounds;
    private final Map<String, Callable<?>> variants;

    private Trials(int rounds, int warmupRounds, Map<String, Callable<?>> variants) {
        this.rounds = rounds;
        this.warmupRounds = warmupRounds;
        this.variants = variants;
    }

    /** Returns trials without a variant as yet: from 1 to 100,000 rounds, after one round of warm-up. */
    public static Trials of(int rounds) {
        if (rounds < 1 || rounds > MAX_ROUNDS) {
            throw new IllegalArgumentException("rounds must be from 1 to " + MAX_ROUNDS + ", got " + rounds);
        }
        return new Trials(rounds, 1, Map.of());
    }

    /** Returns this with another number of rounds, from 0 to 100,000, that are run first and not measured. */
    public Trials withWarmupRounds(int newWarmupRounds) {
        if (newWarmupRounds < 0 || newWarmupRounds > MAX_ROUNDS) {
            throw new IllegalArgumentException(
                    "warm-up rounds must be from 0 to " + MAX_ROUNDS + ", got " + newWarmupRounds);
        }
        return new Trials(rounds, newWarmupRounds, variants);
    }

    /** Returns this configuration with one more variant, unlike the others in name; its result is dropped. */
    public Trials add(String name, Callable<?> task) {
        Objects.requireNonNull(task, "task");
        if (variants.containsKey(name)) {
            throw new IllegalArgumentException("there is a variant \"" + name + "\" already: " + variants.keySet());
        }
        Map<String, Callable<?>> more = new LinkedHashMap<>(variants);
        more.put(name, task);
        return new Trials(rounds, warmupRounds, more);
    }

    /** The same for a variant that has no result. */
    public Trials add(String name, Task task) {
        Objects.requireNonNull(task, "task");
        return add(name, () -> {
            task.run();
            return null;
        });
    }

    /**
     * Runs all rounds.
     *
     * @throws InterruptedException if the thread is interrupted, before a task or in it; its interrupt flag is cleared
     * @throws ExecutionException if a task fails; the message names the variant and the round, the cause is what the
     *     task threw
     * @throws IllegalStateException if there is no variant
     */
    public Result run() throws InterruptedException, ExecutionException {
        if (variants.isEmpty()) {
            throw new IllegalStateException("there is no variant to run: add one first");
        }
        List<String> names = List.copyOf(variants.keySet());
        for (int round = 1; round <= warmupRounds; round++) {
            for (String name : names) {
                execute(name, "warm-up round " + round);
            }
        }
        List<Row> rows = new ArrayList<>();
        int[][] orders = WilliamsSquare.of(names.size());
        for (int round = 1; round <= rounds; round++) {
            int[] order = orders[(round - 1) % orders.length];
            for (int turn = 1; turn <= names.size(); turn++) {
                String name = names.get(order[turn - 1]);
                CpuUsage usage = execute(name, "round " + round);
                rows.add(new Row(name, round, turn, usage.wallSeconds(), usage.cores()));
            }
        }
        return new Result(names, rows);
    }

    private CpuUsage execute(String name, String round) throws InterruptedException, ExecutionException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before variant \"" + name + "\" in " + round);
        }
        Callable<?> task = variants.get(name);
        CpuMeter meter = CpuMeter.start();
        try {
            task.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (CancellationException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted =
                        new InterruptedException("interrupted in variant \"" + name + "\" in " + round);
                interrupted.initCause(e);
                throw interrupted;
            }
            throw failure(name, round, e);
        } catch (Throwable e) {
            throw failure(name, round, e);
        }
        return meter.stop();
    }

    private static ExecutionException failure(String name, String round, Throwable cause) {
        return new ExecutionException("variant \"" + name + "\" failed in " + round + ": " + cause, cause);
    }

    /** The times and cores of all rounds, in the order in which they ran. Immutable and thread-safe. */
    public record Result(List<String> names, List<Row> rows) {
        public Result {
            names = List.copyOf(names);
            rows = List.copyOf(rows);
        }

        /** Returns the median of a variant's wall time. */
        public Estimate seconds(String name) {
            return Estimate.median(secondsByRound(name), "s");
        }

        /** Returns the median of how many cores were in use, by this process and those below it. */
        public Estimate cores(String name) {
            return Estimate.median(rowsOf(name).stream().mapToDouble(Row::cores).toArray(), "cores");
        }

        /** Returns the median of a variant's time over another's, round by round: below 1, the variant is faster. */
        public Estimate ratio(String name, String baseline) {
            return Estimate.ratio(secondsByRound(name), secondsByRound(baseline));
        }

        /**
         * Returns the median of another variant's time over this one's, round by round: above 1, this one is faster.
         */
        public Estimate speedup(String name, String baseline) {
            return Estimate.ratio(secondsByRound(baseline), secondsByRound(name));
        }

        private double[] secondsByRound(String name) {
            return rowsOf(name).stream().mapToDouble(Row::seconds).toArray();
        }

        private List<Row> rowsOf(String name) {
            List<Row> found =
                    rows.stream().filter(row -> row.variant().equals(name)).toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException("no variant is called \"" + name + "\", there are " + names);
            }
            return found;
        }
    }
}
