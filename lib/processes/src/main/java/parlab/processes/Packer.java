package parlab.processes;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Writes values into a message.
 *
 * <p>Numbers, texts and primitive arrays are written directly; everything else by Java serialisation, with two
 * additions: big primitive arrays and memory segments, at any depth, go into the message's shared block, and
 * lambdas that are not serialisable are replaced where {@link Hooks} knows how. Neighbouring objects of one
 * message share a stream, so that a hundred records name their class once.
 *
 * <p>Not thread-safe.
 */
final class Packer {
    static final byte NULL = 0;
    static final byte FALSE = 1;
    static final byte TRUE = 2;
    static final byte BYTE = 3;
    static final byte SHORT = 4;
    static final byte CHAR = 5;
    static final byte INT = 6;
    static final byte LONG = 7;
    static final byte FLOAT = 8;
    static final byte DOUBLE = 9;
    static final byte TEXT = 10;
    static final byte ARRAY = 11;
    static final byte BIG = 12;
    static final byte OBJECT = 13;
    /** One more object of the stream that the last {@link #OBJECT} began. */
    static final byte NEXT_OBJECT = 14;

    private static final int LONGEST_TEXT = 1 << 20;

    /** What a packer asks about the objects that pass. */
    interface Hooks {
        /** Takes note of a class that is written. */
        default void sawClass(Class<?> type) {}

        /** Another object in place of this one, or the same. */
        default Object replace(Object object) throws IOException {
            return object;
        }
    }

    /** A big array's place in the stream; only the two streams of this package ever see one. */
    record BigRef(int index) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private record Big(Object array, int type, long bytes, long offset) {}

    private final Bytes out;
    private final Hooks hooks;
    private final boolean mayShare;
    private final List<Big> bigs = new ArrayList<>();
    private final IdentityHashMap<Object, Integer> bigIndex = new IdentityHashMap<>();
    private long bigBytes;
    private Objects objects;

    /**
     * @param out where to
     * @param hooks who is asked about objects
     * @param mayShare whether big arrays go into a shared block rather than inline
     */
    Packer(Bytes out, Hooks hooks, boolean mayShare) {
        this.out = out;
        this.hooks = hooks;
        this.mayShare = mayShare;
    }

    /** How big the shared block of what was written must be; 0 for none. */
    long blockBytes() {
        return bigBytes;
    }

    /** Copies the big arrays into their block. */
    void fill(MemorySegment block) {
        for (Big big : bigs) {
            MemorySegment.copy(PrimitiveArrays.view(big.array), 0, block, big.offset, big.bytes);
        }
    }

    /**
     * Appends a value.
     *
     * @throws IOException if it cannot be serialised; what was written of it must then be cut off
     */
    void value(Object value) throws IOException {
        // Not a switch over patterns: setting one up at run time would delay a worker's first task.
        if (value == null) {
            out.putByte(NULL);
        } else if (value instanceof Integer i) {
            out.putByte(INT).putInt(i);
        } else if (value instanceof Double d) {
            out.putByte(DOUBLE).putLong(Double.doubleToRawLongBits(d));
        } else if (value instanceof Long l) {
            out.putByte(LONG).putLong(l);
        } else if (value instanceof Boolean b) {
            out.putByte(b ? TRUE : FALSE);
        } else if (value instanceof String s && s.length() < LONGEST_TEXT && encodable(s)) {
            // Lone surrogates have no UTF-8: such texts, which are rare, go by serialisation.
            out.putByte(TEXT).putText(s);
        } else if (value instanceof Float f) {
            out.putByte(FLOAT).putInt(Float.floatToRawIntBits(f));
        } else if (value instanceof Byte b) {
            out.putByte(BYTE).putByte(b);
        } else if (value instanceof Short s) {
            out.putByte(SHORT).putByte(s >> 8).putByte(s);
        } else if (value instanceof Character c) {
            out.putByte(CHAR).putByte(c >> 8).putByte(c);
        } else {
            int type = PrimitiveArrays.typeOf(value);
            if (type >= 0) {
                array(value, type);
            } else {
                object(value);
            }
        }
    }

