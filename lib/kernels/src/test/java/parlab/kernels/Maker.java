package parlab.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Everything that makes a product. */
enum Maker {
    GEMM_1(1),
    GEMM_2(2),
    GEMM_3(3),
    GEMM_4(4),
    BLAS_ARRAYS_1(1),
    BLAS_ARRAYS_3(3),
    BLAS_NATIVE_1(1),
    BLAS_NATIVE_4(4),
    BLAS_HEAP_SEGMENTS(2);

    private static final Gemm[] GEMMS = {Gemm.serial(), Gemm.threads(2), Gemm.threads(3), Gemm.threads(4)};

    private final int threads;

    Maker(int threads) {
        this.threads = threads;
    }

    boolean isBlas() {
        return name().startsWith("BLAS");
    }

    void multiply(int m, int n, int k, double alpha, double[] a, double[] b, double beta, double[] c) {
        if (!isBlas()) {
            GEMMS[threads - 1].multiply(m, n, k, alpha, a, b, beta, c);
            return;
        }
        Blas blas = Blas.openBlas();
        blas.threads(threads);
        switch (this) {
            case BLAS_ARRAYS_1, BLAS_ARRAYS_3 -> blas.dgemm(m, n, k, alpha, a, b, beta, c);
            case BLAS_HEAP_SEGMENTS ->
                blas.dgemm(
                        m,
                        n,
                        k,
                        alpha,
                        MemorySegment.ofArray(a),
                        Math.max(1, k),
                        MemorySegment.ofArray(b),
                        Math.max(1, n),
                        beta,
                        MemorySegment.ofArray(c),
                        Math.max(1, n));
            default -> {
                try (Arena arena = Arena.ofConfined()) {
                    // Rows further apart than they are long, as a part of a bigger matrix has them.
                    int gap = 3;
                    MemorySegment sa = strided(arena, MemorySegment.ofArray(a), m, k, gap);
                    MemorySegment sb = strided(arena, MemorySegment.ofArray(b), k, n, gap);
                    MemorySegment sc = strided(arena, MemorySegment.ofArray(c), m, n, gap);
                    blas.dgemm(m, n, k, alpha, sa, k + gap, sb, n + gap, beta, sc, n + gap);
                    for (int i = 0; i < m; i++) {
                        MemorySegment.copy(
                                sc, ValueLayout.JAVA_DOUBLE, (long) i * (n + gap) * Double.BYTES, c, i * n, n);
                    }
                }
            }
        }
    }

    private static MemorySegment strided(Arena arena, MemorySegment from, int rows, int columns, int gap) {
        long row = (long) (columns + gap) * Double.BYTES;
        MemorySegment to = arena.allocate(rows * row, 64);
        to.fill((byte) 0xff); // NaN in the gaps: whoever reads there shows it
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(from, (long) i * columns * Double.BYTES, to, i * row, (long) columns * Double.BYTES);
        }
        return to;
    }
}
