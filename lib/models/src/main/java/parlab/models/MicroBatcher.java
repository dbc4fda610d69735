package parlab.models;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;

/**
 * Makes batches out of single requests: collects up to a number of them, or until the oldest has waited its time, and answers
 * them in one run of the model.
 *
 * <p>A request that does not fit is refused when it is submitted. Where a batch fails, does not fit into memory or is answered
 * with another number of rows, its requests are run one by one, so that one of them does not spoil the others' answers. A
 * request is answered, or fails, whatever happens. Thread-safe; batches are run on threads of its own.
 */
public final class MicroBatcher implements AutoCloseable {
    private static final long LOOK_NANOS = 50_000_000; // how soon a thread that waits sees that it is closed
    private static final int WAITING_PER_BATCH = 64; // batches that may wait before requests are refused

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Request(float[] row, long arrived, CompletableFuture<float[]> answer) {}

    private final int inputLength;
    private final int maxRequests;
    private final long maxWaitNanos;
    private final UnaryOperator<float[]> model;
    private final BlockingQueue<Request> waiting;
    private final List<Thread> threads = new ArrayList<>();
    private final LongAdder batches = new LongAdder();
    private final LongAdder requests = new LongAdder();
    /** Numbers in an answer, as the model gave it to the last request that was run alone; 0 before the first. */
    private volatile int outputLength;

    private volatile boolean closed;

    /**
     * Starts the threads that collect requests and run them.
     *
     * @param inputLength numbers in a request
     * @param maxRequests requests in a batch, at most
     * @param maxWait how long the first request of a batch may wait for others; zero takes only those that are there
     * @param threads how many batches are run at once
     * @param model answers a batch: rows in, rows out, as {@link Model#run} does
     * @throws IllegalArgumentException if a number is less than 1, or the wait negative
     */
    public MicroBatcher(int inputLength, int maxRequests, Duration maxWait, int threads, UnaryOperator<float[]> model) {
        if (inputLength < 1 || maxRequests < 1 || maxRequests > 65_536 || threads < 1 || maxWait.isNegative()) {
            throw new IllegalArgumentException("batches of " + maxRequests + " requests of " + inputLength
                    + " numbers after " + maxWait + " on " + threads + " threads cannot be made");
        }
        this.inputLength = inputLength;
        this.maxRequests = maxRequests;
        this.maxWaitNanos = maxWait.toNanos();
        this.model = Objects.requireNonNull(model, "model");
        this.waiting = new ArrayBlockingQueue<>(maxRequests * WAITING_PER_BATCH);
        for (int i = 0; i < threads; i++) {
            this.threads.add(
                    Thread.ofPlatform().daemon().name("micro-batcher-" + i).start(this::work));
        }
    }

    /**
     * Hands in a request.
     *
     * @param row its numbers; not to be changed until it is answered
     * @return its answer, or what the model has thrown for it; cancelling it does not stop the model
     * @throws IllegalArgumentException if it is null or of another length
     * @throws RejectedExecutionException if too many wait already, or this is closed
     */
    public CompletableFuture<float[]> submit(float[] row) {
        if (row == null || row.length != inputLength) {
            throw new IllegalArgumentException("a request has " + inputLength + " numbers, this one "
                    + (row == null ? "is null" : "has " + row.length));
        }
        Request request = new Request(row, System.nanoTime(), new CompletableFuture<>());
        if (closed || !waiting.offer(request)) {
            throw new RejectedExecutionException(closed ? "the batcher is closed" : waiting.size() + " requests wait");
        }
        if (closed) {
            refuseTheRest(); // it was closed between the two lines above
        }
        return request.answer;
    }

    private void work() {
        List<Request> batch = new ArrayList<>();
        try {
            while (!closed) {
                // In slices: a request that wakes the threads on closing could be taken away before they see it, and an
                // interrupt could hit a model at work.
                Request first = waiting.poll(LOOK_NANOS, TimeUnit.NANOSECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                collect(batch);
                if (closed) {
                    break;
                }
                try {
                    answer(batch);
                } catch (OutOfMemoryError e) { // not even for one: the others would fail as well, and more slowly
                    batch.forEach(request -> request.answer.completeExceptionally(e));
                }
                batch.clear();
            }
        } catch (InterruptedException e) {
            // only a model can have asked for this
        } finally { // whatever it was that ended this thread: nobody must wait for it in vain
            closed = true;
            refuse(batch);
            refuseTheRest();
        }
    }

    private void collect(List<Request> batch) throws InterruptedException {
        long deadline = batch.getFirst().arrived + maxWaitNanos;
        while (batch.size() < maxRequests && !closed) {
            if (waiting.drainTo(batch, maxRequests - batch.size()) > 0) {
                continue;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            Request next = waiting.poll(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
            if (next != null) {
                batch.add(next);
            }
        }
    }

    private void answer(List<Request> batch) {
        batches.increment();
        requests.add(batch.size());
        try {
            float[] answers = run(batch);
            int length = answers.length / batch.size();
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).answer.complete(Arrays.copyOfRange(answers, i * length, (i + 1) * length));
            }
        } catch (Throwable e) { // errors, too: there may be memory for one request where there is none for a batch
            if (batch.size() > 1) {
                batch.forEach(request -> answer(List.of(request)));
                requests.add(-batch.size()); // counted a second time there
            } else if (e instanceof OutOfMemoryError error) {
                throw error;
            } else {
                batch.getFirst().answer.completeExceptionally(e);
            }
        }
    }

    /** Runs the model on a batch; returns the answers if they can be told apart. */
    private float[] run(List<Request> batch) {
        float[] rows = new float[Math.multiplyExact(batch.size(), inputLength)];
        for (int i = 0; i < batch.size(); i++) {
            System.arraycopy(batch.get(i).row, 0, rows, i * inputLength, inputLength);
        }
        float[] answers = Objects.requireNonNull(model.apply(rows), "the model's answer");
        if (batch.size() == 1) {
            outputLength = answers.length;
            return answers;
        }
        if (outputLength == 0) { // one request alone tells what an answer is like
            outputLength = model.apply(batch.getFirst().row.clone()).length;
        }
        if (answers.length != (long) batch.size() * outputLength) {
            throw new IllegalStateException("the model answered " + batch.size() + " requests with " + answers.length
                    + " numbers, not with " + outputLength + " for each");
        }
        return answers;
    }

    /** {@return how many batches were run: 0 or more} */
    public long batches() {
        return batches.sum();
    }

    /** {@return the requests in a batch, on average: 0 before the first} */
    public double meanBatch() {
        return batches.sum() == 0 ? 0 : (double) requests.sum() / batches.sum();
    }

    /** {@return whether requests are taken: false after {@link #close}, or when a thread of its own has ended} */
    public boolean isOpen() {
        return !closed;
    }

    private void refuseTheRest() {
        List<Request> rest = new ArrayList<>();
        waiting.drainTo(rest);
        refuse(rest);
    }

    private static void refuse(List<Request> requests) {
        for (Request request : requests) {
            request.answer.completeExceptionally(new RejectedExecutionException("the batcher is closed"));
        }
    }

    /**
     * Lets the batches that run end, and refuses what waits. Closing twice does nothing.
     *
     * <p>Called where a batch is answered, as by what hangs on an answer, it does not wait for the batches that run.
     */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        // One of its own threads would wait for itself, and two of them for each other.
        List<Thread> others = threads.contains(Thread.currentThread()) ? List.of() : threads;
        for (Thread thread : others) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        refuseTheRest();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
