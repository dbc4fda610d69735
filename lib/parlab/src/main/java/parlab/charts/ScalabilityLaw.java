package parlab.charts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.QRDecomposition;
import org.hipparchus.linear.RealVector;
import parlab.results.Results;
import parlab.timing.Estimate;
import tech.tablesaw.api.Table;

/**
 * The Universal Scalability Law fitted to measurements: with n workers the throughput is
 *
 * <pre>X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1))</pre>
 *
 * <p>where lambda is the throughput of one worker, sigma the contention, and kappa the coherency: see {@link
 * #contention} and {@link #coherency}. With kappa = 0 it is Amdahl's law. Source: N. J. Gunther, <i>Guerrilla Capacity
 * Planning</i> (Springer, 2007), chapters 4 to 6.
 *
 * <p><b>The fit.</b> A window that is disturbed loses a share of its throughput, whatever n: so the squares of the
 * relative errors, measured / law - 1, are made least. Turned over, n / X(n) = (1 + sigma (n - 1) + kappa n (n - 1)) /
 * lambda is linear in 1 / lambda, sigma / lambda and kappa / lambda, for which Hipparchus solves at once. None of them
 * may be negative: of the fits with some of them fixed at 0 that give no negative one, the best is taken.
 *
 * <p><b>The intervals</b> are bootstrap intervals of 95 % over the rounds (B. Efron, <i>Bootstrap Methods: Another Look
 * at the Jackknife</i>, Annals of Statistics 7, 1979): 1,000 times, for each number of workers as many of its samples
 * are drawn as there are, less one, each time from all of them, and the law is fitted to what was drawn; 95 % of these
 * laws lie within the interval. One fewer, because the spread of so few rounds is otherwise taken for too small (Efron,
 * <i>The Jackknife, the Bootstrap and Other Resampling Plans</i>, 1982, chapter 8). The draw is the same each time. The
 * intervals know of the spread between the rounds, and not whether the law is the right one; where kappa is truly 0,
 * those far beyond the data hold the truth less often than they say (D. W. K. Andrews, Econometrica 68, 2000). Without
 * two samples at one number of workers they are from 0 to infinity.
 *
 * <p>Immutable and thread-safe.
 */
public final class ScalabilityLaw {
    private static final double CONFIDENCE = 0.95;
    private static final int DRAWS = 1_000;
    private static final int SEED = 2007;

    /**
     * Sigma and kappa are 1,000 together at most: without samples of one worker, nearly equal throughputs could else
     * not tell a large lambda from an infinite one.
     */
    private static final double LEAST_SHARE = 1e-3;

    /** The law's parameters. */
    private record Parameters(double lambda, double sigma, double kappa) {
        double at(double n) {
            return lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
        }

        double peak() {
            return sigma >= 1 ? 1 : Math.max(1, Math.sqrt((1 - sigma) / kappa)); // infinite if kappa is 0
        }
    }

    private final double[] n;

    /** Throughputs as shares of the largest one, so that their unit makes no difference to the fit. */
    private final double[] x;

    private final double largest;
    private final String unit;
    private final boolean amdahl;
    private final Parameters best;

    /** Fitted to what was drawn; empty if no number of workers has two samples. */
    private final List<Parameters> drawn;

    private ScalabilityLaw(double[] n, double[] throughput, String unit) {
        this.n = n;
        this.largest = Arrays.stream(throughput).max().orElseThrow();
        this.x = Arrays.stream(throughput).map(t -> t / largest).toArray();
        this.unit = unit;
        this.amdahl = Arrays.stream(n).distinct().count() == 2;
        this.best = fit(IntStream.range(0, n.length).toArray());
        this.drawn = draw();
    }

