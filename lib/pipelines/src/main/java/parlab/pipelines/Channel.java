package parlab.pipelines;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/**
 * A bounded queue between two stages of a pipeline, with an end. Who puts into a full one waits: the consumers' pace reaches the
 * producers, and what lies between them never grows beyond the bound.
 *
 * <pre>{@code
 * try (Channel<Fetched> channel = new Channel<>(100, producers)) {
 *     // each producer: channel.put(...), and channel.finish() when it has no more
 *     for (Fetched image : channel) { ... }      // ends when all producers have finished
 * }
 * }</pre>
 *
 * <p>Closing it early cancels: every waiting thread, and every one that comes later, gets a {@link CancellationException}.
 * Thread-safe; several threads may iterate, and each item goes to one of them.
 *
 * @param <T> what is handed over; not null
 */
public final class Channel<T> implements Iterable<T>, AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private final Queue<Weighed<T>> items = new ArrayDeque<>();
    private final int capacity;
    private final ToLongFunction<? super T> weigh;
    private final QueueDepth depth = new QueueDepth();
    private int producers;
    private long bytes;
    private boolean closed;
    private Throwable failure;

    /** An item with its weight, which is asked for once: a second answer might be another, or an exception. */
    private record Weighed<T>(T item, long bytes) {}

    /**
     * A channel whose items weigh nothing.
     *
     * @param capacity how many items it holds at most, 1 or more; {@link Integer#MAX_VALUE} for no bound
     * @param producers how many times {@link #finish} will be called, 1 or more
     * @throws IllegalArgumentException if a number is less than 1
     */
    public Channel(int capacity, int producers) {
        this(capacity, producers, item -> 0);
    }

    /**
     * A channel that keeps account of its items' weight.
     *
     * @param capacity how many items it holds at most, 1 or more; {@link Integer#MAX_VALUE} for no bound
     * @param producers how many times {@link #finish} will be called, 1 or more
     * @param weigh an item's bytes; called once for each, by the thread that puts it. What it throws, {@link #put} throws, and
     *     the item is not in the channel
     * @throws IllegalArgumentException if a number is less than 1
     */
    public Channel(int capacity, int producers, ToLongFunction<? super T> weigh) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a channel holds 1 item or more, got " + capacity);
        }
        if (producers < 1) {
            throw new IllegalArgumentException("a channel has 1 producer or more, got " + producers);
        }
        this.capacity = capacity;
        this.producers = producers;
        this.weigh = Objects.requireNonNull(weigh, "weigh");
        depth.record(0, 0);
    }

    /**
     * Hands an item over; waits while the channel is full.
     *
     * @param item not null
     * @throws InterruptedException if the thread is interrupted while it waits, or was before
     * @throws CancellationException if the channel was closed
     * @throws IllegalStateException if all producers have finished
     */
    public void put(T item) throws InterruptedException {
        Weighed<T> weighed = new Weighed<>(Objects.requireNonNull(item, "item"), weigh.applyAsLong(item));
        lock.lockInterruptibly();
        try {
            if (producers == 0) {
                throw new IllegalStateException("all producers of this channel have finished: nothing can follow");
            }
            while (items.size() >= capacity && !closed) {
                notFull.await();
            }
            requireOpen();
            items.add(weighed);
            bytes += weighed.bytes();
            depth.record(items.size(), bytes);
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the next item; waits while there is none.
     *
     * @return the item; null when all producers have finished and everything was taken
     * @throws InterruptedException if the thread is interrupted while it waits, or was before
     * @throws CancellationException if the channel was closed
     */
    public T take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (items.isEmpty() && producers > 0 && !closed) {
                notEmpty.await();
            }
            requireOpen();
            Weighed<T> first = items.poll();
            if (first == null) {
                return null;
            }
            bytes -= first.bytes();
            depth.record(items.size(), bytes);
            notFull.signal();
            return first.item();
        } finally {
            lock.unlock();
        }
    }

    /**
     * One producer has no more.
     *
     * @throws IllegalStateException if it is called more often than there are producers
     */
    public void finish() {
        lock.lock();
        try {
            if (producers == 0) {
                throw new IllegalStateException("more producers have finished than this channel has");
            }
            producers--;
            if (producers == 0) {
                notEmpty.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the items until the end, for one thread; there may be several. Its methods throw a
     * {@link CancellationException} if the channel is closed, or if the thread is interrupted, whose interrupt status is then
     * set.
     */
    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            private T next;
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (next == null && !ended) {
                    try {
                        next = take();
                        ended = next == null;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new CancellationException("interrupted while it waited for the next item");
                    }
                }
                return next != null;
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all producers have finished");
                }
                T item = next;
                next = null;
                return item;
            }
        };
    }

    /** Returns how full it is and was; that goes on while the channel is used. */
    public QueueDepth depth() {
        return depth;
    }

    /** Drops what is in it and sends away all that wait; without effect if everything was taken. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (producers > 0 || !items.isEmpty()) {
                closed = true;
                items.clear();
                bytes = 0;
                notFull.signalAll();
                notEmpty.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes it because a producer failed: who waits, or comes later, is told why. Only the first failure counts. */
    void fail(Throwable cause) {
        lock.lock();
        try {
            if (failure == null && !closed) {
                failure = cause;
            }
            close();
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed && failure != null) {
            throw new IllegalStateException("a producer of this channel failed: " + failure, failure);
        }
        if (closed) {
            throw new CancellationException("the channel was closed");
        }
    }
}
