package parlab.executors.internal;

import java.util.Objects;
import java.util.concurrent.Callable;
import parlab.timing.Timeline;

/**
 * A task that records itself as a span.
 *
 * @param task its label
 * @param timeline where to
 * @param body what it does
 * @param <V> the result's type
 */
public record Recorded<V>(String task, Timeline timeline, Callable<V> body) implements Callable<V> {

    /** Checks the components. */
    public Recorded {
        Objects.requireNonNull(task, "the task's name");
        Objects.requireNonNull(timeline, "timeline");
        Objects.requireNonNull(body, "task");
    }

    @Override
    public V call() throws Exception {
        return timeline.run(task, body);
    }

    /**
     * The same for a task without a result.
     *
     * @param original what was submitted
     * @param recorded its recording twin
     */
    public record Action(Runnable original, Recorded<Void> recorded) implements Runnable {

        /**
         * A task without a result that records itself.
         *
         * @param task its label
         * @param timeline where to
         * @param body what it does
         * @return the task
         */
        public static Action of(String task, Timeline timeline, Runnable body) {
            Objects.requireNonNull(body, "task");
            return new Action(body, new Recorded<>(task, timeline, () -> {
                body.run();
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
