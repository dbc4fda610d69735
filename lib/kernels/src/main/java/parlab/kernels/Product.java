package parlab.kernels;

import java.util.Arrays;

/**
 * C = alpha A B + beta C, with A m x k, B k x n and C m x n, row after row; the arguments have been checked.
 *
 * <p>Helps to cut the work into parts, too.
 */
final class Product {
    final int m;
    final int n;
    final int k;
    final double alpha;
    final double[] a;
    final double[] b;
    final double beta;
    final double[] c;

    Product(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.alpha = alpha;
        this.a = a;
        this.b = b;
        this.beta = beta;
        this.c = c;
    }

    /** With beta 0 what is there does not count, not even a NaN. */
    static void scale(double beta, double[] c, int from, int length) {
        if (beta == 0) {
            Arrays.fill(c, from, from + length, 0);
        } else if (beta != 1) {
            for (int i = from; i < from + length; i++) {
                c[i] *= beta;
            }
        }
    }

    static int ceil(int x, int y) {
        return (int) ((x + y - 1L) / y);
    }

    static int up(int x, int multiple) {
        return ceil(x, multiple) * multiple;
    }

    /** Cuts x into as few pieces as possible, of about the same size, each at most {@code most} and a multiple. */
    static int even(int x, int most, int multiple) {
        return up(ceil(x, ceil(x, most)), multiple);
    }

    /** Where part number {@code item} of {@code parts} begins. */
    static int part(int x, int item, int parts) {
        return (int) ((long) x * item / parts);
    }
}
