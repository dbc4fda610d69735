package parlab.kernels.internal;

/** Sums over vectors of doubles. */
public final class Sums {
    private Sums() {}

    /** The sum of the squares. */
    public static double squares(double[] x) {
        return DoubleGemm.dot(x.length, x, 0, x, 0);
    }
}
