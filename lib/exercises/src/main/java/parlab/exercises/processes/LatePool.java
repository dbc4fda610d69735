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

    /**
     * A pool.
     *
     * @param expected how many tasks it waits for
     */
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

    /**
     * What it has got so far.
     *
     * @return how many tasks
     */
    public synchronized int received() {
        return waiting.size();
    }
}
