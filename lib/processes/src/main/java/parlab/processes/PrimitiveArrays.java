package parlab.processes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What there is to know about arrays of primitives. */
final class PrimitiveArrays {
    static final int BYTES = 0;
    static final int SHORTS = 1;
    static final int CHARS = 2;
    static final int INTS = 3;
    static final int LONGS = 4;
    static final int FLOATS = 5;
    static final int DOUBLES = 6;
    static final int BOOLEANS = 7;
    static final int SEGMENT = 8;

    /** In the order of the numbers. */
    private static final Class<?>[] TYPES = {
        byte[].class,
        short[].class,
        char[].class,
        int[].class,
        long[].class,
        float[].class,
        double[].class,
        boolean[].class
    };

    private PrimitiveArrays() {}

    /** The type's number; -1 for anything else. */
    static int typeOf(Object object) {
        // Not a switch over patterns: setting one up at run time would delay a worker's first task.
        Class<?> type = object.getClass();
        if (!type.isArray()) {
            return object instanceof MemorySegment ? SEGMENT : -1;
        }
        for (int i = 0; i < TYPES.length; i++) {
            if (type == TYPES[i]) {
                return i;
            }
        }
        return -1;
    }

    /** How many bytes its elements take in a message. */
    static long bytes(Object array) {
        return array instanceof boolean[] booleans
                ? booleans.length
                : view(array).byteSize();
    }

    /** The elements as memory; not for booleans, which have no layout. */
    static MemorySegment view(Object array) {
        return switch (array) {
            case byte[] a -> MemorySegment.ofArray(a);
            case short[] a -> MemorySegment.ofArray(a);
            case char[] a -> MemorySegment.ofArray(a);
            case int[] a -> MemorySegment.ofArray(a);
            case long[] a -> MemorySegment.ofArray(a);
            case float[] a -> MemorySegment.ofArray(a);
            case double[] a -> MemorySegment.ofArray(a);
            case MemorySegment segment -> segment;
            default -> throw new IllegalArgumentException("no memory view of a " + array.getClass());
        };
    }

    static void packBooleans(boolean[] source, byte[] target, int at) {
        for (int i = 0; i < source.length; i++) {
            target[at + i] = (byte) (source[i] ? 1 : 0);
        }
    }

    /**
     * A new array with these contents.
     *
     * @throws IllegalArgumentException if there is no such type or the size does not fit it
     */
    static Object read(int type, MemorySegment source) {
        return switch (type) {
            case BYTES -> source.toArray(ValueLayout.JAVA_BYTE);
            case SHORTS -> source.toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
            case CHARS -> source.toArray(ValueLayout.JAVA_CHAR_UNALIGNED);
            case INTS -> source.toArray(ValueLayout.JAVA_INT_UNALIGNED);
            case LONGS -> source.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
            case FLOATS -> source.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            case DOUBLES -> source.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
            case BOOLEANS -> {
                boolean[] booleans = new boolean[Math.toIntExact(source.byteSize())];
                for (int i = 0; i < booleans.length; i++) {
                    booleans[i] = source.get(ValueLayout.JAVA_BYTE, i) != 0;
                }
                yield booleans;
            }
            case SEGMENT -> Arena.ofAuto().allocate(source.byteSize(), 64).copyFrom(source);
            default -> throw new IllegalArgumentException("no array type " + type);
        };
    }
}