    /**
     * Fits the law to samples at two different numbers of workers at least.
     *
     * @param workers the number of workers of each sample, from 1 to 1,000,000, in any order
     * @param throughput as many samples, each above 0: work done in a unit of time, or speed-ups
     * @param unit the throughput's unit, such as {@code "tasks/s"}, or {@code "x"} for speed-ups
     */
    public static ScalabilityLaw fit(double[] workers, double[] throughput, String unit) {
        if (workers.length != throughput.length) {
            throw new IllegalArgumentException("a fit needs pairs, got " + workers.length + " numbers of workers and "
                    + throughput.length + " throughputs");
        }
        for (int i = 0; i < workers.length; i++) {
            if (!(workers[i] >= 1 && workers[i] <= 1e6)) {
                throw new IllegalArgumentException(
                        "sample " + i + " has " + workers[i] + " workers: they must be from 1 to 1000000");
            }
            if (!(throughput[i] > 1e-300 && throughput[i] < 1e300)) {
                throw new IllegalArgumentException("sample " + i + " (" + workers[i] + " workers) has the throughput "
                        + throughput[i] + ": it must be above 0 and finite");
            }
        }
        long levels = Arrays.stream(workers).distinct().count();
        if (levels < 2) {
            throw new IllegalArgumentException("a fit needs samples at 2 different numbers of workers at least (3 for"
                    + " coherency as well, better 5), got "
                    + (levels == 0 ? "none" : workers.length + " at " + workers[0] + " only"));
        }
        return new ScalabilityLaw(workers.clone(), throughput, unit);
    }

    /**
     * Fits the law to the rows of a table. Rows without throughput, missing or 0, are left out: the law knows no standstill.
     *
     * @param workers the column with the number of workers
     * @param throughput the column with the throughput, whose name tells its unit, such as {@code jobs/s}
     */
    public static ScalabilityLaw fit(Table table, String workers, String throughput) {
        double[] n = Results.numeric(table, workers).asDoubleArray();
        double[] x = Results.numeric(table, throughput).asDoubleArray();
        int[] moved = IntStream.range(0, n.length).filter(i -> x[i] > 0).toArray();
        return fit(
                Arrays.stream(moved).mapToDouble(i -> n[i]).toArray(),
                Arrays.stream(moved).mapToDouble(i -> x[i]).toArray(),
                Results.unitOf(throughput));
    }

    /** The law's name: Amdahl's if there were samples at two numbers of workers only, which leave kappa at 0. */
    String name() {
        return amdahl ? "Amdahl's law" : "Universal Scalability Law";
    }

    /** The largest number of workers among the samples: beyond it, the law is extrapolated. */
    double fittedUpTo() {
        return Arrays.stream(n).max().orElseThrow();
    }

    /** Whether the intervals say something: false if no number of workers has two samples. */
    boolean hasIntervals() {
        return !drawn.isEmpty();
    }

    /** The throughput of one worker, above 0, in the samples' unit. */
    public Estimate lambda() {
        return predict(1);
    }

    /**
     * Contention, sigma: the share of the work that goes one at a time; above 1 where two workers are slower than one.
     */
    public Estimate contention() {
        return estimate(Parameters::sigma, 0, "");
    }

    /** Coherency, kappa: what each pair of workers costs to keep in agreement, as a share of one worker's work. */
    public Estimate coherency() {
        return amdahl ? Estimate.exact(0, "") : estimate(Parameters::kappa, 0, "");
    }

    /** The law's throughput, in the samples' unit, for a number of workers from 1 to 1e9. */
    public double at(double workers) {
        if (!(workers >= 1 && workers <= 1e9)) {
            throw new IllegalArgumentException("a number of workers must be from 1 to 1e9, got " + workers);
        }
        return largest * best.at(workers);
    }

    /** The same with its 95 % confidence interval. */
    public Estimate predict(double workers) {
        at(workers);
        return estimate(law -> largest * law.at(workers), 0, unit);
    }

    /** The number of workers with the highest throughput, the root of (1 - sigma) / kappa; infinite if kappa is 0. */
    public Estimate peak() {
        return estimate(Parameters::peak, 1, "workers");
    }

    @Override
    public String toString() {
        Estimate peak = peak();
        double explained = rSquared();
        return name() + ": lambda " + lambda() + ", contention " + contention() + ", coherency " + coherency()
                + (Double.isInfinite(peak.value()) ? ", no peak" : ", peak at " + peak)
                + String.format(Locale.ROOT, ", R² %.4f", explained)
                + (explained > 0 ? "" : ": it explains nothing of these figures");
    }

    /**
     * The share of the throughputs' variance that the law explains: at most 1, and 0 or less if it explains nothing.
     */
    double rSquared() {
        double mean = Arrays.stream(x).average().orElseThrow();
        double residual = 0;
        double total = 0;
        for (int i = 0; i < n.length; i++) {
            residual += Math.pow(x[i] - best.at(n[i]), 2);
            total += Math.pow(x[i] - mean, 2);
        }
        // With equal throughputs there is no variance to explain, and a law that hits them all is perfect.
        return total > 1e-20 * n.length ? 1 - residual / total : residual <= 1e-12 * n.length ? 1 : 0;
    }

