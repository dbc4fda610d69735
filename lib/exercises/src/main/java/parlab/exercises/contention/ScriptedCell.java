package parlab.exercises.contention;

import java.util.ArrayDeque;
import java.util.Queue;
import parlab.exercises.WrongAnswer;

/**
 * A cell into which somebody else writes, at a known moment: after each reading the next value of the script, whatever is
 * there. So what happens once in a million times with threads happens each time. Not thread-safe: nobody else is needed.
 */
public final class ScriptedCell implements Contention.Cell {

    private static final int MOST = 1_000;
    private final Queue<Long> script = new ArrayDeque<>();
    private long value;
    private int calls;

    /** A cell with a value, and what the others write. */
    public ScriptedCell(long value, long... others) {
        this.value = value;
        for (long other : others) {
            script.add(other);
        }
    }

    @Override
    public long get() {
        count();
        long seen = value;
        Long other = script.poll();
        if (other != null) {
            value = other;
        }
        return seen;
    }

    @Override
    public boolean compareAndSet(long expected, long next) {
        count();
        if (value != expected) {
            return false;
        }
        value = next;
        return true;
    }

    /** What is in it, without anybody noticing. */
    public long value() {
        return value;
    }

    private void count() {
        if (++calls > MOST) {
            throw new WrongAnswer("it tries for ever: after a failed attempt, the cell has to be read again");
        }
    }
}