    private static boolean encodable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private void array(Object array, int type) {
        long bytes = PrimitiveArrays.bytes(array);
        if (mayShare && type != PrimitiveArrays.BOOLEANS && bytes >= Wire.SHARED_FROM_BYTES) {
            out.putByte(BIG).putInt(big(array, type, bytes));
            return;
        }
        if (bytes > Wire.MAX_FRAME_BYTES) {
            throw new IllegalArgumentException(
                    bytes + " bytes in one array are too much for a message: use Shared for so much data");
        }
        out.putByte(ARRAY).putByte(type).putInt((int) bytes);
        int at = out.reserve((int) bytes);
        if (array instanceof boolean[] booleans) {
            PrimitiveArrays.packBooleans(booleans, out.array(), at);
        } else {
            MemorySegment target = MemorySegment.ofArray(out.array());
            MemorySegment.copy(PrimitiveArrays.view(array), 0, target, at, bytes);
        }
    }

    /** Books a place in the block and describes it inline: index, type, bytes, offset. */
    private int big(Object array, int type, long bytes) {
        Integer known = bigIndex.get(array);
        if (known != null) {
            return known;
        }
        long offset = bigBytes;
        bigBytes += (bytes + 63) & ~63L;
        bigs.add(new Big(array, type, bytes, offset));
        bigIndex.put(array, bigs.size() - 1);
        return bigs.size() - 1;
    }

    /** Appends the table of the big arrays, which stands before the values when they are read. */
    void bigTable(Bytes to) {
        to.putInt(bigs.size());
        for (Big big : bigs) {
            to.putByte(big.type).putLong(big.bytes).putLong(big.offset);
        }
    }

    private void object(Object value) throws IOException {
        boolean first = objects == null;
        int start = out.size();
        out.putByte(first ? OBJECT : NEXT_OBJECT).putInt(0);
        int body = out.size();
        try {
            if (first) {
                // Its constructor writes the stream's header, which belongs inside the frame.
                objects = new Objects(new Sink());
            }
            objects.writeObject(value);
            objects.flush();
        } catch (IOException | RuntimeException | Error e) {
            // The stream's table of what it has written is no longer to be trusted.
            objects = null;
            throw e;
        }
        int end = out.size();
        out.truncate(start + 1);
        out.putInt(end - body);
        out.reserve(end - body);
    }

    /** The rest of this message starts a new stream: for after a value that was cut off. */
    void restart() {
        objects = null;
    }

    private final class Sink extends OutputStream {
        @Override
        public void write(int b) {
            out.putByte(b);
        }

        @Override
        public void write(byte[] data, int from, int length) {
            out.putBytes(data, from, length);
        }
    }

    private final class Objects extends ObjectOutputStream {
        Objects(OutputStream to) throws IOException {
            super(to);
            enableReplaceObject(true);
        }

        @Override
        protected void annotateClass(Class<?> type) {
            hooks.sawClass(type);
        }

        @Override
        protected void annotateProxyClass(Class<?> type) {
            hooks.sawClass(type);
        }

        @Override
        protected Object replaceObject(Object object) throws IOException {
            int type = PrimitiveArrays.typeOf(object);
            if (type >= 0 && type != PrimitiveArrays.BOOLEANS && mayShare) {
                long bytes = PrimitiveArrays.bytes(object);
                if (bytes >= Wire.SHARED_FROM_BYTES) {
                    return new BigRef(big(object, type, bytes));
                }
            }
            if (object instanceof MemorySegment segment) {
                return new SegmentCopy(segment.toArray(ValueLayout.JAVA_BYTE));
            }
            if (object instanceof Path path && path.getFileSystem() == FileSystems.getDefault()) {
                // Not serialisable, though a path is what one sends instead of a file.
                return new PathCopy(path.toString());
            }
            return hooks.replace(object);
        }
    }

    /** A path of the default file system inside an object. */
    record PathCopy(String path) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /** A small memory segment inside an object. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, never changed.
    record SegmentCopy(byte[] bytes) implements Serializable {
        private static final long serialVersionUID = 1;
    }
}
