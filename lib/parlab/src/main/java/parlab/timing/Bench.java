package parlab.timing;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Measures what a short piece of code costs, from a nanosecond to some tens of milliseconds a call, within
 * a second or two, in the running JVM. For whole tasks, and for anything with threads, take
 * {@link Trials}.
 *
 * {@snippet :
 * double[] x = new Random(1).doubles(1024).toArray();
 * Measurement m = Bench.standard().measure("sum", () -> Arrays.stream(x).sum());
 * }
 *
 * <p>What it does:
 * <ol>
 *   <li>The body is called in a loop whose class is made anew for each measurement, so that the compiler
 *       inlines it as if it were the only one ever measured. The body stays a parameter: what a lambda
 *       captured, or a notebook's variable, is read at run time and not folded into a constant.
 *   <li>The loop uses every result (see {@link Measurement.Guard}) and reads a volatile field in each
 *       iteration, so that neither the work nor the loads can be dropped or moved out of the loop.
 *   <li><b>Warm-up</b> until three windows of 20 ms agree (medians within 2 %, or overlapping intervals) and
 *       the JIT compilers were busy for at most 5 % of each; for 0.2 s at least, or up to 1 s where the
 *       thread gets little of a core; for half the budget at most.
 *   <li><b>Samples</b> are batches of calls of about 2 ms, which is 1000 times the clock's step or more; one
 *       call, where that takes longer. They are taken for 0.2 s at least, and until the median's 95 %
 *       interval is narrow enough or the budget is spent. If the first half of the samples disagrees with
 *       the second, it is counted as warm-up, and sampling goes on.
 *   <li>The median leaves out what happens in a few samples only, such as most garbage collections: the mean
 *       of {@link Measurement#samples} has them in.
 *   <li>The same loop with an empty body is measured too and reported.
 * </ol>
 *
 * <p>The method is JMH's, shortened (A. Shipilëv and others, <i>Java Microbenchmark Harness</i>), and so are
 * its limits, but for one: JMH starts a JVM for each benchmark. Here, code that bodies share, such as
 * {@code HashMap}, keeps the profile that all its uses so far have given it; and nothing is known about how
 * much another JVM would differ. A body that the compiler can compute at compile time, such as
 * {@code () -> Math.sqrt(2)}, costs nothing: let it read a variable.
 *
 * <p>An interrupt ends a measurement between two batches, that is within milliseconds unless one call takes
 * longer: {@link CancellationException}, with the thread's interrupt flag still set. What a body throws ends
 * the measurement and is passed on.
 *
 * <p>Immutable and thread-safe, but measurements that run at the same time disturb each other.
 */
public final class Bench {
    private static final Duration STANDARD_BUDGET = Duration.ofSeconds(2);
    private static final Duration MIN_BUDGET = Duration.ofMillis(10);
    private static final Duration MAX_BUDGET = Duration.ofHours(1);
    private static final double STANDARD_HALF_WIDTH = 0.01;

    private final Duration budget;
    private final double relativeHalfWidth;
    private final boolean compilerBlackhole;

    private Bench(Duration budget, double relativeHalfWidth, boolean compilerBlackhole) {
        this.budget = budget;
        this.relativeHalfWidth = relativeHalfWidth;
        this.compilerBlackhole = compilerBlackhole;
    }

    /** Returns the standard configuration: a budget of 2 s a measurement, and an interval of 1 % to each side. */
    public static Bench standard() {
        return new Bench(STANDARD_BUDGET, STANDARD_HALF_WIDTH, Blackhole.isActive());
    }

    /**
     * Returns this with another budget, from 10 ms to 1 h: how long a measurement may take in all. It ends earlier when
     * its interval is narrow enough, and later only to finish the call that runs; two calls of the body are made in any
     * case.
     */
    public Bench withBudget(Duration newBudget) {
        if (newBudget.compareTo(MIN_BUDGET) < 0 || newBudget.compareTo(MAX_BUDGET) > 0) {
            throw new IllegalArgumentException("a budget must be from 10 ms to 1 h, got " + newBudget);
        }
        return new Bench(newBudget, relativeHalfWidth, compilerBlackhole);
    }

    /** Returns this with another width at which to stop before the budget's end: half the interval over the median. */
    Bench withRelativeHalfWidth(double newHalfWidth) {
        return new Bench(budget, newHalfWidth, compilerBlackhole);
    }

    /** Returns this with or without relying on the JVM's black holes. */
    Bench withCompilerBlackhole(boolean newCompilerBlackhole) {
        return new Bench(budget, relativeHalfWidth, newCompilerBlackhole);
    }

    /**
     * Measures a body that returns a boolean: calls it over and over in the calling thread.
     *
     * @throws CancellationException if the thread is interrupted
     */
    public Measurement measure(String name, BooleanSupplier body) {
        return measure(name, Body.of(body), guard());
    }

    /** The same for a body that returns an int, or a byte, short or char. */
    public Measurement measure(String name, IntSupplier body) {
        return measure(name, Body.of(body), guard());
    }

    /** The same for a body that returns a long. */
    public Measurement measure(String name, LongSupplier body) {
        return measure(name, Body.of(body), guard());
    }

    /** The same for a body that returns a double or float. */
    public Measurement measure(String name, DoubleSupplier body) {
        return measure(name, Body.of(body), guard());
    }

    /** The same for a body that returns a reference. */
    public Measurement measure(String name, Supplier<?> body) {
        return measure(name, Body.of(body), guard());
    }

    /**
     * The same for a body that returns nothing. It must leave a trace that another thread could see, such as a change
     * of a field or of an array's element: the compiler may remove what leaves none.
     */
    public Measurement run(String name, Runnable body) {
        return measure(name, Body.of(body), Measurement.Guard.NONE);
    }

    /**
     * Measures two bodies that return a double or float, in alternation.
     *
     * @throws CancellationException if the thread is interrupted
     */
    public Comparison compare(String firstName, DoubleSupplier first, String secondName, DoubleSupplier second) {
        Body one = Body.of(first);
        Body other = Body.of(second);
        Sampler.Outcome loop = loop(one);
        Sampler sampler = sampler(loop);
        sampler.add(firstName, one.batch(), compilerBlackhole);
        sampler.add(secondName, other.batch(), compilerBlackhole);
        Sampler.Outcome outcome = sampler.run();
        return new Comparison(
                measurement(firstName, outcome, 0, loop, guard()),
                measurement(secondName, outcome, 1, loop, guard()),
                Estimate.ratio(
                        outcome.series().getFirst().nanosPerCall(),
                        outcome.series().getLast().nanosPerCall()));
    }

    private Measurement measure(String name, Body body, Measurement.Guard guard) {
        Objects.requireNonNull(name, "name");
        Sampler.Outcome loop = loop(body);
        Sampler sampler = sampler(loop);
        sampler.add(name, body.batch(), compilerBlackhole);
        return measurement(name, sampler.run(), 0, loop, guard);
    }

    /** Returns one with what the empty loop has left of the budget. */
    private Sampler sampler(Sampler.Outcome loop) {
        long nanos = budget.toNanos();
        return Sampler.of(Math.max(nanos / 2, nanos - loop.totalNanos()), relativeHalfWidth);
    }

    private Sampler.Outcome loop(Body body) {
        Sampler sampler = Sampler.ofEmptyLoop(budget.toNanos());
        sampler.add("empty loop", body.empty(), compilerBlackhole);
        return sampler.run();
    }

    private static Measurement measurement(
            String name, Sampler.Outcome outcome, int lane, Sampler.Outcome loop, Measurement.Guard guard) {
        Sampler.Series series = outcome.series().get(lane);
        return new Measurement(
                name,
                series.median(),
                Arrays.stream(series.nanosPerCall()).boxed().toList(),
                series.callsPerSample(),
                loop.series().getFirst().median(),
                outcome.cpuShare(),
                outcome.steady(),
                guard);
    }

    private Measurement.Guard guard() {
        return compilerBlackhole ? Measurement.Guard.COMPILER_BLACKHOLE : Measurement.Guard.SINK;
    }
}
