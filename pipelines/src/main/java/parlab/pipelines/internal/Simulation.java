package parlab.pipelines.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How long equal tasks take that first wait and then compute: played event by event, as no formula has all of the start, the end and
 * the middle right.
 *
 * <p>The processors are shared evenly by all that compute, as an operating system does over time: k of them together get
 * {@code capacity[k]} times what one would, which is measured, and less than k on processors that share a core.
 */
public final class Simulation {
    private final double[] capacity;

    /** A machine. {@code capacity[k - 1]} is what k computing threads get done in the time of one; its last is for any more. */
    public Simulation(double[] capacity) {
        this.capacity = capacity.clone();
    }

    /**
     * The time from the first task's start to the last one's end, in the unit of the given times.
     *
     * @param tasks how many
     * @param workers how many may be under way, waiting or computing
     * @param slots how many may compute; others queue
     * @param wait what each waits
     * @param compute what each then computes
     */
    public double makespan(int tasks, int workers, int slots, double wait, double compute) {
        Deque<Double> waking = new ArrayDeque<>(); // times at which tasks have waited enough, in order
        Deque<Double> finishing = new ArrayDeque<>(); // the same for computing, in shares of a processor
        int queued = 0;
        int begun = 0;
        int ended = 0;
        double now = 0;
        double share = 0; // what each computing task has had of a processor since the beginning
        while (begun < Math.min(tasks, workers)) {
            waking.add(wait);
            begun++;
        }
        while (ended < tasks) {
            int computing = finishing.size();
            double rate = computing == 0 ? 0 : capacity[Math.min(computing, capacity.length) - 1] / computing;
            double nextWake = waking.isEmpty() ? Double.POSITIVE_INFINITY : waking.peek();
            double nextEnd = computing == 0 ? Double.POSITIVE_INFINITY : now + (finishing.peek() - share) / rate;
            double next = Math.min(nextWake, nextEnd);
            share += (next - now) * rate;
            now = next;
            if (nextWake <= nextEnd) {
                waking.remove();
                queued++;
            } else {
                finishing.remove();
                share = Math.max(share, 0);
                ended++;
                if (begun < tasks) {
                    waking.add(now + wait);
                    begun++;
                }
            }
            while (queued > 0 && finishing.size() < slots) {
                finishing.add(share + compute);
                queued--;
            }
        }
        return now;
    }
}
