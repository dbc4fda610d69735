package parlab.exercises.contention;

import java.util.ArrayDeque;
import java.util.Queue;
import parlab.exercises.WrongAnswer;

/**
 * A cell into which somebody else writes the next value of a script, whatever is there, at a known moment: after the first
 * reading before an attempt, or in the last instant before the attempt. So what happens once in a million times with threads
 * happens each time, and who reads on and on does not sit it out. Not thread-safe: nobody else is needed.
 */
public final class ScriptedCell implements Contention.Cell {

    private static final int MOST = 1_000;
    private final Queue<Long> script = new ArrayDeque<>();
    private final boolean late;
    private long value;
    private boolean written;
    private int calls;

    /** A cell with a value, and what the others write after a reading. */
    public ScriptedCell(long value, long... others) {
        this(false, value, others);
    }

    /** A cell with a value, and what the others write, late or not: in the instant before an attempt. */
    public ScriptedCell(boolean late, long value, long... others) {
        this.late = late;
        this.value = value;
        for (long other : others) {
            script.add(other);
        }
    }

    @Override
    public long get() {
        count();
        long seen = value;
        if (!late && !written) {
            write();
        }
        return seen;
    }

    private void write() {
        written = true;
        Long other = script.poll();
        if (other != null) {
            value = other;
        }
    }

    @Override
    public boolean compareAndSet(long expected, long next) {
        count();
        if (late) {
            write();
        }
        written = false;
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
