package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;

/**
 * Every implementation against NumPy, in the Python that {@code PARLAB_TEST_PYTHON} names; without it nothing is
 * tested.
 */
final class NumpyTest {
    /** Reads m, n, k and both matrices again and again, and writes the products. */
    private static final String SCRIPT = """
            import sys
            import numpy as np

            with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
                while len(head := source.read(12)) == 12:
                    m, n, k = np.frombuffer(head, ">i4")
                    a = np.frombuffer(source.read(m * k * 8), ">f8").reshape(m, k)
                    b = np.frombuffer(source.read(k * n * 8), ">f8").reshape(k, n)
                    with np.errstate(all="ignore"):
                        c = np.dot(a.astype(np.float64), b.astype(np.float64))
                    target.write(c.astype(">f8").tobytes())
            """;

    private static final class Case {
        final int m;
        final int n;
        final int k;
        final double[] a;
        final double[] b;

        Case(int m, int n, int k, double[] a, double[] b) {
            this.m = m;
            this.n = n;
            this.k = k;
            this.a = a;
            this.b = b;
        }

        double[] product(Maker maker) {
            double[] c = new double[m * n];
            maker.multiply(m, n, k, 1, a, b, 0, c);
            return c;
        }
    }

    @Example
    void every_implementation_gives_what_numpy_gives() throws IOException, InterruptedException {
        String python = System.getenv("PARLAB_TEST_PYTHON");
        Assume.that(python != null);
        List<Case> cases = cases();
        List<double[]> expected = numpy(python, cases);
        for (Maker maker : Maker.values()) {
            if (maker.isBlas() && !Blas.isAvailable()) {
                continue;
            }
            for (int i = 0; i < cases.size(); i++) {
                compare(maker, cases.get(i), expected.get(i));
            }
        }
    }

    /** Odd, thin, empty and not square, then with numbers that are none, and with the smallest ones. */
    private static List<Case> cases() {
        Random random = new Random(5);
        List<Case> cases = new ArrayList<>();
        int[][] shapes = {{1, 1, 1}, {7, 5, 3}, {0, 4, 3}, {4, 0, 3}, {4, 3, 0}, {1, 1000, 307}, {97, 1, 211}};
        int[][] bigger = {{61, 67, 71}, {128, 128, 128}, {9, 601, 400}, {403, 25, 30}};
        for (int[] s : shapes) {
            cases.add(random(random, s, 2));
        }
        for (int[] s : bigger) {
            cases.add(random(random, s, 2));
        }
        cases.add(random(random, new int[] {33, 29, 31}, 1e-160)); // products underflow
        for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0}) {
            Case special = random(random, new int[] {19, 50, 23}, 2);
            special.a[5 * 23 + 7] = odd;
            special.b[11 * 50 + 13] = odd;
            cases.add(special);
        }
        return cases;
    }

    private static Case random(Random random, int[] shape, double scale) {
        double[] a = Reference.random(random, shape[0] * shape[2], scale);
        double[] b = Reference.random(random, shape[2] * shape[1], scale);
        return new Case(shape[0], shape[1], shape[2], a, b);
    }

    private static List<double[]> numpy(String python, List<Case> cases) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("parlab-numpy");
        Path questions = folder.resolve("questions");
        Path answers = folder.resolve("answers");
        try {
            try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(questions))) {
                for (Case c : cases) {
                    for (int number : new int[] {c.m, c.n, c.k}) {
                        out.writeInt(number);
                    }
                    write(out, c.a);
                    write(out, c.b);
                }
            }
            Process process = new ProcessBuilder(python, "-c", SCRIPT, questions.toString(), answers.toString())
                    .inheritIO()
                    .start();
            assertEquals(0, process.waitFor(), "the script with NumPy");
            ByteBuffer read = ByteBuffer.wrap(Files.readAllBytes(answers)).order(ByteOrder.BIG_ENDIAN);
            List<double[]> products = new ArrayList<>();
            for (Case c : cases) {
                double[] product = new double[c.m * c.n];
                read.asDoubleBuffer().get(product);
                read.position(read.position() + product.length * Double.BYTES);
                products.add(product);
            }
            assertEquals(0, read.remaining());
            return products;
        } finally {
            Files.deleteIfExists(questions);
            Files.deleteIfExists(answers);
            Files.delete(folder);
        }
    }

    private static void write(DataOutputStream out, double[] values) throws IOException {
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    private static void compare(Maker maker, Case c, double[] numpy) {
        double[] got = c.product(maker);
        double[] size = Reference.magnitude(c.m, c.n, c.k, 1, c.a, c.b, 0, got);
        for (int at = 0; at < got.length; at++) {
            String what = maker + ", " + Shapes.product(c.m, c.n, c.k) + ", element " + at + ": " + got[at] + ", NumPy "
                    + numpy[at];
            if (Double.isFinite(numpy[at])) {
                // Both may be off, each by as much.
                double allowed = 2 * (c.k + 4) * (Reference.EPS * size[at] + Double.MIN_VALUE);
                assertTrue(Math.abs(got[at] - numpy[at]) <= allowed, what);
            } else {
                assertEquals(numpy[at], got[at], what);
            }
        }
    }
}
