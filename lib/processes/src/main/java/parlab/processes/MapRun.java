package parlab.processes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import parlab.processes.PoolTask.Outcome;

/**
 * A function over many items: reads its input in chunks, a bounded way ahead of whoever takes the results. The
 * taking thread does the reading too. Not thread-safe.
 *
 * @param <T> the items' type
 */
public final class MapRun<T> {

    /** One item with what became of it. */
    public record Taken<T>(int index, T item, Object value, Throwable failure) {}

    private static final class Chunk<T> {
        private final int firstIndex;
        private final List<T> items;
        private final PoolTask<Outcome[]> task;

        Chunk(int firstIndex, List<T> items, PoolTask<Outcome[]> task) {
            this.firstIndex = firstIndex;
            this.items = items;
            this.task = task;
        }
    }

    private final Engine engine;
    private final Shipper.Function function;
    private final Iterator<? extends T> source;
    private final int chunkSize;
    private final boolean ordered;
    private final Recording recording;
    private final Deque<Chunk<T>> pending = new ArrayDeque<>();
    private final LinkedBlockingQueue<Chunk<T>> completed = new LinkedBlockingQueue<>();
    private Chunk<T> current;
    private Outcome[] outcomes;
    private int position;
    private int nextIndex;
    private boolean closed;
    /** What the input threw: nothing more is read, and it is thrown on once the results before it were taken. */
    private Throwable inputFailure;

    /**
     * Begins: the first chunks are on their way when this returns.
     *
     * @param engine who runs it
     * @param source the items
     * @param function a ThrowingFunction
     * @param chunkSize items a message, 1 or more
     * @param ordered whether results are taken in the order of the items rather than of their completion
     * @param recording where the chunks' runs are recorded; null for nowhere
     */
    public MapRun(
            Engine engine,
            Iterator<? extends T> source,
            Object function,
            int chunkSize,
            boolean ordered,
            Recording recording) {
        this.engine = engine;
        this.function = engine.function(function);
        this.source = source;
        this.chunkSize = chunkSize;
        this.ordered = ordered;
        this.recording = recording;
        readAhead();
    }

    private void readAhead() {
        while (!closed && inputFailure == null && pending.size() < engine.lookAhead()) {
            List<T> items = new ArrayList<>(Math.min(chunkSize, 1024));
            try {
                while (items.size() < chunkSize && source.hasNext()) {
                    items.add(source.next());
                }
            } catch (RuntimeException | Error e) {
                inputFailure = e;
            }
            if (items.isEmpty()) {
                return;
            }
            send(items);
        }
    }

    private void send(List<T> items) {
        PoolTask<Outcome[]> task;
        try {
            task = engine.chunk(function, items, nextIndex, recording);
        } catch (RejectedExecutionException e) {
            if (items.size() > 1) {
                // One item is at fault: the others must not suffer for it.
                for (T item : items) {
                    List<T> alone = new ArrayList<>();
                    alone.add(item);
                    send(alone);
                }
                return;
            }
            task = engine.failed(e, 1);
        }
        Chunk<T> chunk = new Chunk<>(nextIndex, items, task);
        nextIndex = Math.addExact(nextIndex, items.size());
        pending.add(chunk);
        if (task.isDone()) {
            completed.add(chunk);
            return;
        }
        if (!ordered) {
            task.whenDone(t -> completed.add(chunk));
        }
        try {
            engine.submit(task);
        } catch (RejectedExecutionException e) {
            pending.remove(chunk);
            close();
            throw e;
        }
    }

    /**
     * Whether there is one more.
     *
     * @return false at the end
     * @throws RuntimeException what the input threw, or an Error, once the results before it were taken
     */
    public boolean hasNext() {
        if (current != null && position < current.items.size()) {
            return true;
        }
        if (closed) {
            return false;
        }
        readAhead();
        if (pending.isEmpty()) {
            close();
            if (inputFailure instanceof Error error) {
                throw error;
            }
            if (inputFailure != null) {
                throw (RuntimeException) inputFailure;
            }
            return false;
        }
        return true;
    }

    /**
     * The next outcome; waits for it.
     *
     * @return an item with its outcome
     * @throws CancellationException if the thread is interrupted, which ends the whole run
     */
    public Taken<T> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all results were taken");
        }
        if (current == null || position == current.items.size()) {
            take();
        }
        int i = position++;
        Outcome outcome = outcomes[i];
        return new Taken<>(current.firstIndex + i, current.items.get(i), outcome.value(), outcome.failure());
    }

    private void take() {
        try {
            if (ordered) {
                current = pending.peekFirst();
            } else {
                current = completed.poll();
                if (current == null) {
                    current = completed.take();
                }
            }
            outcomes = current.task.get();
        } catch (InterruptedException e) {
            close();
            engine.giveUp(Thread.currentThread());
            Thread.currentThread().interrupt();
            CancellationException stopped =
                    new CancellationException("interrupted while waiting for results; the rest was cancelled");
            stopped.initCause(e);
            throw stopped;
        } catch (ExecutionException | CancellationException e) {
            // The whole chunk was lost: each of its items has this outcome.
            outcomes = new Outcome[current.items.size()];
            Throwable failure = e instanceof ExecutionException ? e.getCause() : e;
            java.util.Arrays.fill(outcomes, new Outcome(null, failure));
        }
        pending.remove(current);
        position = 0;
        // Before the results are used, so that the workers are busy meanwhile.
        readAhead();
    }

    /** Cancels what is under way; nothing more is read. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Chunk<T> chunk : pending) {
            chunk.task.cancel(true);
        }
        pending.clear();
        engine.forget(function);
    }

    /**
     * Where an item failed.
     *
     * @param taken an outcome with a failure
     * @return the worker's name; empty if it was none's fault
     */
    public static String where(Taken<?> taken) {
        return taken.failure() instanceof Engine.Remote remote ? remote.worker() : "";
    }

    /**
     * The exception itself.
     *
     * @param taken an outcome with a failure
     * @return what the task threw, or what became of it
     */
    public static Throwable cause(Taken<?> taken) {
        return taken.failure() instanceof Engine.Remote remote ? remote.getCause() : taken.failure();
    }
}
