package parlab.exercises.members;

import java.util.Objects;

/** A result that notices each time that somebody reads it. Thread-safe if that is. */
final class WatchedResult implements Members.Result {

    private final Members.TaskId task;
    private final int attempt;
    private final long value;
    private final Runnable noticed;

    WatchedResult(Members.TaskId task, int attempt, long value, Runnable noticed) {
        this.task = task;
        this.attempt = attempt;
        this.value = value;
        this.noticed = noticed;
    }

    @Override
    public Members.TaskId task() {
        noticed.run();
        return task;
    }

    @Override
    public int attempt() {
        noticed.run();
        return attempt;
    }

    @Override
    public long value() {
        noticed.run();
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WatchedResult result
                && attempt == result.attempt
                && value == result.value
                && task.equals(result.task);
    }

    @Override
    public int hashCode() {
        return Objects.hash(task, attempt, value);
    }

    @Override
    public String toString() {
        return task + ", attempt " + attempt + ": " + value;
    }
}
