package parlab.exercises.members;

import java.util.List;
import java.util.concurrent.Executor;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.WrongAnswer;
import parlab.exercises.members.Members.Example;
import parlab.exercises.members.Members.Step;

/**
 * Members, a thread for each task, that end in a known order: at its first step each waits for the end of the one before.
 * Thread-safe.
 */
final class ScriptedMembers implements Executor {

    private final List<List<Example>> order;
    private final List<Gate> ended;
    private final ThreadLocal<Integer> place = new ThreadLocal<>();
    private volatile WrongAnswer wrong;

    /** Members with these shards, which end in this order. */
    ScriptedMembers(Play play, List<List<Example>> order) {
        this.order = order;
        this.ended = order.stream().map(shard -> play.gate()).toList();
    }

    @Override
    public void execute(Runnable task) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run();
            } finally {
                if (place.get() != null) {
                    ended.get(place.get()).open();
                }
            }
        });
    }

    /** Returns the same step, before the first of which a member waits for its turn. */
    Step waiting(Step step) {
        return (parameters, shard) -> {
            try {
                takeTurn(shard);
            } catch (WrongAnswer e) {
                wrong = e; // or the answer might keep it to itself
                throw e;
            }
            step.apply(parameters, shard);
        };
    }

    private void takeTurn(List<Example> shard) {
        int mine = order.indexOf(shard);
        if (mine < 0) {
            throw new WrongAnswer(
                    shard.isEmpty() ? "a step without an example" : "a step on what is no member's shard");
        }
        if (place.get() == null) {
            place.set(mine);
            if (mine > 0) {
                ended.get(mine - 1)
                        .await("not every member's work is a task of its own, which ends with its last step");
            }
        }
    }

    /** Whether one of them was asked for what none should do. */
    boolean hasFailed() {
        return wrong != null;
    }

    /** Says what that was. */
    void failIfOneHas() {
        if (hasFailed()) {
            throw wrong;
        }
    }
}
