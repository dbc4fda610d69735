package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class PeakTest {

    @Test
    void norms_are_right() {
        for (int n : new int[] {0, 1, 3, 31, 32, 1001}) {
            double[] x = Reference.random(new Random(n), n, 2);
            double truth = Math.sqrt(Reference.product(1, 1, n, 1, x, x, 0, new double[1])[0]);
            assertEquals(truth, Norm.plain(x), (n + 2) * Reference.EPS * truth);
            assertEquals(truth, Norm.vector(x), (n + 2) * Reference.EPS * truth);
        }
    }

    /** Slower than any processor that has vectors, or faster than any core: then the loop was not what it says. */
    @Test
    void peaks_are_possible() throws InterruptedException {
        double doubles = Peak.doubleFlops(1);
        assertTrue(doubles > 1e8 && doubles < 1e12, "doubles " + doubles);
        double bandwidth = Peak.bandwidth(1, 1 << 20);
        assertTrue(bandwidth > 1e8 && bandwidth < 2e12, "bandwidth " + bandwidth);
    }

    @Test
    void bad_arguments_are_named() {
        assertMessage("got 0", () -> Peak.doubleFlops(0));
        assertMessage("got 0", () -> Peak.bandwidth(0, 1 << 20));
        assertMessage("of 100 bytes", () -> Peak.bandwidth(2, 100));
    }

    private static void assertMessage(String part, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
