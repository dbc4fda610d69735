package parlab.pipelines;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import parlab.system.NativeLibrary;

/**
 * libjpeg-turbo as it comes in leptonica's jar. Where the library would end the process for an error, leptonica jumps back and
 * returns no image. Immutable and thread-safe.
 */
final class Leptonica implements JpegKernel {
    private static final FunctionDescriptor INT_OF_PIX = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    private static final int NO_MESSAGES = 6; // for an image that it does not take; the exception says it

    /** Behind the constants that it needs. */
    static final Found FOUND = Found.of(() -> new Leptonica(NativeLibrary.extract(
                    Leptonica.class.getClassLoader(), "org/bytedeco/leptonica/" + NativeLibrary.platform(), "leptonica")
            .open()));

    private final MethodHandle readMemJpeg;
    private final MethodHandle getWidth;
    private final MethodHandle getHeight;
    private final MethodHandle getDepth;
    private final MethodHandle getWordsPerLine;
    private final MethodHandle getData;
    private final MethodHandle destroy;

    private Leptonica(SymbolLookup symbols) {
        // PIX *pixReadMemJpeg(data, size, colour map or not, reduction, l_int32 *warnings, hint)
        readMemJpeg = JpegKernel.function(
                symbols,
                "pixReadMemJpeg",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        getWidth = JpegKernel.function(symbols, "pixGetWidth", INT_OF_PIX);
        getHeight = JpegKernel.function(symbols, "pixGetHeight", INT_OF_PIX);
        getDepth = JpegKernel.function(symbols, "pixGetDepth", INT_OF_PIX);
        getWordsPerLine = JpegKernel.function(symbols, "pixGetWpl", INT_OF_PIX);
        getData = JpegKernel.function(symbols, "pixGetData", FunctionDescriptor.of(ADDRESS, ADDRESS));
        destroy = JpegKernel.function(symbols, "pixDestroy", FunctionDescriptor.ofVoid(ADDRESS)); // of a PIX **
        MethodHandle severity =
                JpegKernel.function(symbols, "setMsgSeverity", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        try {
            int before = (int) severity.invokeExact(NO_MESSAGES);
            assert before >= 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // a C function throws nothing
        }
    }

    @Override
    public Pixels decode(byte[] jpeg, JpegHeader header, int reduction) throws BadImageException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(JAVA_BYTE, jpeg);
            MemorySegment warnings = arena.allocate(JAVA_INT);
            MemorySegment pix =
                    (MemorySegment) readMemJpeg.invokeExact(data, (long) jpeg.length, 0, reduction, warnings, 0);
            if (pix.address() == 0) {
                throw new BadImageException("damaged or of an unknown kind: leptonica does not decode it");
            }
            try {
                if (warnings.get(JAVA_INT, 0) > 0) {
                    throw new BadImageException("damaged: leptonica warns " + warnings.get(JAVA_INT, 0) + " times");
                }
                return pixels(pix);
            } finally {
                destroy.invokeExact(arena.allocateFrom(ADDRESS, pix));
            }
        } catch (BadImageException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // a C function throws nothing
        }
    }

    /** Copies the pixels: 32-bit words with red in front, or, of a grey image, four pixels in each word, the first in front. */
    @SuppressWarnings("restricted") // a segment gets the length that the library says it has
    private Pixels pixels(MemorySegment pix) throws Throwable {
        int width = (int) getWidth.invokeExact(pix);
        int height = (int) getHeight.invokeExact(pix);
        boolean grey = (int) getDepth.invokeExact(pix) == 8;
        int words = (int) getWordsPerLine.invokeExact(pix);
        MemorySegment all = ((MemorySegment) getData.invokeExact(pix)).reinterpret(4L * words * height);
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[words];
        for (int y = 0, to = 0; y < height; y++) {
            MemorySegment.copy(all, JAVA_INT, 4L * words * y, row, 0, words);
            for (int x = 0; x < width; x++, to += 3) {
                int pixel = grey ? (row[x >> 2] >>> (24 - 8 * (x & 3)) & 0xff) * 0x01010100 : row[x];
                rgb[to] = (byte) (pixel >> 24);
                rgb[to + 1] = (byte) (pixel >> 16);
                rgb[to + 2] = (byte) (pixel >> 8);
            }
        }
        return new Pixels(width, height, rgb);
    }
}
