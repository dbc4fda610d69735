package parlab.kernels;

/**
 * The Euclidean norm of a vector, in two ways: as everybody writes it, and with the Vector API.
 *
 * <p>No care is taken of squares that overflow or underflow. Thread-safe.
 */
public final class Norm {
    private Norm() {}

    /**
     * The loop as everybody writes it. Java demands that the sum be taken in order, so each addition waits for the one
     * before.
     */
    public static double plain(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    /** Several sums side by side, each in a vector: another order, which differs in the last digits. */
    public static double vector(double[] x) {
        return Math.sqrt(ThinProduct.dot(x.length, x, 0, x, 0));
    }
}
