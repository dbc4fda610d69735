package parlab.processes;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Memory that this process and its workers share: one copy in all, whoever reads or writes it.
 *
 * <p>Captured by a task, or passed to one, it is not copied: the worker maps the same memory. What one process
 * writes the others see, without any order unless something else makes one; the end of a task does, so what a task
 * wrote before it ended is there when its result is.
 *
 * <p>The memory is freed when the process that made it closes it, and the workers are told to let go; a task that
 * still uses it then gets an {@link IllegalStateException}, and one whose native code holds it is interrupted. It is
 * freed as well when that process ends, however it ends, but not by the garbage collector: somebody may hold {@link
 * #memory()} alone. Reading and writing are thread-safe as plain memory is: no tearing, no order.
 */
public sealed class Shared implements AutoCloseable, Serializable {
    private static final long serialVersionUID = 1;
    private static final long MAX_BYTES = 1L << 56;

    private final transient SharedMemory shared;
    private final transient List<Runnable> closeActions = new ArrayList<>();

    private Shared(SharedMemory shared) {
        this.shared = shared;
    }

    private static SharedMemory create(long length, int bytesEach) {
        if (length < 1 || length > MAX_BYTES / bytesEach) {
            throw new IllegalArgumentException("shared memory needs a length of 1 or more, got " + length);
        }
        try {
            return SharedMemory.create(length * bytesEach);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns shared memory, all 0, for the Vector API, for native code, and for whatever layout a task gives it.
     *
     * @param length how many bytes, 1 or more
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Shared bytes(long length) {
        return new Shared(create(length, 1));
    }

    /**
     * Returns so many shared doubles, 1 or more, all 0.
     *
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Doubles doubles(long length) {
        return new Doubles(create(length, Double.BYTES));
    }

    /** Returns shared doubles with a copy of these values, of which there is one at least. */
    public static Doubles doubles(double[] values) {
        Doubles made = doubles(values.length);
        made.write(0, values);
        return made;
    }

    /** Returns the memory itself; accesses throw {@link IllegalStateException} once this is closed. */
    public final MemorySegment memory() {
        return shared.memory();
    }

    /**
     * Frees the memory; in a worker, lets go of it there. Closing it again does nothing.
     *
     * @throws IllegalStateException if native code of this process uses it at this moment; it is open then as before
     */
    @Override
    public final void close() {
        shared.close();
        List<Runnable> told;
        synchronized (closeActions) {
            told = List.copyOf(closeActions);
            closeActions.clear();
        }
        told.forEach(Runnable::run);
    }

    final UUID id() {
        return shared.id();
    }

    final boolean isOpen() {
        return shared.isOpen();
    }

    /** Runs something once this is closed, if this process owns it. */
    final void whenClosed(Runnable action) {
        synchronized (closeActions) {
            closeActions.add(action);
        }
    }

    /** How much it is, such as {@code shared bytes[1000]}. */
    @Override
    public String toString() {
        return "shared bytes[" + memory().byteSize() + "]";
    }

    // Not private: the class below inherits it.
    final Object writeReplace() throws NotSerializableException {
        return handle();
    }

    final Handle handle() throws NotSerializableException {
        if (!isOpen()) {
            throw new NotSerializableException(this + " was closed, so that no worker can open it");
        }
        return new Handle(shared.id(), shared.path(), memory().byteSize(), this instanceof Doubles, this);
    }

    /** What travels in place of shared memory: where to find it. */
    static final class Handle implements Serializable {
        private static final long serialVersionUID = 1;

        private final UUID id;
        private final String path;
        private final long bytes;
        private final boolean doubles;
        private final transient Shared original;

        private Handle(UUID id, String path, long bytes, boolean doubles, Shared original) {
            this.id = id;
            this.path = path;
            this.bytes = bytes;
            this.doubles = doubles;
            this.original = original;
        }

        void write(Outgoing out) throws IOException {
            out.writeLong(id.getMostSignificantBits());
            out.writeLong(id.getLeastSignificantBits());
            out.writeText(path);
            out.writeLong(bytes);
            out.writeBoolean(doubles);
        }

        static Handle read(Incoming in) throws IOException {
            return new Handle(
                    new UUID(in.readLong(), in.readLong()), in.readText(), in.readLong(), in.readBoolean(), null);
        }

        UUID id() {
            return id;
        }

        /** What this handle was made of; null in another process. */
        Shared original() {
            return original;
        }

        Shared open() throws IOException {
            SharedMemory memory = SharedMemory.open(id, path, bytes);
            return doubles ? new Doubles(memory) : new Shared(memory);
        }
    }

    /**
     * Shared doubles.
     *
     * <p>A loop over single elements is as quick as one over an array if its index is a {@code long}; an {@code int}
     * costs up to half of that.
     */
    public static final class Doubles extends Shared {
        private static final long serialVersionUID = 1;

        private final transient MemorySegment memory;
        private final transient long length;

        private Doubles(SharedMemory shared) {
            super(shared);
            memory = shared.memory();
            length = memory.byteSize() / Double.BYTES;
        }

        /** Returns how many elements there are. */
        public long length() {
            return length;
        }

        /** Returns the element at an index, or throws {@link IndexOutOfBoundsException}. */
        public double get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
        }

        /** Sets the element at an index, or throws {@link IndexOutOfBoundsException}. */
        public void set(long index, double value) {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
        }

        /** Copies elements out, from an index on and as many as the array holds. */
        public void read(long from, double[] into) {
            Objects.checkFromIndexSize(from, into.length, length);
            MemorySegment.copy(memory, ValueLayout.JAVA_DOUBLE, from * Double.BYTES, into, 0, into.length);
        }

        /** Copies all values in, from an index on. */
        public void write(long at, double[] values) {
            Objects.checkFromIndexSize(at, values.length, length);
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_DOUBLE, at * Double.BYTES, values.length);
        }

        /** Returns all elements in a new array on the heap. */
        public double[] toArray() {
            return memory.toArray(ValueLayout.JAVA_DOUBLE);
        }

        @Override
        public String toString() {
            return "shared doubles[" + length + "]";
        }
    }
}