    // ---------------------------------------------------------------------------------------------- the fit

    /** The law that fits these samples best: the best of the fits with some of the three terms left out. */
    private Parameters fit(int[] samples) {
        int terms = amdahl ? 2 : 3;
        double[] factors = {};
        double least = Double.POSITIVE_INFINITY;
        for (int chosen = 1; chosen < 1 << terms; chosen++) {
            double[] candidate = factors(samples, chosen);
            double squares = squares(samples, candidate);
            // A term that gains nothing but rounding is left out.
            if (Arrays.stream(candidate).allMatch(f -> f >= 0)
                    && squares < (1 - 1e-9) * least - 1e-20 * samples.length) {
                least = squares;
                factors = candidate;
            }
        }
        double one = term(0, 1) * factors[0] + term(1, 1) * factors[1] + term(2, 1) * factors[2];
        return new Parameters(1 / one, factors[1] / one, factors[2] / one);
    }

    /** What 1 / X(n) is a sum of, in about 1 / lambda, sigma / lambda and kappa / lambda. */
    private static double term(int t, double n) {
        return switch (t) {
            case 0 -> 1 / n;
            case 1 -> (n - 1 + LEAST_SHARE) / n;
            default -> n - 1 + LEAST_SHARE / n;
        };
    }

    /** The factors of the terms whose bits are set, by least squares of the relative errors; 0 for the others. */
    private double[] factors(int[] samples, int chosen) {
        int[] used = IntStream.range(0, 3).filter(t -> (chosen >> t & 1) == 1).toArray();
        double[][] rows = new double[samples.length][used.length];
        for (int r = 0; r < rows.length; r++) {
            for (int c = 0; c < used.length; c++) {
                rows[r][c] = x[samples[r]] * term(used[c], n[samples[r]]);
            }
        }
        RealVector ones = new ArrayRealVector(rows.length, 1.0);
        RealVector solution = new QRDecomposition(new Array2DRowRealMatrix(rows, false))
                .getSolver()
                .solve(ones);
        double[] factors = new double[3];
        for (int c = 0; c < used.length; c++) {
            factors[used[c]] = solution.getEntry(c);
        }
        return factors;
    }

    /** The sum of the squares of measured / law - 1. */
    private double squares(int[] samples, double[] factors) {
        double squares = 0;
        for (int i : samples) {
            double inverse = 0;
            for (int t = 0; t < factors.length; t++) {
                inverse += factors[t] * term(t, n[i]);
            }
            squares += Math.pow(x[i] * inverse - 1, 2);
        }
        return squares;
    }

    // ---------------------------------------------------------------------------------------- the intervals

    private List<Parameters> draw() {
        List<List<Integer>> rounds = List.copyOf(IntStream.range(0, n.length)
                .boxed()
                .collect(Collectors.groupingBy(i -> n[i], TreeMap::new, Collectors.toList()))
                .values());
        List<Parameters> laws = new ArrayList<>();
        Random random = new Random(SEED);
        while (rounds.size() < n.length && laws.size() < DRAWS) {
            laws.add(fit(rounds.stream()
                    .flatMapToInt(samples -> random.ints(Math.max(1, samples.size() - 1), 0, samples.size())
                            .map(samples::get))
                    .toArray()));
        }
        return laws;
    }

    /** What the best law says, and between what 95 % of the drawn laws say it; at least least. */
    private Estimate estimate(ToDoubleFunction<Parameters> figure, double least, String of) {
        double value = figure.applyAsDouble(best);
        double[] sorted = drawn.stream().mapToDouble(figure).sorted().toArray();
        int outside = (int) Math.round(sorted.length * (1 - CONFIDENCE) / 2);
        double low = sorted.length == 0 ? least : Math.min(value, sorted[outside]);
        double high =
                sorted.length == 0 ? Double.POSITIVE_INFINITY : Math.max(value, sorted[sorted.length - 1 - outside]);
        return new Estimate(value, low, high, CONFIDENCE, n.length, of);
    }
}
