package parlab.results;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.executors.ThrowingFunction;
import parlab.timing.CpuMeter;
import parlab.timing.CpuUsage;
import parlab.timing.OtherPrograms;
import parlab.timing.WilliamsSquare;
import tech.tablesaw.api.Table;

/**
 * Runs several ways to do something by turns and gives a table of what each round took: whole tasks of some 10 ms to
 * some seconds, with whatever threads and processes they use.
 *
 * {@snippet :
 * Table times = Trials.of(6)
 *         .add("serial", () -> work(1))
 *         .add("4 threads", () -> work(4))
 *         .run();
 * System.out.println(Results.ratio(times, "seconds", "way", "4 threads", "serial"));
 * }
 *
 * <p>The ways take turns, so that a slow spell of the machine hits them all: round after round, in the orders of
 * a {@link WilliamsSquare}. Over as many rounds as it has rows (as there are ways, or twice as many for an odd number),
 * each way directly follows each other one equally often, and inherits its garbage no more often than the others do. One
 * round, not measured, goes first. A round during which other programs kept more than {@link
 * OtherPrograms#TOLERATED_CORES} busy is repeated, at most half as many as there are rounds, and none any more once the
 * repetition was disturbed as well: then the machine is simply busy, and the column {@code others} says how much.
 *
 * <p>Tasks run in the calling thread, one at a time. Immutable and thread-safe as a configuration; two runs at the same
 * time disturb each other, and count each other's CPU time.
 */
