package parlab.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import parlab.kernels.Norm;
import parlab.kernels.Peak;
import parlab.timing.Estimate;

/**
 * The norm of a vector of 1e3 to 1e8 doubles: a C function called through the Foreign Function &amp; Memory API on the heap
 * array, the Vector API and the plain loop, against NumPy and, where there is a C compiler, Cython.
 *
 * <p>In every round each side does each length once, in an order that turns from round to round; the ratios are against
 * NumPy and taken round by round. Lengths for which memory does not suffice are left out, and named.
 *
 * <p>Arguments: the JSON file to write; the Python with NumPy; the script {@code native_bench.py}; the folder of the
 * twins; then, if wanted, the number of rounds (9), and the longest vector (1e8).
 */
public final class NormBench {
    private static final int ROUNDS = 9;
    private static final double SAMPLE_VALUES = 3e7;
    private static final List<String> FLAGS = List.of("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC");
    private static final String SOURCE = """
            #include <math.h>

            double vector_norm(const double *x, long long n) {
                double sum = 0;
                for (long long i = 0; i < n; i++) {
                    sum += x[i] * x[i];
                }
                return sqrt(sum);
            }
            """;

    /** A way to a norm, and how long it took in each round. */
    private static final class Side {
        final String name;
        final ThrowingNorm norm;
        final double[] seconds;

        Side(String name, ThrowingNorm norm, int rounds) {
            this.name = name;
            this.norm = norm;
            seconds = new double[rounds];
        }
    }

    /** In a final static field, as everything that the compiler is to make a plain call of. */
    private static final class Compiled {
        static final MethodHandle HANDLE = compiled();

        static double norm(double[] x) {
            try {
                return (double) HANDLE.invokeExact(MemorySegment.ofArray(x), (long) x.length);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private interface ThrowingNorm {
        double seconds(double[] x, int count) throws Exception;
    }

    private interface Body {
        double norm(double[] x) throws Exception;
    }

    private NormBench() {}

    /**
     * Runs the benchmark.
     *
     * @param args see above
     * @throws Exception if a side fails
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
        double longest = args.length > 5 ? Double.parseDouble(args[5]) : 1e8;
        BenchReport report =
                new BenchReport("The norm of a vector of doubles, one thread, against NumPy", Path.of(args[0]));
        List<String> lines = new ArrayList<>();
        Body c = Compiled.HANDLE == null ? null : Compiled::norm;
        try (ScriptPeer peer = new ScriptPeer(args[1], args[2], args[3])) {
            System.out.println(peer.ask("about"));
            warmUp(c);
            for (int length = 1000; length <= longest; length *= 10) {
                if (8.0 * length > 0.8 * Runtime.getRuntime().maxMemory()) {
                    System.out.printf(Locale.ROOT, "%d values do not fit into this JVM's memory: left out%n", length);
                    continue;
                }
                measure(length, rounds, c, peer, report, lines);
            }
        }
        System.out.println("\nBytes read, beside the bandwidth measured on one array of the same size, in GB/s:");
        lines.forEach(System.out::println);
        report.end();
    }

    private static void measure(int length, int rounds, Body c, ScriptPeer peer, BenchReport report, List<String> lines)
            throws Exception {
        double bandwidth = Peak.bandwidth(1, 8L * length);
        double[] x = new Random(1).doubles(length).toArray();
        int count = (int) Math.max(1, SAMPLE_VALUES / length);
        List<Side> sides = new ArrayList<>();
        if (c != null) {
            check(c, x);
            sides.add(new Side("C, FFM", (v, n) -> timed(c, v, n), rounds));
        }
        sides.add(new Side("Vector API", (v, n) -> timed(Norm::vector, v, n), rounds));
        sides.add(new Side("plain Java", (v, n) -> timed(Norm::plain, v, n), rounds));
        Side numpy = new Side("NumPy", (v, n) -> asked(peer, "numpy", v, n), rounds);
        sides.add(numpy);
        String cython = peer.ask("norm cython 1000 1");
        if (cython.startsWith("missing")) {
            System.out.println("Cython: " + cython);
        } else {
            sides.add(new Side("Cython", (v, n) -> asked(peer, "cython", v, n), rounds));
        }
        for (int round = -1; round < rounds; round++) {
            for (int turn = 0; turn < sides.size(); turn++) {
                Side side = sides.get(Math.floorMod(round + turn, sides.size()));
                double seconds = side.norm.seconds(x, count) / count;
                if (round >= 0) {
                    side.seconds[round] = seconds;
                }
            }
        }
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Side side : sides) {
            double rate = 8e-9 * length / Estimate.median(side.seconds, "s").value();
            rates.put(side.name, rate);
            if (!side.name.equals(numpy.name)) {
                report.add(
                        String.format(Locale.ROOT, "%s, %.0e values", side.name, (double) length),
                        rate,
                        8e-9 * length / Estimate.median(numpy.seconds, "s").value(),
                        "GB/s",
                        Estimate.ratio(numpy.seconds, side.seconds),
                        0);
            }
        }
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "%.0e values: bandwidth %.1f", (double) length, bandwidth / 1e9));
        rates.forEach((name, rate) ->
                line.append(String.format(Locale.ROOT, "; %s %.1f (%.0f %%)", name, rate, 100e9 * rate / bandwidth)));
        lines.add(line.toString());
    }

    private static void warmUp(Body c) throws Exception {
        double[] x = new Random(1).doubles(1000).toArray();
        for (int i = 0; i < 10; i++) {
            timed(Norm::vector, x, 20_000);
            timed(Norm::plain, x, 20_000);
            if (c != null) {
                timed(c, x, 20_000);
            }
        }
    }

    private static double timed(Body body, double[] x, int count) throws Exception {
        double sum = 0;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            sum += body.norm(x);
        }
        long nanos = System.nanoTime() - start;
        if (!(sum > 0)) {
            throw new IllegalStateException("the norms add up to " + sum); // and so they are computed
        }
        return nanos / 1e9;
    }

    private static double asked(ScriptPeer peer, String way, double[] x, int count) throws IOException {
        return peer.seconds("norm " + way + " " + x.length + " " + count);
    }

    private static void check(Body c, double[] x) throws Exception {
        double wanted = Norm.plain(x);
        for (double got : new double[] {c.norm(x), Norm.vector(x)}) {
            if (Math.abs(got - wanted) > 1e-10 * wanted) {
                throw new IllegalStateException("the norm of " + x.length + " values is " + wanted + ", not " + got);
            }
        }
    }

    /** The C function, or null where it can not be compiled, after a line that says why. */
    private static MethodHandle compiled() {
        try {
            Path folder = Files.createTempDirectory("parlab-norm");
            try {
                return compiled(folder);
            } finally {
                for (String name : List.of("norm.c", "norm.so", "log")) {
                    Files.deleteIfExists(folder.resolve(name));
                }
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            System.out.println("no C compiler (" + e.getMessage() + "): the benchmark goes on without C");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    @SuppressWarnings("restricted") // native access is what this is for
    private static MethodHandle compiled(Path folder) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("norm.c"), SOURCE);
        Path library = folder.resolve("norm.so");
        List<String> command = new ArrayList<>(List.of("cc"));
        command.addAll(FLAGS);
        command.addAll(List.of(source.toString(), "-o", library.toString(), "-lm"));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(Files.readString(log));
        }
        MemorySegment address = SymbolLookup.libraryLookup(library, Arena.global())
                .find("vector_norm")
                .orElseThrow();
        return Linker.nativeLinker()
                .downcallHandle(
                        address,
                        FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                        Linker.Option.critical(true));
    }
}
