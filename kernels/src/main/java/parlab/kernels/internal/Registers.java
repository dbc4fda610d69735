package parlab.kernels.internal;

import java.util.Locale;

/** How many rows of sums fit into this processor's vector registers. */
final class Registers {
    private static final int AVX512_BITS = 512;

    private Registers() {}

    /**
     * Eight rows of three vectors need 28 registers: AVX-512 and ARM have 32. Four rows need 16: AVX2 has just these.
     *
     * @param vectorBits width of the preferred vector
     */
    static int rows(int vectorBits) {
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        boolean intel = processor.equals("amd64") || processor.equals("x86_64");
        return intel && vectorBits < AVX512_BITS ? 4 : 8;
    }
}
