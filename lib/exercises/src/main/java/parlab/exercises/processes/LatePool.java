package parlab.exercises.processes;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A pool that begins nothing before it has got everything, and then ends with the first: so nobody who hands out one task and
 * waits for it gets anywhere, and no result comes in order. Thread-safe.
 */
public final class LatePool implements Executor {

    private final int expected;
    private final List<Runnable> waiting = new ArrayList<>();

    /** A pool that waits for so many tasks. */
    public LatePool(int expected) {
        this.expected = expected;
    }

    @Override
    public synchronized void execute(Runnable task) {
        waiting.add(task);
        if (waiting.size() == expected) {
            var all = List.copyOf(waiting).reversed();
            Thread.ofPlatform().daemon().start(() -> all.forEach(Runnable::run));
        }
    }

    /** How many tasks it has got so far. */
    public synchronized int received() {
        return waiting.size();
    }
}
