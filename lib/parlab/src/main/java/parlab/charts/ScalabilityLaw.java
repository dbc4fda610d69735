package parlab.charts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.hipparchus.analysis.solvers.BrentSolver;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.optim.nonlinear.vector.leastsquares.MultivariateJacobianFunction;
import org.hipparchus.optim.nonlinear.vector.leastsquares.ParameterValidator;
import org.hipparchus.util.Pair;
import parlab.timing.Estimate;

/**
 * The Universal Scalability Law fitted to measurements: with n workers the throughput is
 *
 * <pre>X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1))</pre>
 *
 * <p>where lambda is the throughput of one worker, sigma (contention) the share of the work that goes one at a
 * time, and kappa (crosstalk, or coherence) what each pair of workers costs each other. With kappa = 0 it is
 * Amdahl's law. Source: N. J. Gunther, <i>Guerrilla Capacity Planning</i> (Springer, 2007), chapters 4 to 6, and
 * <i>A Simple Capacity Model of Massively Parallel Transaction Systems</i> (CMG 1993).
 *
 * <p><b>The fit.</b> Least squares on the logarithm of the throughput (Levenberg and Marquardt's method of Hipparchus), for
 * a timing's error is a share of it and not so many tasks a second, whatever n. Neither sigma nor kappa may be
 * negative: where the best fit has a negative one, it is fixed at 0 and the rest fitted again, and of the fits
 * that are allowed the one with the least squares is taken.
 *
 * <p><b>The intervals</b> are of 95 %, and assume that the errors are independent, normal on the logarithmic scale, and
 * equally large there, and that the law is true. They are profile likelihood intervals with Student's t (D. M. Bates
 * and D. G. Watts, <i>Nonlinear Regression Analysis and Its Applications</i>, 1988, chapter 6): all parameters with
 * which the sum of squares is at most (1 + t²/(m - p)) times the least one, for m samples and p parameters.
 * Symmetric intervals from the covariance would run below 0 where sigma or kappa is small, and the
 * bootstrap is not consistent on such a bound (D. W. K. Andrews, Econometrica 68, 2000); these end at the bound, and cover
 * a true 0 more often than 95 %. With as many samples as parameters nothing is left to tell the error by: then the intervals are
 * from 0 to infinity.
 *
 * <p>Immutable and thread-safe.
 */
public final class ScalabilityLaw {

    /** Which law was fitted. */
    public enum Model {
        /** Contention and crosstalk. */
        UNIVERSAL,
        /** Contention only: kappa is 0, because two numbers of workers cannot tell the two apart. */
        AMDAHL
    }

    private static final double CONFIDENCE = 0.95;

    /** Rays from the best fit to the edge of the region of likely parameters, and points on each. */
    private static final int RAYS = 72;

    private static final int RINGS = 6;

    /** So far a parameter may lie from the best fit; beyond it, the data say nothing about it. */
    private static final double FAR = 1e6;

    private final double[] n;
    private final double[] logX;
    private final String unit;
    private final Model model;
    private final int freedom;

    private final double sigmaValue;
    private final double kappaValue;
    private final double logLambda;
    private final double leastSquares;

    /** Sum of squares up to which parameters are likely; infinite where there is nothing to tell it by. */
    private final double limit;

    /** Likely parameters: sigma, kappa, the best log lambda with them, and by how much log lambda may differ from it. */
    private final double[][] region;

    private final boolean unbounded;

    private ScalabilityLaw(double[] n, double[] x, String unit) {
        this.n = n;
        this.logX = Arrays.stream(x).map(Math::log).toArray();
        this.unit = unit;
        long levels = Arrays.stream(n).distinct().count();
        this.model = levels == 2 ? Model.AMDAHL : Model.UNIVERSAL;
        this.freedom = n.length - (model == Model.AMDAHL ? 2 : 3);
        double[] best = fit();
        this.sigmaValue = best[0];
        this.kappaValue = best[1];
        this.logLambda = bestLogLambda(best[0], best[1]);
        this.leastSquares = squares(best[0], best[1]);
        if (freedom > 0) {
            double t = new TDistribution(freedom).inverseCumulativeProbability(0.5 + CONFIDENCE / 2);
            this.limit = leastSquares * (1 + t * t / freedom);
            this.region = likelyRegion();
        } else {
            this.limit = Double.POSITIVE_INFINITY;
            this.region = new double[0][];
        }
        this.unbounded = freedom <= 0 || Arrays.stream(region).anyMatch(p -> p[0] >= 0.99 * FAR || p[1] >= 0.99 * FAR);
    }

