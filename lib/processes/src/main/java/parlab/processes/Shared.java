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
import java.util.concurrent.ThreadLocalRandom;

/**
 * An array of numbers in memory that this process and its workers share: one copy in all, whoever reads or writes it.
 *
 * <p>Captured by a task, or passed to one, it is not copied: the worker maps the same memory. What one process
 * writes the others see, without any order unless something else makes one; the end of a task does, so what a task
 * wrote before it ended is there when its result is.
 *
 * <p>A loop over single elements is as quick as one over an array if its index is a {@code long}; an {@code int} costs up to
 * half of that.
 *
 * <p>The memory is freed when the process that made it closes it, and the workers are told to let go; a task that
 * still uses it then gets an {@link IllegalStateException}. It is freed as well when that process ends, however
 * it ends, but not by the garbage collector: somebody may hold {@link #memory()} alone. Reading and writing are thread-safe as plain memory is: no tearing, no order.
 */
public abstract sealed class Shared implements AutoCloseable, Serializable {
    private static final long serialVersionUID = 1;

    /** What holds an element. */
    private enum Element {
        DOUBLE(8),
        FLOAT(4),
        LONG(8),
        INT(4),
        BYTE(1);

        private final int bytes;

        Element(int bytes) {
            this.bytes = bytes;
        }
    }

    private final transient SharedFile file;
    private final transient List<Runnable> listeners = new ArrayList<>();
    private final transient boolean owner;
    private final transient Element element;
    private final transient long id;
    private final transient long length;

    /** The memory, for the accessors below. */
    final transient MemorySegment memory;

    private Shared(Element element, long length, long id, SharedFile file, boolean owner) {
        this.element = element;
        this.length = length;
        this.id = id;
        this.file = file;
        this.owner = owner;
        this.memory = file.memory().asSlice(0, length * element.bytes);
    }

