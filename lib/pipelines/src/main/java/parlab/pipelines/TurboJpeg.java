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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** libjpeg-turbo's own interface, where the system or an active conda environment has the library. Immutable and thread-safe. */
final class TurboJpeg implements JpegKernel {
    private static final List<String> NAMES =
            List.of("libturbojpeg.so.0", "libturbojpeg.0.dylib", "libturbojpeg.dylib", "turbojpeg.dll");
    private static final int RGB = 0; // of enum TJPF
    private static final long LONGEST_MESSAGE = 200; // JMSG_LENGTH_MAX

    /** Behind the constants that it needs. */
    static final Found FOUND = Found.of(() -> new TurboJpeg(open()));

    private final MethodHandle initDecompress;
    private final MethodHandle decompress2;
    private final MethodHandle getErrorStr2;
    private final MethodHandle destroy;

    private TurboJpeg(SymbolLookup symbols) {
        initDecompress = JpegKernel.function(symbols, "tjInitDecompress", FunctionDescriptor.of(ADDRESS));
        // (handle, jpeg, unsigned long size, pixels, width, bytes per line, height, pixel format, flags). On Windows
        // an unsigned long has 32 bits, which there are the lower half of the same register.
        decompress2 = JpegKernel.function(
                symbols,
                "tjDecompress2",
                FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                        JAVA_INT));
        getErrorStr2 = JpegKernel.function(symbols, "tjGetErrorStr2", FunctionDescriptor.of(ADDRESS, ADDRESS));
        destroy = JpegKernel.function(symbols, "tjDestroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    @SuppressWarnings("restricted") // native access is what this is for
    private static SymbolLookup open() {
        List<Path> folders = new ArrayList<>(List.of(Path.of(""), Path.of("/opt/homebrew/lib")));
        String conda = System.getenv("CONDA_PREFIX");
        if (conda != null) {
            folders.addAll(0, List.of(Path.of(conda, "lib"), Path.of(conda, "Library", "bin")));
        }
        for (Path folder : folders) {
            for (String name : NAMES) {
                try {
                    // A name alone is looked for where the system has its libraries.
                    return SymbolLookup.libraryLookup(folder.resolve(name).toString(), Arena.global());
                } catch (IllegalArgumentException e) {
                    // not there: the next one
                }
            }
        }
        throw new UnsupportedOperationException("neither the system nor conda has libturbojpeg");
    }

    /** Of a warning the library says that it has failed, too. */
    @Override
    @SuppressWarnings("restricted") // a message gets the length that it may have
    public Pixels decode(byte[] jpeg, JpegHeader header, int reduction) throws BadImageException {
        int width = JpegKernel.reduced(header.width(), reduction);
        int height = JpegKernel.reduced(header.height(), reduction);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(JAVA_BYTE, jpeg);
            MemorySegment rgb = arena.allocate(3L * width * height);
            MemorySegment handle = (MemorySegment) initDecompress.invokeExact();
            if (handle.address() == 0) {
                throw new OutOfMemoryError("libturbojpeg has no memory for a decoder");
            }
            try {
                int result = (int) decompress2.invokeExact(
                        handle, data, (long) jpeg.length, rgb, width, 3 * width, height, RGB, 0);
                if (result != 0) {
                    MemorySegment message = (MemorySegment) getErrorStr2.invokeExact(handle);
                    throw new BadImageException("damaged or of an unknown kind: "
                            + message.reinterpret(LONGEST_MESSAGE).getString(0));
                }
                return new Pixels(width, height, rgb.toArray(JAVA_BYTE));
            } finally {
                int ignored = (int) destroy.invokeExact(handle);
            }
        } catch (BadImageException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // a C function throws nothing
        }
    }
}
