package parlab.exercises.serving;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import parlab.exercises.WrongAnswer;

/** A version of a model that knows who runs it, and objects to being used after it was closed. Thread-safe. */
public final class WatchedModel implements Serving.Model {

    private final String name;
    private final UnaryOperator<String> work;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private volatile String abused = "";

    /** A version that answers at once. */
    public WatchedModel(String name) {
        this(name, input -> input);
    }

    /** A version with the work that makes an answer of a request. */
    public WatchedModel(String name, UnaryOperator<String> work) {
        this.name = name;
        this.work = work;
    }

    @Override
    public String run(String input) {
        running.incrementAndGet();
        try {
            if (closed.get() > 0) {
                throw abused(name + " was asked after it was closed");
            }
            return name + ": " + work.apply(input);
        } finally {
            running.decrementAndGet();
        }
    }

    @Override
    public void close() {
        if (running.get() > 0) {
            throw abused(name + " was closed while it worked on a request");
        }
        if (closed.incrementAndGet() > 1) {
            throw abused(name + " was closed twice");
        }
    }

    private WrongAnswer abused(String how) {
        abused = how;
        return new WrongAnswer(how);
    }

    /** Whether it was closed; wrong if anything was done with it that must not be. */
    public boolean isClosed() {
        if (!abused.isEmpty()) {
            throw new WrongAnswer(abused);
        }
        return closed.get() > 0;
    }
}
