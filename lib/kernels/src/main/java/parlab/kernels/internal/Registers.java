package parlab.kernels.internal;

import java.util.Locale;

/** How many rows of sums fit into this processor's vector registers. */
final class Registers {
    private static final int AVX512_BITS = 512;

    private Registers() {}

    /**
     * Seven rows of three vectors need up to 31 registers: AVX-512 and ARM have 32. Three rows need 15: AVX2 has 16.
     *
     * @param vectorBits width of the preferred vector
     */
    static int rows(int vectorBits) {
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        boolean intel = processor.equals("amd64") || processor.equals("x86_64");
        return intel && vectorBits < AVX512_BITS ? 3 : 7;
    }
}