    private static Shared create(Element element, long length) {
        if (length < 1 || length > Long.MAX_VALUE / 16) {
            throw new IllegalArgumentException("shared memory needs a length of 1 or more, got " + length);
        }
        try {
            SharedFile file = SharedFile.create(length * element.bytes);
            return make(element, length, ThreadLocalRandom.current().nextLong(), file, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Shared make(Element element, long length, long id, SharedFile file, boolean owner) {
        return switch (element) {
            case DOUBLE -> new Doubles(length, id, file, owner);
            case FLOAT -> new Floats(length, id, file, owner);
            case LONG -> new Longs(length, id, file, owner);
            case INT -> new Ints(length, id, file, owner);
            case BYTE -> new Bytes(length, id, file, owner);
        };
    }

    /**
     * Shared doubles, all 0.
     *
     * @param length how many, 1 or more
     * @return the array
     * @throws IllegalArgumentException if length is less than 1
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Doubles doubles(long length) {
        return (Doubles) create(Element.DOUBLE, length);
    }

    /**
     * Shared doubles with these values.
     *
     * @param values one at least; copied
     * @return the array
     */
    public static Doubles doubles(double[] values) {
        Doubles shared = doubles(values.length);
        MemorySegment.copy(values, 0, shared.memory, ValueLayout.JAVA_DOUBLE, 0, values.length);
        return shared;
    }

    /**
     * Shared floats, all 0.
     *
     * @param length how many, 1 or more
     * @return the array
     * @throws IllegalArgumentException if length is less than 1
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Floats floats(long length) {
        return (Floats) create(Element.FLOAT, length);
    }

    /**
     * Shared floats with these values.
     *
     * @param values one at least; copied
     * @return the array
     */
    public static Floats floats(float[] values) {
        Floats shared = floats(values.length);
        MemorySegment.copy(values, 0, shared.memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return shared;
    }

    /**
     * Shared longs, all 0.
     *
     * @param length how many, 1 or more
     * @return the array
     * @throws IllegalArgumentException if length is less than 1
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Longs longs(long length) {
        return (Longs) create(Element.LONG, length);
    }

    /**
     * Shared ints, all 0.
     *
     * @param length how many, 1 or more
     * @return the array
     * @throws IllegalArgumentException if length is less than 1
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Ints ints(long length) {
        return (Ints) create(Element.INT, length);
    }

    /**
     * Shared bytes, all 0.
     *
     * @param length how many, 1 or more
     * @return the array
     * @throws IllegalArgumentException if length is less than 1
     * @throws UncheckedIOException if there is no room for so much shared memory
     */
    public static Bytes bytes(long length) {
        return (Bytes) create(Element.BYTE, length);
    }

    /**
     * How many elements there are.
     *
     * @return 1 or more
     */
    public final long length() {
        return length;
    }

    /**
     * The memory itself, for the Vector API, for native code, and for views of other layouts.
     *
     * @return all of it; accesses throw {@link IllegalStateException} once this is closed
     */
    public final MemorySegment memory() {
        return memory;
    }

    /** Frees the memory; in a worker, lets go of it there. Closing it again does nothing. */
    @Override
    public final void close() {
        List<Runnable> told;
        synchronized (listeners) {
            told = List.copyOf(listeners);
            listeners.clear();
        }
        file.close();
        told.forEach(Runnable::run);
    }

    /** How many and of what, such as {@code shared doubles[1000]}. */
    @Override
    public final String toString() {
        return "shared " + getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + "[" + length + "]";
    }

    // Not private: the classes below inherit it.
    final Object writeReplace() throws NotSerializableException {
        if (!memory.scope().isAlive()) {
            throw new NotSerializableException(this + " was closed, so that no worker can open it");
        }
        return new Handle(this);
    }

    /** Where the memory is. */
    private static final class Handle extends SharedHandle {
        private static final long serialVersionUID = 1;

        private final Element element;
        private final long length;
        private final String path;
        private final transient Shared original;

        Handle(Shared original) {
            super(original.id);
            this.original = original;
            this.element = original.element;
            this.length = original.length;
            this.path = original.file.path();
        }

        @Override
        public AutoCloseable open() throws IOException {
            return make(element, length, id(), SharedFile.open(path, length * element.bytes), false);
        }

        @Override
        public AutoCloseable original() {
            return original;
        }

        @Override
        public boolean isOpen(AutoCloseable opened) {
            return ((Shared) opened).memory.scope().isAlive();
        }

        @Override
        public void whenClosed(Runnable action) {
            if (original != null && original.owner) {
                synchronized (original.listeners) {
                    original.listeners.add(action);
                }
            }
        }
    }

    /** Shared doubles. */
    public static final class Doubles extends Shared {
        private static final long serialVersionUID = 1;

        private Doubles(long length, long id, SharedFile file, boolean owner) {
            super(Element.DOUBLE, length, id, file, owner);
        }

        /**
         * Reads an element.
         *
         * @param index from 0 to length - 1
         * @return its value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public double get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
        }

        /**
         * Writes an element.
         *
         * @param index from 0 to length - 1
         * @param value its new value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public void set(long index, double value) {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
        }

        /**
         * Copies elements out.
         *
         * @param from the first element's index
         * @param into as many as it holds
         * @throws IndexOutOfBoundsException if there are not so many
         */
        public void read(long from, double[] into) {
            Objects.checkFromIndexSize(from, into.length, length());
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_DOUBLE, from * ValueLayout.JAVA_DOUBLE.byteSize(), into, 0, into.length);
        }

        /**
         * Copies elements in.
         *
         * @param at the first element's index
         * @param values all of it
         * @throws IndexOutOfBoundsException if there is not so much room
         */
        public void write(long at, double[] values) {
            Objects.checkFromIndexSize(at, values.length, length());
            MemorySegment.copy(
                    values, 0, memory, ValueLayout.JAVA_DOUBLE, at * ValueLayout.JAVA_DOUBLE.byteSize(), values.length);
        }

        /**
         * Copies all elements.
         *
         * @return a new array on the heap
         */
        public double[] toArray() {
            return memory.toArray(ValueLayout.JAVA_DOUBLE);
        }
    }

    /** Shared floats. */
    public static final class Floats extends Shared {
        private static final long serialVersionUID = 1;

        private Floats(long length, long id, SharedFile file, boolean owner) {
            super(Element.FLOAT, length, id, file, owner);
        }

        /**
         * Reads an element.
         *
         * @param index from 0 to length - 1
         * @return its value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public float get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        }

        /**
         * Writes an element.
         *
         * @param index from 0 to length - 1
         * @param value its new value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public void set(long index, float value) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
        }

        /**
         * Copies elements out.
         *
         * @param from the first element's index
         * @param into as many as it holds
         * @throws IndexOutOfBoundsException if there are not so many
         */
        public void read(long from, float[] into) {
            Objects.checkFromIndexSize(from, into.length, length());
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_FLOAT, from * ValueLayout.JAVA_FLOAT.byteSize(), into, 0, into.length);
        }

        /**
         * Copies elements in.
         *
         * @param at the first element's index
         * @param values all of it
         * @throws IndexOutOfBoundsException if there is not so much room
         */
        public void write(long at, float[] values) {
            Objects.checkFromIndexSize(at, values.length, length());
            MemorySegment.copy(
                    values, 0, memory, ValueLayout.JAVA_FLOAT, at * ValueLayout.JAVA_FLOAT.byteSize(), values.length);
        }

        /**
         * Copies all elements.
         *
         * @return a new array on the heap
         */
        public float[] toArray() {
            return memory.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /** Shared longs. */
    public static final class Longs extends Shared {
        private static final long serialVersionUID = 1;

        private Longs(long length, long id, SharedFile file, boolean owner) {
            super(Element.LONG, length, id, file, owner);
        }

        /**
         * Reads an element.
         *
         * @param index from 0 to length - 1
         * @return its value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public long get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_LONG, index);
        }

        /**
         * Writes an element.
         *
         * @param index from 0 to length - 1
         * @param value its new value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public void set(long index, long value) {
            memory.setAtIndex(ValueLayout.JAVA_LONG, index, value);
        }

        /**
         * Copies elements out.
         *
         * @param from the first element's index
         * @param into as many as it holds
         * @throws IndexOutOfBoundsException if there are not so many
         */
        public void read(long from, long[] into) {
            Objects.checkFromIndexSize(from, into.length, length());
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_LONG, from * ValueLayout.JAVA_LONG.byteSize(), into, 0, into.length);
        }

        /**
         * Copies elements in.
         *
         * @param at the first element's index
         * @param values all of it
         * @throws IndexOutOfBoundsException if there is not so much room
         */
        public void write(long at, long[] values) {
            Objects.checkFromIndexSize(at, values.length, length());
            MemorySegment.copy(
                    values, 0, memory, ValueLayout.JAVA_LONG, at * ValueLayout.JAVA_LONG.byteSize(), values.length);
        }

        /**
         * Copies all elements.
         *
         * @return a new array on the heap
         */
        public long[] toArray() {
            return memory.toArray(ValueLayout.JAVA_LONG);
        }
    }

    /** Shared ints. */
    public static final class Ints extends Shared {
        private static final long serialVersionUID = 1;

        private Ints(long length, long id, SharedFile file, boolean owner) {
            super(Element.INT, length, id, file, owner);
        }

        /**
         * Reads an element.
         *
         * @param index from 0 to length - 1
         * @return its value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public int get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_INT, index);
        }

        /**
         * Writes an element.
         *
         * @param index from 0 to length - 1
         * @param value its new value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public void set(long index, int value) {
            memory.setAtIndex(ValueLayout.JAVA_INT, index, value);
        }

        /**
         * Copies elements out.
         *
         * @param from the first element's index
         * @param into as many as it holds
         * @throws IndexOutOfBoundsException if there are not so many
         */
        public void read(long from, int[] into) {
            Objects.checkFromIndexSize(from, into.length, length());
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_INT, from * ValueLayout.JAVA_INT.byteSize(), into, 0, into.length);
        }

        /**
         * Copies elements in.
         *
         * @param at the first element's index
         * @param values all of it
         * @throws IndexOutOfBoundsException if there is not so much room
         */
        public void write(long at, int[] values) {
            Objects.checkFromIndexSize(at, values.length, length());
            MemorySegment.copy(
                    values, 0, memory, ValueLayout.JAVA_INT, at * ValueLayout.JAVA_INT.byteSize(), values.length);
        }

        /**
         * Copies all elements.
         *
         * @return a new array on the heap
         */
        public int[] toArray() {
            return memory.toArray(ValueLayout.JAVA_INT);
        }
    }

    /** Shared bytes. */
    public static final class Bytes extends Shared {
        private static final long serialVersionUID = 1;

        private Bytes(long length, long id, SharedFile file, boolean owner) {
            super(Element.BYTE, length, id, file, owner);
        }

        /**
         * Reads an element.
         *
         * @param index from 0 to length - 1
         * @return its value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public byte get(long index) {
            return memory.get(ValueLayout.JAVA_BYTE, index);
        }

        /**
         * Writes an element.
         *
         * @param index from 0 to length - 1
         * @param value its new value
         * @throws IndexOutOfBoundsException if there is no such element
         */
        public void set(long index, byte value) {
            memory.set(ValueLayout.JAVA_BYTE, index, value);
        }

        /**
         * Copies elements out.
         *
         * @param from the first element's index
         * @param into as many as it holds
         * @throws IndexOutOfBoundsException if there are not so many
         */
        public void read(long from, byte[] into) {
            Objects.checkFromIndexSize(from, into.length, length());
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_BYTE, from * ValueLayout.JAVA_BYTE.byteSize(), into, 0, into.length);
        }

        /**
         * Copies elements in.
         *
         * @param at the first element's index
         * @param values all of it
         * @throws IndexOutOfBoundsException if there is not so much room
         */
        public void write(long at, byte[] values) {
            Objects.checkFromIndexSize(at, values.length, length());
            MemorySegment.copy(
                    values, 0, memory, ValueLayout.JAVA_BYTE, at * ValueLayout.JAVA_BYTE.byteSize(), values.length);
        }

        /**
         * Copies all elements.
         *
         * @return a new array on the heap
         */
        public byte[] toArray() {
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
