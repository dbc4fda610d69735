package parlab.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import parlab.kernels.Blas;
import parlab.kernels.Gemm;
import parlab.kernels.Peak;
import parlab.timing.Estimate;

/**
 * Products of matrices: {@link Gemm} (Vector API) and {@link Blas} (OpenBLAS through the Foreign Function &amp; Memory API,
 * on heap arrays) against NumPy, in both precisions, on one thread and two.
 *
 * <p>In every round each side does each product, in an order that turns from round to round; a ratio is taken round by
 * round. Beside the table stands what part of the processor's peak, measured in the same run, each side reaches. NumPy
 * brings an OpenBLAS of its own: both versions are printed.
 *
 * <p>Arguments: the JSON file to write; the Python with NumPy; the script {@code native_bench.py}; the folder of the
 * twins; then, if wanted, the number of rounds (9), and sizes in place of 256 1024 2048.
 */
public final class GemmBench {
    private static final int ROUNDS = 9;
    private static final int WARM_UP_SECONDS = 4; // in a trial run with fewer rounds, that many
    /** For so long OpenBLAS's threads, in both processes, look for more work after a product, on a core that is not free then. */
    private static final int SPIN_MILLIS = 100;

    private static final double SAMPLE_FLOPS = 4e9;
    private static final double FFM_SQUARE = 0.98;
    private static final double VECTOR_SQUARE = 0.95;
    private static final double THIN = 1;

    private enum Side {
        VECTOR("Vector API"),
        BLAS("OpenBLAS, FFM"),
        NUMPY("NumPy");

        private final String label;

        Side(String label) {
            this.label = label;
        }
    }

    /** A product, and matrices for it. */
    private static final class Job {
        final boolean isDouble;
        final int m;
        final int n;
        final int k;
        final int threads;
        final int count;
        final double[] a;
        final double[] b;
        final double[] c;
        final float[] fa;
        final float[] fb;
        final float[] fc;
        final Map<Side, double[]> seconds = new LinkedHashMap<>();

        Job(boolean isDouble, int m, int n, int k, int threads, int rounds) {
            this.isDouble = isDouble;
            this.m = m;
            this.n = n;
            this.k = k;
            this.threads = threads;
            // A thin product is limited by memory, some ten times slower.
            count = (int) Math.max(1, SAMPLE_FLOPS / (m == 1 ? 10 : 1) / flops());
            Random random = new Random(1);
            a = isDouble ? random.doubles((long) m * k).toArray() : null;
            b = isDouble ? random.doubles((long) k * n).toArray() : null;
            c = isDouble ? new double[m * n] : null;
            fa = isDouble ? null : floats(random, m * k);
            fb = isDouble ? null : floats(random, k * n);
            fc = isDouble ? null : new float[m * n];
            for (Side side : Side.values()) {
                seconds.put(side, new double[rounds]);
            }
        }

        private static float[] floats(Random random, int length) {
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = random.nextFloat();
            }
            return values;
        }

        String type() {
            return isDouble ? "double" : "float";
        }

        String name() {
            String shape = m == 1 ? "1x" + k + " . " + k + "x" + n : "n = " + n;
            return type() + ", " + shape + ", " + threads + (threads == 1 ? " thread" : " threads");
        }

