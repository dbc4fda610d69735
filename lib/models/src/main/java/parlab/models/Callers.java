package parlab.models;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import parlab.timing.Timeline;

/**
 * Callers that ask a model without a pause while it is replaced, each on a thread of its own, and note which version
 * answered. They begin at once, and go on until they are closed. Thread-safe.
 *
 * {@snippet :
 * try (Callers callers = new Callers(2, serving, request, answer -> isRight(answer))) {
 *     serving.refresh();
 * }
 * }
 */
public final class Callers implements AutoCloseable {
    private final SwappableModel model;
    private final float[] request;
    private final Predicate<SwappableModel.Answer> right;
    private final Timeline timeline = new Timeline();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final ExecutorService threads;
    private volatile boolean over;

    /**
     * Starts them.
     *
     * @param count how many, 1 or more
     * @param request what each asks again and again
     * @param right tells whether an answer is that of its version
     */
    public Callers(int count, SwappableModel model, float[] request, Predicate<SwappableModel.Answer> right) {
        this.model = model;
        this.request = request.clone();
        this.right = right;
        this.threads =
                Executors.newFixedThreadPool(count, Thread.ofPlatform().daemon().factory());
        for (int i = 1; i <= count; i++) {
            String name = "caller " + i;
            threads.execute(() -> askOn(name));
        }
    }

    private void askOn(String name) {
        long version = 0;
        long since = timeline.now();
        while (!over) {
            requests.increment();
            try {
                SwappableModel.Answer answer = model.ask(request);
                if (!right.test(answer)) {
                    wrong.increment();
                }
                if (version != 0 && answer.version() != version) {
                    since = note(name, version, since);
                }
                version = answer.version();
            } catch (RuntimeException e) {
                failed.increment();
            }
        }
        note(name, version, since);
    }

    /** Notes which version has answered since then, and returns the time. */
    private long note(String name, long version, long since) {
        long now = timeline.now();
        timeline.add(new Timeline.Span(name, "v" + version, since, now, Timeline.Kind.RUN, ""));
        return now;
    }

    /** Returns how many requests there were until now. */
    public long requests() {
        return requests.sum();
    }

    /** Returns how many of them failed. */
    public long failed() {
        return failed.sum();
    }

    /** Returns how many of them got an answer that is not that of its version. */
    public long wrong() {
        return wrong.sum();
    }

    /** Returns the spans in which each caller was answered by a version; others may be added. */
    public Timeline timeline() {
        return timeline;
    }

    /** Ends the callers, and waits for their last answers. */
    @Override
    public void close() {
        over = true;
        threads.close();
    }
}
