package parlab.exercises.contention;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;

/**
 * A list that lets a play in while it is used. Not thread-safe by itself, as lists are: who calls it has to see to that.
 */
public final class WatchedList extends AbstractList<String> {

    private final List<String> lines = new ArrayList<>();
    private volatile Runnable onAdd = () -> {};
    private volatile Runnable beforeSize = () -> {};
    private volatile Runnable afterSize = () -> {};

    /** An empty list. */
    public WatchedList() {}

    /** What the adding thread does in the middle of adding a line. */
    public void onAdd(Runnable action) {
        onAdd = action;
    }

    /** What the asking thread does before the lines are counted, and between the count and the answer. */
    public void onSize(Runnable before, Runnable after) {
        beforeSize = before;
        afterSize = after;
    }

    @Override
    public boolean add(String line) {
        onAdd.run();
        synchronized (lines) {
            return lines.add(line);
        }
    }

    @Override
    public void add(int index, String line) {
        onAdd.run();
        synchronized (lines) {
            lines.add(index, line);
        }
    }

    @Override
    public String get(int index) {
        synchronized (lines) {
            return lines.get(index);
        }
    }

    @Override
    public int size() {
        beforeSize.run();
        int size;
        synchronized (lines) {
            size = lines.size();
        }
        afterSize.run();
        return size;
    }

    /** What is in it, without anybody noticing. */
    public List<String> copy() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }
}
