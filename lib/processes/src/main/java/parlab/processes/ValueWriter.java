package parlab.processes;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.IdentityHashMap;

/**
 * Writes values into a message, each by itself: what one value holds, or that it cannot be written, does not touch the
 * next. Numbers, short texts, arrays of primitives and shared memory have a short way, because a stream of objects
 * costs several microseconds, and before it is compiled a millisecond (the benchmark's rows of short tasks and of shared
 * memory); everything else is serialised. Big arrays are kept apart, at any depth. Not thread-safe.
 */
final class ValueWriter {
    static final byte NULL = 0;
    static final byte FALSE = 1;
    static final byte TRUE = 2;
    static final byte INT = 3;
    static final byte LONG = 4;
    static final byte DOUBLE = 5;
    static final byte TEXT = 6;
    static final byte ARRAY = 7;
    static final byte BIG = 8;
    static final byte OBJECT = 9;
    static final byte SHARED = 10;

    /** Longer texts are serialised, which takes half the room. */
    private static final int LONGEST_TEXT = 20_000;

    /** What a writer needs to know about the process that it writes in. */
    interface Hooks {
        /** Sees each class of an object that is serialised. */
        default void sawClass(Class<?> type) {}

        /** Another object to be written in place of this one, or the same. */
        default Object replace(Object object) throws IOException {
            return object;
        }
    }

    private final Outgoing out;
    private final BigArrays bigs;
    private final Hooks hooks;

    /**
     * @param out where values are appended
     * @param bigs where big arrays go; null if they are written like small ones
     * @param hooks of this process
     */
    ValueWriter(Outgoing out, BigArrays bigs, Hooks hooks) {
        this.out = out;
        this.bigs = bigs;
        this.hooks = hooks;
    }

    /**
     * Whether a value has a short way, with nothing in it that could be shared with another value: shared memory itself
     * is one object in each process, however it came there.
     */
    static boolean isPlain(Object value) {
        return value == null
                || value instanceof Integer
                || value instanceof Double
                || value instanceof Long
                || value instanceof Boolean
                || value instanceof Shared
                || (value instanceof String text && text.length() < LONGEST_TEXT);
    }

    /**
     * Appends a value.
     *
     * @throws IOException if it cannot be serialised; nothing of it was written then, as with whatever else it throws
     */
    void write(Object value) throws IOException {
        int mark = out.length();
        boolean done = false;
        try {
            if (isPlain(value)) {
                plain(value);
            } else if (PrimitiveArrays.typeOf(value) >= 0) {
                array(value, PrimitiveArrays.typeOf(value));
            } else {
                object(value);
            }
            done = true;
        } finally {
            if (!done) {
                out.truncate(mark);
            }
        }
    }

    private void plain(Object value) throws IOException {
        // Not a switch over patterns: setting one up at run time would delay a worker's first task.
        if (value == null) {
            out.writeByte(NULL);
        } else if (value instanceof Integer i) {
            out.writeByte(INT);
            out.writeInt(i);
        } else if (value instanceof Double d) {
            out.writeByte(DOUBLE);
            out.writeLong(Double.doubleToRawLongBits(d));
        } else if (value instanceof Long l) {
            out.writeByte(LONG);
            out.writeLong(l);
        } else if (value instanceof Boolean b) {
            out.writeByte(b ? TRUE : FALSE);
        } else if (value instanceof Shared shared) {
            Shared.Handle handle = shared.handle();
            hooks.replace(handle);
            out.writeByte(SHARED);
            handle.write(out);
        } else {
            out.writeByte(TEXT);
            out.writeChars((String) value);
        }
    }

    private void array(Object array, int type) throws IOException {
        MemorySegment bytes = PrimitiveArrays.view(array);
        if (bigs != null && bytes.byteSize() >= Wire.BIG_FROM_BYTES) {
            int number = bigs.add(array);
            out.writeByte(BIG);
            out.writeInt(number);
            return;
        }
        if (bytes.byteSize() > Wire.MAX_MESSAGE_BYTES) {
            throw new IOException(
                    bytes.byteSize() + " bytes in one array are too many for a message: use Shared for so much data");
        }
        out.writeByte(ARRAY);
        out.writeByte(type);
        out.writeInt((int) bytes.byteSize());
        out.write(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    private void object(Object value) throws IOException {
        Outgoing stream = new Outgoing(256);
        try (Objects objects = new Objects(stream)) {
            objects.writeObject(value);
        }
        out.writeByte(OBJECT);
        out.writeInt(stream.length());
        out.append(stream);
    }

    private final class Objects extends ObjectOutputStream {
        /** An array that an object graph refers to twice is one array afterwards, too. */
        private final IdentityHashMap<Object, Object> replaced = new IdentityHashMap<>();

        Objects(Outgoing to) throws IOException {
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
            if (object instanceof MemorySegment || (bigs != null && isBig(object))) {
                Object known = replaced.get(object);
                if (known == null) {
                    known = bigs != null && isBig(object)
                            ? new BigRef(bigs.add(object))
                            : new SegmentCopy(((MemorySegment) object).toArray(ValueLayout.JAVA_BYTE));
                    replaced.put(object, known);
                }
                return known;
            }
            if (object instanceof Path path && path.getFileSystem() == FileSystems.getDefault()) {
                // Not serialisable, though a path is what one sends instead of a file.
                return new PathCopy(path.toString());
            }
            return hooks.replace(object);
        }

        private static boolean isBig(Object object) {
            return PrimitiveArrays.typeOf(object) >= 0
                    && PrimitiveArrays.view(object).byteSize() >= Wire.BIG_FROM_BYTES;
        }
    }

    /** Stands for a big array inside an object. */
    record BigRef(int number) implements Serializable {
        private static final long serialVersionUID = 1;
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
