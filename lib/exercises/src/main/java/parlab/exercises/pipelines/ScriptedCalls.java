package parlab.exercises.pipelines;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Calls that are answered when the test says so, and not before. Thread-safe. */
public final class ScriptedCalls {

    private final TreeMap<Integer, CompletableFuture<String>> underWay = new TreeMap<>();
    private int sent;
    private int most;

    /** No call yet. */
    public ScriptedCalls() {}

    /** Sends a call, the answer to which is not there yet. */
    public synchronized CompletableFuture<String> send(int call) {
        var answer = new CompletableFuture<String>();
        underWay.put(call, answer);
        sent++;
        most = Math.max(most, underWay.size());
        return answer;
    }

    /** Lets the answer to a call that is under way come. */
    public void answer(int call) {
        remove(call).complete("a" + call);
    }

    /** Lets a call fail that is under way. */
    public void fail(int call) {
        remove(call).completeExceptionally(new IllegalStateException("broken"));
    }

    private synchronized CompletableFuture<String> remove(int call) {
        return underWay.remove(call);
    }

    /** The calls that were sent and not answered yet, in ascending order. */
    public synchronized List<Integer> underWay() {
        return List.copyOf(underWay.keySet());
    }

    /** How many were sent so far. */
    public synchronized int sent() {
        return sent;
    }

    /** How many were under way at the same time at most. */
    public synchronized int most() {
        return most;
    }
}
