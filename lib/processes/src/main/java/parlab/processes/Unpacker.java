package parlab.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.StreamCorruptedException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Path;

/** Reads what a {@link Packer} wrote. Not thread-safe. */
final class Unpacker {

    /** What an unpacker needs to know about the process that it reads in. */
    interface Hooks {
        /** The loader that knows the message's classes. */
        ClassLoader loader();

        /** Another object in place of this one, or the same. */
        default Object resolve(Object object) throws IOException {
            return object;
        }

        /** What the stream may hold; null for anything. */
        default ObjectInputFilter filter(long messageBytes) {
            return null;
        }
    }

    /** One big array's place in the block. */
    private record Big(int type, long bytes, long offset) {}

    private static final Big[] NO_BIGS = {};

    private final Input in;
    private final Hooks hooks;
    private Big[] bigs = NO_BIGS;
    private Object[] read = NO_BIGS;
    private MemorySegment block;
    private Objects objects;
    private Source source;

    Unpacker(Input in, Hooks hooks) {
        this.in = in;
        this.hooks = hooks;
    }

    /** Reads the table of big arrays; their contents come from this block, which is null if there are none. */
    void bigTable(MemorySegment memory) throws IOException {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / 17) {
            throw new StreamCorruptedException(count + " big arrays announced in a message of " + in.remaining());
        }
        block = memory;
        bigs = new Big[count];
        read = new Object[count];
        for (int i = 0; i < count; i++) {
            bigs[i] = new Big(in.getByte(), in.getLong(), in.getLong());
        }
    }

    /**
     * The next value.
     *
     * @throws IOException if the message is damaged or holds something that is not admitted
     * @throws ClassNotFoundException if a class is unknown here
     */
    Object value() throws IOException, ClassNotFoundException {
        byte tag = in.getByte();
        return switch (tag) {
            case Packer.NULL -> null;
            case Packer.FALSE -> false;
            case Packer.TRUE -> true;
            case Packer.BYTE -> in.getByte();
            case Packer.SHORT -> (short) ((in.getByte() << 8) | (in.getByte() & 0xff));
            case Packer.CHAR -> (char) ((in.getByte() << 8) | (in.getByte() & 0xff));
            case Packer.INT -> in.getInt();
            case Packer.LONG -> in.getLong();
            case Packer.FLOAT -> Float.intBitsToFloat(in.getInt());
            case Packer.DOUBLE -> Double.longBitsToDouble(in.getLong());
            case Packer.TEXT -> in.getText();
            case Packer.ARRAY -> {
                int type = in.getByte();
                int bytes = in.getInt();
                int at = in.skip(bytes);
                yield PrimitiveArrays.read(type, MemorySegment.ofArray(in.data).asSlice(at, bytes));
            }
            case Packer.BIG -> big(in.getInt());
            case Packer.OBJECT, Packer.NEXT_OBJECT -> object(tag == Packer.OBJECT);
            default -> throw new StreamCorruptedException("no value begins with " + tag);
        };
    }

    private Object big(int index) throws IOException {
        if (index < 0 || index >= bigs.length) {
            throw new StreamCorruptedException("no big array " + index + ", there are " + bigs.length);
        }
        if (read[index] == null) {
            Big big = bigs[index];
            if (block == null || big.offset < 0 || big.bytes < 0 || big.bytes > block.byteSize() - big.offset) {
                throw new StreamCorruptedException(big + " lies outside its block: " + block);
            }
            read[index] = PrimitiveArrays.read(big.type, block.asSlice(big.offset, big.bytes));
        }
        return read[index];
    }

    private Object object(boolean first) throws IOException, ClassNotFoundException {
        int length = in.getInt();
        int at = in.skip(length);
        if (first) {
            source = new Source(in.data);
            source.position = at;
            source.end = at + length;
            objects = new Objects(source, length + in.remaining() + (block == null ? 0 : block.byteSize()));
        } else if (objects == null) {
            throw new StreamCorruptedException("an object of a stream that was not begun");
        }
        source.position = at;
        source.end = at + length;
        if (first) {
            // The constructor has read the header.
            source.position = at + 4;
        }
        try {
            return objects.readObject();
        } catch (InvalidClassException e) {
            if (objects.getObjectInputFilter() instanceof Admission admission
                    && !admission.rejection().isEmpty()) {
                throw new InvalidClassException(admission.rejection());
            }
            throw e;
        }
    }

    /** The part of the message that is the present object. */
    private static final class Source extends InputStream {
        private final byte[] data;
        private int position;
        private int end;

        Source(byte[] data) {
            this.data = data;
        }

        @Override
        public int read() {
            return position < end ? data[position++] & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int from, int length) {
            if (length == 0) {
                return 0;
            }
            int n = Math.min(length, end - position);
            if (n <= 0) {
                return -1;
            }
            System.arraycopy(data, position, target, from, n);
            position += n;
            return n;
        }

        @Override
        public int available() {
            return end - position;
        }
    }

    private final class Objects extends ObjectInputStream {
        Objects(InputStream from, long messageBytes) throws IOException {
            super(from);
            enableResolveObject(true);
            ObjectInputFilter filter = hooks.filter(messageBytes);
            if (filter != null) {
                setObjectInputFilter(filter);
            }
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(description.getName(), false, hooks.loader());
            } catch (ClassNotFoundException e) {
                // Primitive types have no loader; the superclass knows them.
                return super.resolveClass(description);
            }
        }

        @Override
        protected Class<?> resolveProxyClass(String[] names) throws IOException, ClassNotFoundException {
            Class<?>[] interfaces = new Class<?>[names.length];
            for (int i = 0; i < names.length; i++) {
                interfaces[i] = Class.forName(names[i], false, hooks.loader());
            }
            try {
                // The instance only serves to know its class.
                return Proxy.newProxyInstance(hooks.loader(), interfaces, (proxy, method, args) -> null)
                        .getClass();
            } catch (IllegalArgumentException e) {
                throw new InvalidClassException(e.getMessage());
            }
        }

        @Override
        protected Object resolveObject(Object object) throws IOException {
            if (object instanceof Packer.BigRef ref) {
                return big(ref.index());
            }
            if (object instanceof Packer.PathCopy copy) {
                return Path.of(copy.path());
            }
            return object instanceof Packer.SegmentCopy copy
                    ? PrimitiveArrays.read(PrimitiveArrays.SEGMENT, MemorySegment.ofArray(copy.bytes()))
                    : hooks.resolve(object);
        }
    }
}
