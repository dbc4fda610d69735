package parlab.kernels;

import java.util.random.RandomGenerator;

/** Products to compare with: sums in twice the precision, and how far from them a product may be. */
final class Reference {
    static final double EPS = 0x1p-53;

    private Reference() {}

    /**
     * C = alpha A B + beta C, each element a sum of unevaluated pairs: the error of each multiplication and each
     * addition is computed and carried along (T. J. Dekker, A floating-point technique for extending the available
     * precision, 1971), so that some 100 bits are right where nothing overflows.
     */
    static double[] product(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        double[] result = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double high = 0;
                double low = 0;
                for (int p = 0; p < k; p++) {
                    double x = a[i * k + p];
                    double y = b[p * n + j];
                    double product = x * y;
                    double sum = high + product;
                    double back = sum - high;
                    low += Math.fma(x, y, -product) + ((high - (sum - back)) + (product - back));
                    high = sum;
                }
                double old = beta == 0 ? 0 : beta * c[i * n + j];
                result[i * n + j] = (alpha == 0 ? 0 : alpha * high + alpha * low) + old;
            }
        }
        return result;
    }

    /** |alpha| |A| |B| + |beta| |C|: what the rounding errors of a product are measured by. */
    static double[] magnitude(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        double[] result = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += Math.abs(a[i * k + p] * b[p * n + j]);
                }
                result[i * n + j] = Math.abs(alpha) * sum + (beta == 0 ? 0 : Math.abs(beta * c[i * n + j]));
            }
        }
        return result;
    }

    /**
     * The first element that is further from the truth than (k + 4) eps times the magnitude; N. Higham, Accuracy and
     * Stability of Numerical Algorithms, section 3.5, gives k eps for the sum in any order. What underflows may be
     * off by the smallest number, each time.
     *
     * @return a description, or an empty text if all are near enough
     */
    static String firstWrong(
            int m, int n, int k, double eps, double smallest, double[] got, double[] truth, double[] size) {
        for (int at = 0; at < m * n; at++) {
            double allowed = (k + 4) * (eps * size[at] + smallest);
            if (!(Math.abs(got[at] - truth[at]) <= allowed)) {
                return "C[" + at / n + "," + at % n + "] of " + Shapes.product(m, n, k) + " is " + got[at] + ", not "
                        + truth[at] + " +- " + allowed;
            }
        }
        return "";
    }

    /** The plain loop, with everything that IEEE 754 says of NaN and infinity. */
    static double[] naive(int m, int n, int k, double[] a, double[] b) {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                for (int p = 0; p < k; p++) {
                    c[i * n + j] += a[i * k + p] * b[p * n + j];
                }
            }
        }
        return c;
    }

    static double[] random(RandomGenerator random, int length, double scale) {
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = (random.nextDouble() - 0.5) * scale;
        }
        return values;
    }
}
