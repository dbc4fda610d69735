package parlab.processes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.StreamCorruptedException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Path;

/** Reads what a {@link ValueWriter} wrote. Not thread-safe. */
final class ValueReader {

    /** What a reader needs to know about the process that it reads in. */
    interface Hooks {
        /** The loader that knows the message's classes. */
        ClassLoader loader();

        /** Another object in place of this one, or the same. */
        default Object resolve(Object object) throws IOException {
            return object;
        }

        /** What the values may hold; null for anything. */
        default DeserialisationFilter filter(long messageBytes) {
            return null;
        }
    }

    private final Incoming in;
    private final Object[] bigs;
    private final Hooks hooks;

    /**
     * @param in the message, where its values begin
     * @param bigs its big arrays
     * @param hooks of this process
     */
    ValueReader(Incoming in, Object[] bigs, Hooks hooks) {
        this.in = in;
        this.bigs = bigs;
        this.hooks = hooks;
    }

    /**
     * Reads the next value. Whatever it throws, the one after it can be read, unless the message is damaged.
     *
     * @throws IOException if the message is damaged or holds something that is not admitted
     * @throws ClassNotFoundException if a class is unknown here
     */
    Object read() throws IOException, ClassNotFoundException {
        byte tag = in.readByte();
        return switch (tag) {
            case ValueWriter.NULL -> null;
            case ValueWriter.FALSE -> false;
            case ValueWriter.TRUE -> true;
            case ValueWriter.INT -> in.readInt();
            case ValueWriter.LONG -> in.readLong();
            case ValueWriter.DOUBLE -> Double.longBitsToDouble(in.readLong());
            case ValueWriter.TEXT -> in.readChars();
            case ValueWriter.ARRAY -> {
                int type = in.readByte();
                yield PrimitiveArrays.copy(type, MemorySegment.ofArray(in.readBytes(in.readInt())));
            }
            case ValueWriter.BIG -> big(in.readInt());
            case ValueWriter.SHARED -> hooks.resolve(Shared.Handle.read(in));
            case ValueWriter.OBJECT -> object(in.readBytes(in.readInt()));
            default -> throw new StreamCorruptedException("no value begins with " + tag);
        };
    }

    private Object big(int number) throws IOException {
        if (number < 0 || number >= bigs.length) {
            throw new StreamCorruptedException("no big array " + number + ", there are " + bigs.length);
        }
        return bigs[number];
    }

    private Object object(byte[] stream) throws IOException, ClassNotFoundException {
        long bytes = stream.length;
        for (Object big : bigs) {
            bytes += PrimitiveArrays.view(big).byteSize();
        }
        DeserialisationFilter filter = hooks.filter(bytes);
        try (Objects objects = new Objects(stream, filter)) {
            return objects.readObject();
        } catch (InvalidClassException e) {
            if (filter != null && !filter.rejection().isEmpty()) {
                throw new InvalidClassException(filter.rejection());
            }
            throw e;
        }
    }

    private final class Objects extends ObjectInputStream {
        Objects(byte[] stream, ObjectInputFilter filter) throws IOException {
            super(new ByteArrayInputStream(stream));
            enableResolveObject(true);
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
            if (object instanceof ValueWriter.BigRef ref) {
                return big(ref.number());
            }
            if (object instanceof ValueWriter.PathCopy copy) {
                return Path.of(copy.path());
            }
            if (object instanceof ValueWriter.SegmentCopy copy) {
                MemorySegment memory = MemorySegment.ofArray(copy.bytes());
                return PrimitiveArrays.copy(PrimitiveArrays.typeOf(memory), memory);
            }
            return hooks.resolve(object);
        }
    }
}
