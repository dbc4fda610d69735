package parlab.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import parlab.kernels.Blas;
import parlab.kernels.Gemm;
import parlab.kernels.Peak;
import parlab.timing.Estimate;

/**
 * Products of matrices: {@link Gemm} (Vector API) and {@link Blas} (OpenBLAS through the Foreign Function &amp;
 * Memory API, on heap arrays) against NumPy, on one thread and two.
 *
 * <p>The sides take turns, product by product; a ratio is taken round by round. Beside each product stands what part
 * of the processor's peak, measured in the same run, each side reaches. NumPy brings an OpenBLAS of its own: both
 * versions, and the processors for which they have chosen their kernels, are printed.
 *
 * <p>Arguments: the JSON file to write; the Python with NumPy; the script {@code native_bench.py}; the folder of the
 * twins; then, if wanted, the number of rounds (9), and sizes in place of 256 1024 2048.
 */
public final class GemmBench {
    private static final int ROUNDS = 9;
    private static final int WARM_UP_SECONDS = 4; // in a trial run with fewer rounds, that many
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /**
     * For so long OpenBLAS's threads, in both processes, look for more work after a product, on a core that is not
     * free then.
     */
    private static final int SPIN_MILLIS = 100;

    private static final double SAMPLE_FLOPS = 4e9;
    private static final double FFM_SQUARE = 0.98;
    private static final double VECTOR_SQUARE = 0.95;
    private static final double THIN = 1;

    private static final String VECTOR = "Vector API";
    private static final String BLAS = "OpenBLAS, FFM";
    private static final String NUMPY = "NumPy";

    private record Shape(int m, int n, int k, int threads) {
        String name() {
            String shape = m == 1 ? "1x" + k + " . " + k + "x" + n : "n = " + n;
            return shape + ", " + threads + (threads == 1 ? " thread" : " threads");
        }

        double flops() {
            return 2.0 * m * n * k;
        }

        /** How many products make a sample; a thin one is limited by memory, some ten times slower. */
        int count() {
            return (int) Math.max(1, SAMPLE_FLOPS / (m == 1 ? 10 : 1) / flops());
        }

        /** 0 where nothing was asked for. */
        double target(String side) {
            if (m == 1) {
                return THIN;
            }
            return side.equals(BLAS) ? FFM_SQUARE : n >= 1024 ? VECTOR_SQUARE : 0;
        }
    }

    private GemmBench() {}

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
        List<Integer> sizes = new ArrayList<>();
        for (int i = 5; i < args.length; i++) {
            sizes.add(Integer.parseInt(args[i]));
        }
        Blas blas = Blas.openBlas();
        System.out.println(blas.version() + ", kernels for " + blas.core());
        try (ScriptPeer numpy = new ScriptPeer(args[1], args[2], args[3]);
                Gemm pair = Gemm.threads(2)) {
            System.out.println(numpy.ask("about"));
            warmUp(pair, Math.min(rounds, WARM_UP_SECONDS));
            BenchReport report = new BenchReport(
                    "Products of matrices against NumPy, medians of alternating rounds", Path.of(args[0]));
            int most = Math.min(2, Runtime.getRuntime().availableProcessors());
            for (int threads = 1; threads <= most; threads++) {
                List<Shape> shapes = new ArrayList<>();
                for (int n : sizes.isEmpty() ? List.of(256, 1024, 2048) : sizes) {
                    shapes.add(new Shape(n, n, n, threads));
                }
                shapes.add(new Shape(1, 1000, 3072, threads));
                Gemm gemm = threads == 1 ? Gemm.serial() : pair;
                for (Shape shape : shapes) {
                    report.part(shape.name(), LIMIT, () -> measure(shape, rounds, gemm, blas, numpy, report));
                }
            }
            report.end();
        }
    }

    private static void measure(Shape s, int rounds, Gemm gemm, Blas blas, ScriptPeer numpy, BenchReport report)
            throws Exception {
        Random random = new Random(1);
        double[] a = random.doubles((long) s.m * s.k).toArray();
        double[] b = random.doubles((long) s.k * s.n).toArray();
        double[] c = new double[s.m * s.n];
        double peak = Peak.doubleFlops(s.threads);
        blas.threads(s.threads);
        // A row times a matrix is BLAS's product of a matrix and a vector; NumPy, too, calls that.
        Runnable product = s.m == 1
                ? () -> blas.dgemv(true, s.k, s.n, 1, b, a, 0, c)
                : () -> blas.dgemm(s.m, s.n, s.k, 1, a, b, 0, c);
        String question = "product %d %d %d %d %d".formatted(s.m, s.n, s.k, s.threads, s.count());
        Map<String, double[]> seconds = new Rounds()
                .add(VECTOR, () -> timed(s, () -> gemm.multiply(s.m, s.n, s.k, a, b, c)))
                .add(BLAS, () -> timed(s, product))
                .add(NUMPY, () -> {
                    settle(s.threads);
                    return numpy.seconds(question);
                })
                .run(1, rounds);
        double work = s.flops() * s.count();
        for (String side : List.of(VECTOR, BLAS)) {
            report.addRate(
                    side + ": " + s.name(), work / 1e9, "GF/s", seconds.get(side), seconds.get(NUMPY), s.target(side));
        }
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "    of a peak of %.1f GF/s:", peak / 1e9));
        seconds.forEach((side, each) -> line.append(String.format(
                Locale.ROOT,
                "  %s %.0f %%",
                side,
                100 * work / Estimate.median(each, "s").value() / peak)));
        System.out.println(line);
    }

    private static double timed(Shape shape, Runnable product) throws InterruptedException {
        settle(shape.threads);
        product.run(); // wakes the threads
        long start = System.nanoTime();
        for (int i = 0; i < shape.count(); i++) {
            product.run();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static void settle(int threads) throws InterruptedException {
        if (threads > 1) {
            Thread.sleep(SPIN_MILLIS);
        }
    }

    /** Until the compiler has had time for the tiles, which are long methods. */
    private static void warmUp(Gemm pair, int seconds) {
        double[] a = new Random(1).doubles(300 * 300).toArray();
        double[] c = new double[300 * 300];
        for (int m : new int[] {300, 1}) {
            long end = System.nanoTime() + seconds * 1_000_000_000L / 2;
            while (System.nanoTime() < end) {
                Gemm.serial().multiply(m, 300, 300, a, a, c);
                pair.multiply(m, 300, 300, a, a, c);
            }
        }
    }
}
