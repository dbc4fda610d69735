package parlab.executors;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.BitSet;

/** Ties threads to processors, by functions of Linux's C library. Stateless and thread-safe. */
final class Affinity {
    private static final String GET = "sched_getcpu";
    private static final String SET = "sched_setaffinity";

    /** The length of the C library's own processor set: 1024 bits. */
    private static final int MASK_BYTES = 128;

    private Affinity() {}

    /** Returns whether the C library has both functions. */
    static boolean isAvailable() {
        return Linker.nativeLinker().defaultLookup().find(GET).isPresent()
                && Linker.nativeLinker().defaultLookup().find(SET).isPresent();
    }

    /** Returns the number of the processor that the calling thread is on at this moment. */
    static int currentProcessor() {
        try {
            return (int) function(GET).invokeExact();
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /** Ties the calling thread to a processor, to its end. */
    static void pin(int processor) {
        BitSet bits = new BitSet();
        bits.set(processor);
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = Arrays.copyOf(bits.toByteArray(), MASK_BYTES);
            MemorySegment mask = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            MethodHandle set = function(SET, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
            if ((int) set.invokeExact(0, (long) MASK_BYTES, mask) != 0) {
                throw new IllegalStateException("processor " + processor + " is not ours to use");
            }
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @SuppressWarnings("restricted") // the kernel and the build allow native access
    private static MethodHandle function(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "this system does not let a thread choose its" + " processor: its C library has no " + name));
        return linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    private static RuntimeException failure(Throwable cause) {
        return cause instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(cause);
    }
}
