package parlab.exercises.kernels;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import parlab.exercises.Expect;
import parlab.exercises.Task;

/** What the answers to lesson 03's exercises look like, and the checks that a student can run. */
public final class Kernels {

    /** How fast a kernel can be. */
    @FunctionalInterface
    public interface Roofline {
        /** Returns the operations in a second that it can reach at most. */
        double attainable(double peak, double bandwidth, double operations, double bytes);
    }

    /** Rows from one to another. */
    public record Rows(int from, int to) {}

    /** Shares rows out. */
    @FunctionalInterface
    public interface Share {
        /** Returns for each thread its rows, {@code to} not included, in order. */
        List<Rows> share(int rows, int threads);
    }

    /** Multiplies. */
    @FunctionalInterface
    public interface Product {
        /** Makes c the product of a and b, in blocks of a size that fits the cache; what was in c does not count. */
        void multiply(Grid a, Grid b, Grid c, int block);
    }

    /** An array of C structures {@code struct sample { int id; double value; char tag; }}, as C lays it out. */
    public interface Samples {
        /** Returns the layout of one structure. */
        MemoryLayout layout();

        /** Returns the value of one of the structures. */
        double value(MemorySegment array, long index);

        /** Returns the tag of one of the structures. */
        byte tag(MemorySegment array, long index);
    }

    /** A function in C, {@code double dot(const double *x, const double *y, long n)}. */
    @FunctionalInterface
    public interface Dot {
        /** Returns the dot product of n doubles in native memory. */
        double call(MemorySegment x, MemorySegment y, long n);
    }

    /** Calls it with arrays. */
    @FunctionalInterface
    public interface Caller {
        /** Returns what the function makes of two arrays; an {@code IllegalArgumentException} if they differ in length. */
        double dot(Dot function, double[] x, double[] y);
    }

    /** Task 1. */
    public static final Task<Roofline> ROOFLINE = Task.<Roofline>named("roofline")
            .check(
                    "much to compute for each byte",
                    roofline -> Expect.equal(
                            100.0, roofline.attainable(100, 10, 1000, 1), "attainable with 1000 operations a byte"));

    /** Task 2. */
    public static final Task<Share> SHARE = Task.<Share>named("share")
            .check(
                    "eight rows, two threads",
                    share -> Expect.equal(
                            List.of(new Rows(0, 4), new Rows(4, 8)), List.copyOf(share.share(8, 2)), "rows"));

    /** Task 3. */
    public static final Task<Product> BLOCKED = Task.<Product>named("blocked")
            .check("the product is right", product -> {
                var cache = new Grid.Cache();
                var c = new Grid(cache, 2);
                product.multiply(new Grid(cache, 2, 1, 2, 3, 4), new Grid(cache, 2, 5, 6, 7, 8), c, 1);
                Expect.equal("[19.0, 22.0, 43.0, 50.0]", Arrays.toString(c.values()), "(1 2; 3 4) times (5 6; 7 8)");
            });

    /** Task 4. */
    public static final Task<Samples> SAMPLES = Task.<Samples>named("samples")
            .check("a structure has the size that C gives it", samples -> {
                Expect.equal(24L, samples.layout().byteSize(), "bytes of a structure, with padding");
            });

    /** Task 5. */
    public static final Task<Caller> CALLER = Task.<Caller>named("caller")
            .check("the function gets what is in the arrays", caller -> {
                double got = caller.dot(
                        (x, y, n) -> x.getAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, 0)
                                * y.getAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, 0),
                        new double[] {3},
                        new double[] {4});
                Expect.equal(12.0, got, "3 times 4");
            });

    private Kernels() {}
}
