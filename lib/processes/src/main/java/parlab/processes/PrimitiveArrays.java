package parlab.processes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Arrays of primitives, and memory segments, as plain bytes. Not of booleans, which have no layout: they are
 * serialised.
 */
final class PrimitiveArrays {
    private static final int SEGMENT = 7;

    /** In the order of the numbers. */
    private static final List<Class<?>> TYPES = List.of(
            byte[].class, short[].class, char[].class, int[].class, long[].class, float[].class, double[].class);

    private PrimitiveArrays() {}

    /** The type's number; -1 for anything else. */
    static int typeOf(Object object) {
        return object instanceof MemorySegment ? SEGMENT : TYPES.indexOf(object.getClass());
    }

    /** The elements as memory. */
    static MemorySegment view(Object array) {
        // Not a switch over patterns: setting one up at run time would delay a worker's first task.
        if (array instanceof double[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof byte[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof int[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof long[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof float[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof short[] a) {
            return MemorySegment.ofArray(a);
        } else if (array instanceof char[] a) {
            return MemorySegment.ofArray(a);
        }
        return (MemorySegment) array;
    }

    /**
     * Returns a new array with these contents; of a segment, memory that lives as long as somebody refers to it.
     *
     * @throws IllegalArgumentException if there is no such type or the size does not fit it
     */
    static Object copy(int type, MemorySegment source) {
        return switch (type) {
            case 0 -> source.toArray(ValueLayout.JAVA_BYTE);
            case 1 -> source.toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
            case 2 -> source.toArray(ValueLayout.JAVA_CHAR_UNALIGNED);
            case 3 -> source.toArray(ValueLayout.JAVA_INT_UNALIGNED);
            case 4 -> source.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
            case 5 -> source.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            case 6 -> source.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
            case SEGMENT -> Arena.ofAuto().allocate(source.byteSize(), 64).copyFrom(source);
            default -> throw new IllegalArgumentException("no array type " + type);
        };
    }
}
