package parlab.cluster;

import com.hazelcast.cluster.Member;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import parlab.processes.TaskSender;

/** A member as a driver sees it. Guarded by its dispatcher, but for what is final. */
final class Node {
    /** So much work is sent ahead, so that a member never waits for the way there and back. */
    private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    private static final int MOST_IN_BATCH = 64;
    private static final double WEIGHT = 0.2;

    final Member member;
    final String name;
    final TaskSender.Told told = new TaskSender.Told();
    /** What only this member may run. */
    final Deque<ClusterTask<?>> pinned = new ArrayDeque<>();

    final Set<ClusterTask<?>> outstanding = new LinkedHashSet<>();
    int batches;
    /** It has not answered, and gets nothing until it does. */
    boolean suspect;

    private double meanNanos = Double.NaN;
    private final boolean sameClock;
    private long offset = Long.MAX_VALUE;

    Node(Member member) {
        this.member = member;
        this.name = Objects.requireNonNull(member.getAttribute(Settings.NAME));
        sameClock = member.getAddress().getHost().startsWith("127.");
    }

    /** Whether it is to get another batch now: short tasks go out while others run, so that it never waits. */
    boolean wantsMore() {
        return !suspect && batches < (meanNanos < AHEAD_NANOS ? 2 : 1);
    }

    /** How many tasks a batch has at most. */
    int batchSize() {
        return Double.isNaN(meanNanos)
                ? 1
                : (int) Math.clamp(AHEAD_NANOS / 2.0 / Math.max(1, meanNanos), 1, MOST_IN_BATCH);
    }

    void begin(Collection<ClusterTask<?>> tasks) {
        batches++;
        outstanding.addAll(tasks);
    }

    void end(Collection<ClusterTask<?>> tasks) {
        batches--;
        tasks.forEach(outstanding::remove);
    }

    void tookNanos(long nanos) {
        meanNanos = Double.isNaN(meanNanos) ? nanos : (1 - WEIGHT) * meanNanos + WEIGHT * nanos;
    }

    /**
     * Compares clocks: an answer that was sent then arrives now. The quickest one is nearest to the truth.
     *
     * @return what is to be added to the member's clock to get this process's
     */
    long clockOffset(long sentAt, long now) {
        offset = sameClock ? 0 : Math.min(offset, now - sentAt);
        return offset;
    }
}
