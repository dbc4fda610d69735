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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import parlab.kernels.Norm;
import parlab.kernels.Peak;
import parlab.timing.Estimate;

/**
 * The norm of a vector of 1e3 to 1e8 doubles: a C function called through the Foreign Function &amp; Memory API on
 * the heap array, the Vector API and the plain loop, against NumPy and, where there is a C compiler, Cython.
 *
 * <p>Length by length the sides take turns; the ratios are against NumPy and taken round by round. Lengths for which
 * memory does not suffice are left out, and named.
 *
 * <p>Arguments: the JSON file to write; the Python with NumPy; the script {@code native_bench.py}; the folder of the
 * twins; then, if wanted, the number of rounds (9), and the longest vector (1e8).
 */
public final class NormBench {
    private static final int ROUNDS = 9;
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String NUMPY = "NumPy";
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

    private interface Body {
        double norm(double[] x) throws Exception;
    }

    private NormBench() {}

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
        double longest = args.length > 5 ? Double.parseDouble(args[5]) : 1e8;
        BenchReport report =
                new BenchReport("The norm of a vector of doubles, one thread, against NumPy", Path.of(args[0]));
        Body c = Compiled.HANDLE == null ? null : Compiled::norm;
        try (ScriptPeer peer = new ScriptPeer(args[1], args[2], args[3])) {
            System.out.println(peer.ask("about"));
            warmUp(c);
            for (int length = 1000; length <= longest; length *= 10) {
                int values = length;
                if (8.0 * length > 0.8 * Runtime.getRuntime().maxMemory()) {
                    System.out.printf(Locale.ROOT, "%d values do not fit into this JVM's memory: left out%n", length);
                    continue;
                }
                report.part(length + " values", LIMIT, () -> measure(values, rounds, c, peer, report));
            }
        }
        report.end();
    }

    private static void measure(int length, int rounds, Body c, ScriptPeer peer, BenchReport report) throws Exception {
        double bandwidth = Peak.bandwidth(1, 8L * length);
        double[] x = new Random(1).doubles(length).toArray();
        int count = (int) Math.max(1, SAMPLE_VALUES / length);
        Rounds sides = new Rounds();
        if (c != null) {
            check(c, x);
            sides.add("C, FFM", () -> timed(c, x, count));
        }
        sides.add("Vector API", () -> timed(Norm::vector, x, count));
        sides.add("plain Java", () -> timed(Norm::plain, x, count));
        sides.add(NUMPY, () -> peer.seconds("norm numpy " + length + " " + count));
        String cython = peer.ask("norm cython 1000 1");
        if (cython.startsWith("missing")) {
            System.out.println("Cython: " + cython);
        } else {
            sides.add("Cython", () -> peer.seconds("norm cython " + length + " " + count));
        }
        Map<String, double[]> seconds = sides.run(1, rounds);
        double gigabytes = 8e-9 * length * count;
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "    of a bandwidth of %.1f GB/s on one such array:", bandwidth / 1e9));
        seconds.forEach((side, each) -> {
            if (!side.equals(NUMPY)) {
                String name = String.format(Locale.ROOT, "%s, %.0e values", side, (double) length);
                report.addRate(name, gigabytes, "GB/s", each, seconds.get(NUMPY), 0);
            }
            double rate = gigabytes / Estimate.median(each, "s").value();
            line.append(String.format(Locale.ROOT, "  %s %.0f %%", side, 100e9 * rate / bandwidth));
        });
        System.out.println(line);
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

    private static void check(Body c, double[] x) throws Exception {
        double wanted = Norm.plain(x);
        for (double got : new double[] {c.norm(x), Norm.vector(x)}) {
            if (Math.abs(got - wanted) > 1e-10 * wanted) {
                throw new IllegalStateException("the norm of " + x.length + " values is " + wanted + ", not " + got);
            }
        }
    }

    /** The C function, or null where it cannot be compiled, after a line that says why. */
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
