package parlab.pipelines;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.function.Supplier;

/** A library that decodes JPEG files. Thread-safe. */
interface JpegKernel {
    /**
     * Decodes a file whose header has been read, and is acceptable.
     *
     * @param reduction 1, 2, 4 or 8: one pixel for as many across and down; a kernel that can not do that gives all
     * @throws BadImageException if the library does not decode it, or warns
     */
    Pixels decode(byte[] jpeg, JpegHeader header, int reduction) throws BadImageException;

    /**
     * A kernel, or why there is none: what one class knows for as long as it is loaded.
     *
     * @param kernel null if there is none
     * @param obstacle why; empty if there is one
     */
    record Found(JpegKernel kernel, String obstacle) {
        static Found of(Supplier<JpegKernel> load) {
            try {
                return new Found(load.get(), "");
            } catch (UnsupportedOperationException | IllegalCallerException e) {
                return new Found(null, e.getMessage());
            }
        }
    }

    /** How many pixels there are of so many, when one stands for as many as the reduction. */
    static int reduced(int pixels, int reduction) {
        return (pixels + reduction - 1) / reduction;
    }

    /** A function of a native library; one that lacks it is another library than the one that was meant. */
    @SuppressWarnings("restricted") // native access is what this is for
    static MethodHandle function(SymbolLookup symbols, String name, FunctionDescriptor signature) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(name)
                                .orElseThrow(
                                        () -> new UnsupportedOperationException("the library has no function " + name)),
                        signature);
    }
}