        double flops() {
            return 2.0 * m * n * k;
        }
    }

    private GemmBench() {}

    /**
     * Runs the benchmark.
     *
     * @param args see above
     * @throws Exception if a side fails
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
        List<Integer> sizes = new ArrayList<>();
        for (int i = 5; i < args.length; i++) {
            sizes.add(Integer.parseInt(args[i]));
        }
        List<Job> jobs = new ArrayList<>();
        int most = Math.min(2, Runtime.getRuntime().availableProcessors());
        for (int threads = 1; threads <= most; threads++) {
            for (boolean isDouble : new boolean[] {true, false}) {
                for (int n : sizes.isEmpty() ? List.of(256, 1024, 2048) : sizes) {
                    jobs.add(new Job(isDouble, n, n, n, threads, rounds));
                }
                jobs.add(new Job(isDouble, 1, 1000, 3072, threads, rounds));
            }
        }
        Map<String, Double> peaks = new LinkedHashMap<>();
        try (ScriptPeer numpy = new ScriptPeer(args[1], args[2], args[3]);
                Gemm pair = Gemm.threads(2)) {
            Blas blas = Blas.openBlas();
            System.out.println(blas.version() + ", kernels for " + blas.core());
            System.out.println(numpy.ask("about"));
            peaks(peaks, most);
            warmUp(pair, Math.min(rounds, WARM_UP_SECONDS));
            for (int round = -1; round < rounds; round++) {
                for (Job job : jobs) {
                    for (int turn = 0; turn < Side.values().length; turn++) {
                        Side side = Side.values()[Math.floorMod(round + turn, Side.values().length)];
                        double seconds = measure(side, job, pair, blas, numpy);
                        if (round >= 0) {
                            job.seconds.get(side)[round] = seconds;
                        }
                    }
                }
            }
            peaks(peaks, most);
        }
        report(jobs, peaks, Path.of(args[0]));
    }

    private static void peaks(Map<String, Double> peaks, int most) throws InterruptedException {
        for (int threads = 1; threads <= most; threads++) {
            peaks.merge("double" + threads, Peak.doubleFlops(threads), Math::max);
            peaks.merge("float" + threads, Peak.floatFlops(threads), Math::max);
        }
    }

    /** Until the compiler has had time for the tiles, which are long methods. */
    private static void warmUp(Gemm pair, int seconds) {
        for (boolean isDouble : new boolean[] {true, false}) {
            for (int m : new int[] {300, 1}) {
                Job job = new Job(isDouble, m, 300, 300, 1, 1);
                long end = System.nanoTime() + seconds * 1_000_000_000L / 2;
                while (System.nanoTime() < end) {
                    vector(Gemm.serial(), job);
                    vector(pair, job);
                }
            }
        }
    }

    private static double measure(Side side, Job job, Gemm pair, Blas blas, ScriptPeer numpy)
            throws IOException, InterruptedException {
        if (job.threads > 1) {
            Thread.sleep(SPIN_MILLIS);
        }
        if (side == Side.NUMPY) {
            return numpy.seconds("product %s %d %d %d %d %d"
                            .formatted(job.type(), job.m, job.n, job.k, job.threads, job.count))
                    / job.count;
        }
        blas.threads(job.threads);
        Gemm gemm = job.threads == 1 ? Gemm.serial() : pair;
        long start = 0;
        for (int i = -1; i < job.count; i++) { // one to wake the threads
            if (i == 0) {
                start = System.nanoTime();
            }
            if (side == Side.VECTOR) {
                vector(gemm, job);
            } else {
                blas(blas, job);
            }
        }
        return (System.nanoTime() - start) / 1e9 / job.count;
    }

    private static void vector(Gemm gemm, Job job) {
        if (job.isDouble) {
            gemm.multiply(job.m, job.n, job.k, job.a, job.b, job.c);
        } else {
            gemm.multiply(job.m, job.n, job.k, job.fa, job.fb, job.fc);
        }
    }

    /** A row times a matrix is BLAS's product of a matrix and a vector; NumPy, too, calls that. */
    private static void blas(Blas blas, Job job) {
        if (job.isDouble) {
            if (job.m == 1) {
                blas.dgemv(true, job.k, job.n, 1, job.b, job.a, 0, job.c);
            } else {
                blas.dgemm(job.m, job.n, job.k, 1, job.a, job.b, 0, job.c);
            }
        } else if (job.m == 1) {
            blas.sgemv(true, job.k, job.n, 1, job.fb, job.fa, 0, job.fc);
        } else {
            blas.sgemm(job.m, job.n, job.k, 1, job.fa, job.fb, 0, job.fc);
        }
    }

    private static void report(List<Job> jobs, Map<String, Double> peaks, Path file) throws IOException {
        BenchReport report = new BenchReport("Products of matrices against NumPy, medians of alternating rounds", file);
        List<String> lines = new ArrayList<>();
        for (Job job : jobs) {
            double[] numpy = job.seconds.get(Side.NUMPY);
            double peak = peaks.get(job.type() + job.threads);
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-40s", job.name()));
            for (Side side : Side.values()) {
                double[] seconds = job.seconds.get(side);
                double rate = job.flops() / Estimate.median(seconds, "s").value();
                line.append(String.format(Locale.ROOT, "  %s %3.0f %%", side.label, 100 * rate / peak));
                if (side != Side.NUMPY) {
                    report.add(
                            side.label + ": " + job.name(),
                            rate / 1e9,
                            job.flops() / Estimate.median(numpy, "s").value() / 1e9,
                            "GF/s",
                            Estimate.ratio(numpy, seconds),
                            target(side, job));
                }
            }
            lines.add(line.toString());
        }
        System.out.println("\nParts of the measured peak: " + describe(peaks));
        lines.forEach(System.out::println);
        report.end();
    }

    /** 0 where nothing was asked for. */
    private static double target(Side side, Job job) {
        if (job.m == 1) {
            return THIN;
        }
        if (side == Side.BLAS) {
            return FFM_SQUARE;
        }
        return job.n >= 1024 ? VECTOR_SQUARE : 0;
    }

    private static String describe(Map<String, Double> peaks) {
        List<String> words = new ArrayList<>();
        peaks.forEach((name, flops) -> words.add(String.format(Locale.ROOT, "%s %.1f GF/s", name, flops / 1e9)));
        return String.join(", ", words).replaceAll("(double|float)(\\d)", "$1 x $2");
    }
}
