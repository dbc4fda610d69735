package parlab.executors;

import java.util.concurrent.Callable;
import parlab.timing.Timeline;

/** A task that records itself as a span. */
record Recorded<V>(String task, Timeline timeline, Callable<V> body) implements Callable<V> {
    @Override
    public V call() throws Exception {
        return timeline.run(task, body);
    }

    /** Returns what was handed in, where a command was dressed to record itself. */
    static Runnable original(Runnable command) {
        return command instanceof Action action ? action.original() : command;
    }

    /** The same for a task without a result: what was handed in, and its recording twin. */
    record Action(Runnable original, Recorded<Void> recorded) implements Runnable {
        Action(String task, Timeline timeline, Runnable original) {
            this(original, new Recorded<>(task, timeline, () -> {
                original.run();
                return null;
            }));
        }

        @Override
        public void run() {
            try {
                recorded.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError("a Runnable threw a checked exception", e);
            }
        }
    }
}