    /**
     * Fits the law.
     *
     * @param workers the number of workers of each sample, 1 or more, in any order; repeated ones are used as such
     * @param throughput as many samples, each above 0: work done in a unit of time, or speed-ups
     * @param unit the throughput's unit, such as {@code "tasks/s"}, or {@code "x"} for speed-ups
     * @return the fitted law
     * @throws IllegalArgumentException if the lengths differ, if a value is out of range, or if all samples are of one
     *     number of workers
     */
    public static ScalabilityLaw fit(double[] workers, double[] throughput, String unit) {
        Objects.requireNonNull(unit, "unit");
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
                    + " crosstalk as well, better 5), got "
                    + (levels == 0 ? "none" : workers.length + " at " + workers[0] + " only"));
        }
        return new ScalabilityLaw(workers.clone(), throughput.clone(), unit);
    }

    /**
     * Fits the law to one value for each number of workers; the values' own intervals are not used.
     *
     * @param measured throughput or speed-up by the number of workers, all in one unit
     * @return the fitted law
     * @throws IllegalArgumentException as {@link #fit(double[], double[], String)} does, or if units differ
     */
    public static ScalabilityLaw fit(Map<Integer, Estimate> measured) {
        Map<Integer, Estimate> sorted = new TreeMap<>(measured);
        String unit = sorted.values().stream().map(Estimate::unit).findFirst().orElse("");
        sorted.forEach((workers, e) -> {
            if (!e.unit().equals(unit)) {
                throw new IllegalArgumentException(
                        "the value at " + workers + " workers has the unit '" + e.unit() + "', others '" + unit + "'");
            }
        });
        return fit(
                sorted.keySet().stream().mapToDouble(Integer::doubleValue).toArray(),
                sorted.values().stream().mapToDouble(Estimate::value).toArray(),
                unit);
    }

    /**
     * Which law was fitted.
     *
     * @return Amdahl's if there were samples at two numbers of workers only
     */
    public Model model() {
        return model;
    }

    /**
     * How far the data reach: beyond it, the law is extrapolated.
     *
     * @return the largest number of workers among the samples
     */
    public double fittedUpTo() {
        return Arrays.stream(n).max().orElseThrow();
    }

    /**
     * The throughput of one worker.
     *
     * @return above 0, in the samples' unit
     */
    public Estimate lambda() {
        return predict(1);
    }

    /**
     * Contention: the share of the work that goes one at a time.
     *
     * @return 0 or more; above 1 where two workers are slower than one
     */
    public Estimate sigma() {
        return parameter(0, sigmaValue);
    }

    /**
     * Crosstalk: what each pair of workers costs, as a share of one worker's work.
     *
     * @return 0 or more; exactly 0 for Amdahl's law
     */
    public Estimate kappa() {
        return model == Model.AMDAHL ? Estimate.exact(0, "") : parameter(1, kappaValue);
    }

    /**
     * The law's value.
     *
     * @param workers 1 or more
     * @return throughput in the samples' unit
     * @throws IllegalArgumentException if workers is out of range
     */
    public double at(double workers) {
        return Math.exp(logLambda + logShape(checked(workers), sigmaValue, kappaValue));
    }

    /**
     * The law's value with its 95 % confidence interval: where the true mean lies.
     *
     * @param workers 1 or more
     * @return throughput in the samples' unit; the interval is from 0 to infinity where the data say nothing
     * @throws IllegalArgumentException if workers is out of range
     */
    public Estimate predict(double workers) {
        double value = at(workers);
        if (freedom <= 0) {
            return around(value, 0, Double.POSITIVE_INFINITY);
        }
        double low = value;
        double high = value;
        for (double[] p : region) {
            double log = p[2] + logShape(workers, p[0], p[1]);
            low = Math.min(low, Math.exp(log - p[3]));
            high = Math.max(high, Math.exp(log + p[3]));
        }
        return around(value, low, high);
    }

    /**
     * The law's value with its 95 % prediction interval: where one more sample would lie. It adds a sample's own
     * error to the uncertainty of the law.
     *
     * @param workers 1 or more
     * @return throughput in the samples' unit
     * @throws IllegalArgumentException if workers is out of range
     */
    public Estimate predictSample(double workers) {
        Estimate mean = predict(workers);
        if (freedom <= 0) {
            return mean;
        }
        double own = Math.sqrt(Math.max(0, limit - leastSquares));
        double down = Math.hypot(Math.log(mean.value() / mean.low()), own);
        double up = Math.hypot(Math.log(mean.high() / mean.value()), own);
        return around(mean.value(), mean.value() * Math.exp(-down), mean.value() * Math.exp(up));
    }

    /**
     * The number of workers at which the throughput is highest: the square root of (1 - sigma) / kappa, as a real number.
     *
     * @return 1 or more; infinite if there is no crosstalk
     */
    public Estimate peak() {
        double value = peak(sigmaValue, kappaValue);
        if (freedom <= 0) {
            return new Estimate(value, 1, Double.POSITIVE_INFINITY, CONFIDENCE, n.length, "workers");
        }
        double low = value;
        double high = value;
        for (double[] p : region) {
            low = Math.min(low, peak(p[0], p[1]));
            high = Math.max(high, peak(p[0], p[1]));
        }
        return new Estimate(value, low, high, CONFIDENCE, n.length, "workers");
    }

    /**
     * The share of the throughputs' variance that the law explains, on the throughputs' own scale.
     *
     * @return at most 1; 0 or less for a law that is no better than the mean
     */
    public double rSquared() {
        double mean = Arrays.stream(logX).map(Math::exp).average().orElseThrow();
        double residual = 0;
        double total = 0;
        for (int i = 0; i < n.length; i++) {
            double x = Math.exp(logX[i]);
            residual += Math.pow(x - at(n[i]), 2);
            total += Math.pow(x - mean, 2);
        }
        // With equal throughputs there is no variance to explain, and a law that hits them all is perfect.
        return total <= 1e-20 * mean * mean * n.length
                ? (residual <= 1e-12 * mean * mean * n.length ? 1 : 0)
                : 1 - residual / total;
    }

    /**
     * How far samples lie from the law, typically.
     *
     * @return the standard deviation as a share of the throughput, such as 0.03; NaN if there are as many parameters as samples
     */
    public double relativeError() {
        return freedom > 0 ? Math.sqrt(leastSquares / freedom) : Double.NaN;
    }

    /**
     * Whether there are more samples than parameters and the intervals are finite.
     *
     * @return false if the intervals say nothing
     */
    public boolean hasIntervals() {
        return !unbounded;
    }

    /** The parameters in one line. */
    @Override
    public String toString() {
        String law = model == Model.AMDAHL ? "Amdahl's law: " : "Universal Scalability Law: ";
        return law + "lambda " + lambda() + ", sigma " + sigma() + ", kappa " + kappa() + ", peak at " + peak()
                + String.format(Locale.ROOT, ", R² %.4f", rSquared());
    }

    // ---------------------------------------------------------------------------------------------- the law

    private static double checked(double workers) {
        if (!(workers >= 1 && workers <= 1e9)) {
            throw new IllegalArgumentException("the number of workers must be from 1 to 1e9, got " + workers);
        }
        return workers;
    }

    /** The logarithm of X(n) / lambda. */
    private static double logShape(double n, double sigma, double kappa) {
        return Math.log(n) - Math.log(denominator(n, sigma, kappa));
    }

    private static double denominator(double n, double sigma, double kappa) {
        return 1 + sigma * (n - 1) + kappa * n * (n - 1);
    }

    private static double peak(double sigma, double kappa) {
        if (sigma >= 1) {
            return 1;
        }
        return kappa == 0 ? Double.POSITIVE_INFINITY : Math.max(1, Math.sqrt((1 - sigma) / kappa));
    }

    /** On the logarithmic scale lambda is the mean of what the shape leaves over. */
    private double bestLogLambda(double sigma, double kappa) {
        double sum = 0;
        for (int i = 0; i < n.length; i++) {
            sum += logX[i] - logShape(n[i], sigma, kappa);
        }
        return sum / n.length;
    }

    /** The sum of squares with the best lambda. */
    private double squares(double sigma, double kappa) {
        double[] left = new double[n.length];
        double sum = 0;
        for (int i = 0; i < n.length; i++) {
            left[i] = logX[i] - logShape(n[i], sigma, kappa);
            sum += left[i];
        }
        double mean = sum / n.length;
        double squares = 0;
        for (double l : left) {
            squares += (l - mean) * (l - mean);
        }
        return squares;
    }

    // ---------------------------------------------------------------------------------------------- the fit

    /** The best sigma and kappa that are not negative: the best of the fits with some of them fixed at 0. */
    private double[] fit() {
        double[] best = {0, 0};
        double least = squares(0, 0);
        boolean[][] choices = model == Model.AMDAHL
                ? new boolean[][] {{true, false}}
                : new boolean[][] {{true, false}, {false, true}, {true, true}};
        for (boolean[] free : choices) {
            double[] candidate = fit(free[0], free[1]);
            if (candidate[0] >= 0 && candidate[1] >= 0) {
                double sum = squares(candidate[0], candidate[1]);
                // A parameter that gains nothing but rounding stays 0.
                if (sum < (1 - 1e-9) * least - 1e-26 * n.length) {
                    least = sum;
                    best = candidate;
                }
            }
        }
        return best;
    }

    private double[] fit(boolean freeSigma, boolean freeKappa) {
        int parameters = 1 + (freeSigma ? 1 : 0) + (freeKappa ? 1 : 0);
        double[] start = new double[parameters];
        Arrays.fill(start, 0.01);
        start[0] = bestLogLambda(freeSigma ? 0.01 : 0, freeKappa ? 0.01 : 0);
        Law law = new Law(freeSigma, freeKappa);
        try {
            return law.parameters(new LevenbergMarquardtOptimizer()
                    .optimize(new LeastSquaresBuilder()
                            .start(start)
                            .target(logX)
                            .model(law)
                            .parameterValidator(law)
                            .maxEvaluations(1000)
                            .maxIterations(1000)
                            .build())
                    .getPoint());
        } catch (MathIllegalStateException noFurther) {
            // Rounding does not let the squares become less (exact data), or too many steps: take the best so far.
            return law.parameters(law.best);
        }
    }

    /** The law on the logarithmic scale as a function of log lambda and those of sigma and kappa that are free. */
    private final class Law implements MultivariateJacobianFunction, ParameterValidator {

        private final boolean freeSigma;
        private final boolean freeKappa;
        private RealVector best;
        private double least = Double.POSITIVE_INFINITY;

        Law(boolean freeSigma, boolean freeKappa) {
            this.freeSigma = freeSigma;
            this.freeKappa = freeKappa;
        }

        double[] parameters(RealVector point) {
            return new double[] {
                freeSigma ? point.getEntry(1) : 0, freeKappa ? point.getEntry(point.getDimension() - 1) : 0
            };
        }

        @Override
        public Pair<RealVector, RealMatrix> value(RealVector point) {
            double[] p = parameters(point);
            double[] values = new double[n.length];
            double[][] derivatives = new double[n.length][point.getDimension()];
            double squares = 0;
            for (int i = 0; i < n.length; i++) {
                double d = denominator(n[i], p[0], p[1]);
                values[i] = point.getEntry(0) + Math.log(n[i]) - Math.log(d);
                squares += Math.pow(values[i] - logX[i], 2);
                derivatives[i][0] = 1;
                if (freeSigma) {
                    derivatives[i][1] = -(n[i] - 1) / d;
                }
                if (freeKappa) {
                    derivatives[i][point.getDimension() - 1] = -n[i] * (n[i] - 1) / d;
                }
            }
            if (best == null || squares < least) {
                least = squares;
                best = point.copy();
            }
            return new Pair<>(new ArrayRealVector(values, false), new Array2DRowRealMatrix(derivatives, false));
        }

        /**
         * The search may pass through negative parameters, and end there: then that fit is not allowed. But the
         * law has no logarithm where its denominator is not above 0, so a step that goes too far is shortened.
         */
        @Override
        public RealVector validate(RealVector point) {
            double[] p = parameters(point);
            double worst = Double.POSITIVE_INFINITY;
            for (double workers : n) {
                worst = Math.min(worst, denominator(workers, p[0], p[1]));
            }
            if (worst >= 0.02) {
                return point;
            }
            RealVector shorter = point.copy();
            // The denominator is linear in the parameters, and 1 where they are 0.
            double factor = 0.98 / (1 - worst);
            for (int i = 1; i < point.getDimension(); i++) {
                shorter.setEntry(i, factor * point.getEntry(i));
            }
            return shorter;
        }
    }

    // ---------------------------------------------------------------------------------------- the intervals

    /**
     * Points all over the region of parameters whose sum of squares is within the limit: on rays from the best fit to
     * the region's edge, evenly spread where the law is nearly linear, and along the bounds.
     */
    private double[][] likelyRegion() {
        double aa = 0;
        double ab = 0;
        double bb = 0;
        double a = 0;
        double b = 0;
        for (double workers : n) {
            double d = denominator(workers, sigmaValue, kappaValue);
            double x = (workers - 1) / d;
            double y = workers * (workers - 1) / d;
            a += x / n.length;
            b += y / n.length;
            aa += x * x;
            ab += x * y;
            bb += y * y;
        }
        aa -= n.length * a * a;
        ab -= n.length * a * b;
        bb -= n.length * b * b;
        // Without these floors rounding could make the region endless where the law is flat.
        double l11 = Math.sqrt(Math.max(aa, 1e-30));
        double l21 = ab / l11;
        double l22 = Math.sqrt(Math.max(bb - l21 * l21, Math.max(1e-12 * bb, 1e-30)));
        double radius = Math.sqrt(Math.max(limit - leastSquares, 0));

        List<double[]> points = new ArrayList<>();
        points.add(point(sigmaValue, kappaValue));
        if (model == Model.AMDAHL) {
            addRay(points, radius / l11, 0);
            addRay(points, -radius / l11, 0);
        } else {
            for (int i = 0; i < RAYS; i++) {
                double angle = 2 * Math.PI * i / RAYS;
                double v = Math.sin(angle) / l22;
                addRay(points, radius * (Math.cos(angle) - l21 * v) / l11, radius * v);
            }
            addRay(points, radius / l11, 0);
            addRay(points, -radius / l11, 0);
            addRay(points, 0, radius / Math.sqrt(Math.max(bb, 1e-30)));
            addRay(points, 0, -radius / Math.sqrt(Math.max(bb, 1e-30)));
        }
        return points.toArray(double[][]::new);
    }

    private void addRay(List<double[]> points, double dSigma, double dKappa) {
        double most = Double.MAX_VALUE;
        if (dSigma < 0) {
            most = Math.min(most, sigmaValue / -dSigma);
        }
        if (dKappa < 0) {
            most = Math.min(most, kappaValue / -dKappa);
        }
        double size = Math.max(Math.abs(dSigma), Math.abs(dKappa));
        if (most == 0 || size == 0) {
            return;
        }
        most = Math.min(most, FAR / size);
        double end = Math.min(1, most);
        while (end < most && excess(end, dSigma, dKappa) < 0) {
            end = Math.min(2 * end, most);
        }
        if (excess(end, dSigma, dKappa) > 0) {
            double far = end;
            end = new BrentSolver(1e-9, 1e-9 * far).solve(500, r -> excess(r, dSigma, dKappa), 0, far);
        }
        for (int i = 1; i <= RINGS; i++) {
            double r = end * i / RINGS;
            points.add(point(Math.max(0, sigmaValue + r * dSigma), Math.max(0, kappaValue + r * dKappa)));
        }
    }

    private double excess(double r, double dSigma, double dKappa) {
        return squares(Math.max(0, sigmaValue + r * dSigma), Math.max(0, kappaValue + r * dKappa)) - limit;
    }

    /** What {@link #region} holds of a pair of parameters. */
    private double[] point(double sigma, double kappa) {
        double slack = Math.sqrt(Math.max(0, limit - squares(sigma, kappa)) / n.length);
        return new double[] {sigma, kappa, bestLogLambda(sigma, kappa), slack};
    }

    private Estimate parameter(int index, double value) {
        double low = freedom <= 0 ? 0 : value;
        double high = freedom <= 0 ? Double.POSITIVE_INFINITY : value;
        for (double[] p : region) {
            low = Math.min(low, p[index]);
            high = Math.max(high, p[index] >= 0.99 * FAR ? Double.POSITIVE_INFINITY : p[index]);
        }
        return new Estimate(value, low, high, CONFIDENCE, n.length, "");
    }

    private Estimate around(double value, double low, double high) {
        return new Estimate(value, Math.min(low, value), Math.max(high, value), CONFIDENCE, n.length, unit);
    }
}