public final class Trials {
    private static final int MAX_ROUNDS = 100_000;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** A task without a result. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;
    }

    private record Way(String name, Map<String, ?> variables, Callable<?> task) {
        String label() {
            return "\"" + name + "\"" + (variables.isEmpty() ? "" : " " + variables);
        }
    }

    private final int rounds;
    private final int warmupRounds;
    private final Duration pause;
    private final List<Way> ways;

    /** Begins to watch other programs; what it returns is asked once, for the cores that they kept busy. */
    private final Supplier<DoubleSupplier> watch;

    private Trials(int rounds, int warmupRounds, Duration pause, List<Way> ways, Supplier<DoubleSupplier> watch) {
        this.rounds = rounds;
        this.warmupRounds = warmupRounds;
        this.pause = pause;
        this.ways = ways;
        this.watch = watch;
    }

    /** Returns trials without a way as yet: from 1 to 100,000 rounds, after one round of warm-up. */
    public static Trials of(int rounds) {
        if (rounds < 1 || rounds > MAX_ROUNDS) {
            throw new IllegalArgumentException("rounds must be from 1 to " + MAX_ROUNDS + ", got " + rounds);
        }
        return new Trials(rounds, 1, Duration.ZERO, List.of(), () -> OtherPrograms.watch()::cores);
    }

    /** Returns this with another number of rounds, from 0 to 100,000, that are run first and not measured. */
    public Trials withWarmupRounds(int newWarmupRounds) {
        if (newWarmupRounds < 0 || newWarmupRounds > MAX_ROUNDS) {
            throw new IllegalArgumentException(
                    "warm-up rounds must be from 0 to " + MAX_ROUNDS + ", got " + newWarmupRounds);
        }
        return new Trials(rounds, newWarmupRounds, pause, ways, watch);
    }

    /** For tests: other programs as they are told to be. */
    Trials watching(Supplier<DoubleSupplier> others) {
        return new Trials(rounds, warmupRounds, pause, ways, others);
    }

    /**
     * Returns this with a pause before each task, which is not measured: for tasks that leave threads busy for a while, as
     * some libraries' do, which look for more work before they sleep.
     */
    public Trials withPause(Duration newPause) {
        if (newPause.isNegative() || newPause.compareTo(LONGEST_PAUSE) > 0) {
            throw new IllegalArgumentException("a pause must be from 0 to 1 min, got " + newPause);
        }
        return new Trials(rounds, warmupRounds, newPause, ways, watch);
    }

    /** Returns this with one more way, which differs from the others in name. */
    public Trials add(String name, Callable<?> task) {
        return add(name, Map.of(), task);
    }

    /** The same for a way that has no result. */
    public Trials add(String name, Task task) {
        return add(name, Map.of(), task);
    }

    /**
     * Returns this with one more way, which differs from the others in name or variables. If the task returns a record
     * or a map, its fields become columns of the way's row; any other result is dropped.
     *
     * @param variables what else tells the way apart, such as {@code Map.of("threads", 8)}: a column for each
     */
    public Trials add(String name, Map<String, ?> variables, Callable<?> task) {
        Objects.requireNonNull(task, "task");
        Way way = new Way(name, new LinkedHashMap<>(variables), task);
        if (ways.stream().anyMatch(other -> other.name.equals(name) && other.variables.equals(way.variables))) {
            throw new IllegalArgumentException("there is a way " + way.label() + " already: a second one needs another"
                    + " name, or other variables");
        }
        List<Way> more = new ArrayList<>(ways);
        more.add(way);
        return new Trials(rounds, warmupRounds, pause, List.copyOf(more), watch);
    }

    /** The same for a way that has no result. */
    public Trials add(String name, Map<String, ?> variables, Task task) {
        Objects.requireNonNull(task, "task");
        return add(name, variables, () -> {
            task.run();
            return null;
        });
    }

    /** Returns this with a way for each value: a column holds it, and the task gets it. */
    public <T> Trials addEach(
            String name, String column, Iterable<? extends T> values, ThrowingFunction<? super T, ?> task) {
        Trials more = this;
        for (T value : values) {
            more = more.add(name, Map.of(column, value), () -> task.apply(value));
        }
        return more;
    }

    /** Returns this with a way for each pool, called as in {@link Pools#named}: it maps the function over all items. */
    public <T> Trials onEach(
            SequencedMap<String, ExecutorService> pools,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ?> function) {
        return onEach(pools, Map.of(), items, function);
    }

    /** The same with variables, as in {@link #add(String, Map, Callable)}. */
    public <T> Trials onEach(
            SequencedMap<String, ExecutorService> pools,
            Map<String, ?> variables,
            Iterable<? extends T> items,
            ThrowingFunction<? super T, ?> function) {
        Trials more = this;
        for (Map.Entry<String, ExecutorService> pool : pools.entrySet()) {
            more = more.add(pool.getKey(), variables, () -> Tasks.map(pool.getValue(), items, function));
        }
        return more;
    }

    /**
     * Runs all rounds and returns a row for each way of each round, in the order in which they were added: {@code side} (the
     * JVM), {@code way}, {@code round} from 1, {@code seconds} of wall time, {@code cores} in use on average by this
     * process and those below it, {@code others}, the cores that other programs kept busy meanwhile; then variables and
     * results.
     *
     * @throws InterruptedException if the thread is interrupted, before a task or in it; its interrupt flag is cleared
     * @throws ExecutionException if a task fails; the message names the way and the round, the cause is what the
     *     task threw
     * @throws IllegalStateException if there is no way
     */
    public Table run() throws InterruptedException, ExecutionException {
        return run(done -> {});
    }

    /**
     * The same with a listener, such as {@code Notebook.progress}, that hears how many tasks have ended after each round.
     */
    public Table run(Tasks.Progress progress) throws InterruptedException, ExecutionException {
        progress.started((long) (warmupRounds + rounds) * ways.size());
        try {
            return run(progress::advanced);
        } finally {
            progress.finished();
        }
    }

    private Table run(LongConsumer done) throws InterruptedException, ExecutionException {
        if (ways.isEmpty()) {
            throw new IllegalStateException("there is no way to run: add one first");
        }
        for (int round = 1; round <= warmupRounds; round++) {
            for (Way way : ways) {
                execute(way, 0, "warm-up round " + round);
            }
            done.accept((long) round * ways.size());
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        int[][] orders = WilliamsSquare.of(ways.size());
        int repetitions = rounds / 2;
        for (int round = 1; round <= rounds; round++) {
            int[] order = orders[(round - 1) % orders.length];
            List<Map<String, Object>> row = run(round, order);
            if (isDisturbed(row) && repetitions > 0) {
                row = run(round, order);
                repetitions = isDisturbed(row) ? 0 : repetitions - 1;
            }
            rows.addAll(row);
            done.accept((long) (warmupRounds + round) * ways.size());
        }
        return Tables.of("", rows);
    }

    private List<Map<String, Object>> run(int round, int[] order) throws InterruptedException, ExecutionException {
        SortedMap<Integer, Map<String, Object>> rows = new TreeMap<>();
        for (int turn : order) {
            rows.put(turn, execute(ways.get(turn), round, "round " + round));
        }
        return List.copyOf(rows.values());
    }

    private static boolean isDisturbed(List<Map<String, Object>> round) {
        return round.stream().anyMatch(row -> (double) row.get("others") > OtherPrograms.TOLERATED_CORES);
    }

    private Map<String, Object> execute(Way way, int round, String place)
            throws InterruptedException, ExecutionException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before way " + way.label() + " in " + place);
        }
        Thread.sleep(pause);
        Object result;
        DoubleSupplier others = watch.get();
        CpuMeter meter = CpuMeter.start();
        try {
            result = way.task.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (CancellationException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted =
                        new InterruptedException("interrupted in way " + way.label() + " in " + place);
                interrupted.initCause(e);
                throw interrupted;
            }
            throw failure(way, place, e);
        } catch (Throwable e) {
            throw failure(way, place, e);
        }
        CpuUsage usage = meter.stop();
        Map<String, Object> row = Results.row(
                "side",
                BySide.JVM,
                "way",
                way.name,
                "round",
                round,
                "seconds",
                usage.wallSeconds(),
                "cores",
                usage.cores(),
                "others",
                others.getAsDouble());
        List.of(way.variables, fields(result))
                .forEach(more -> more.forEach((name, value) -> {
                    if (row.putIfAbsent(String.valueOf(name), value) != null) {
                        throw new IllegalArgumentException("way " + way.label() + " gives a column \"" + name
                                + "\", which the table has already: " + row.keySet());
                    }
                }));
        return row;
    }

    private static Map<?, ?> fields(Object result) {
        return result instanceof Map || result instanceof Record ? Tables.fields(result) : Map.of();
    }

    private static ExecutionException failure(Way way, String place, Throwable cause) {
        return new ExecutionException("way " + way.label() + " failed in " + place + ": " + cause, cause);
    }

    @Override
    public String toString() {
        return rounds + " rounds of "
                + Arrays.toString(ways.stream().map(Way::label).toArray());
    }
}
