package parlab.pipelines;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How long equal tasks take that first wait and then compute: played event by event, as no formula has all of the start, the end and
 * the middle right.
 *
 * <p>As many tasks compute as there are processors, the others queue, first come, first served: a task that is shorter than the
 * operating system's time slice, some milliseconds, is not put aside for another. (If all that are ready shared the processors
 * instead, tasks that began together would stay together, and wait together.) k that compute at the same time get
 * {@code capacity[k]} times as much done as one, which is measured, and less than k on processors that share a core.
 */
final class Simulation {
    private final double[] capacity;

    /** A machine of as many processors as there are numbers: {@code capacity[k - 1]} is what k get done in the time of one. */
    Simulation(double[] capacity) {
        this.capacity = capacity.clone();
    }

    /**
     * The time from the first task's start to the last one's end, in the unit of the given times.
     *
     * @param tasks how many
     * @param workers how many may be under way, waiting or computing
     * @param slots how many the pool lets compute; others queue
     * @param wait what each waits
     * @param compute what each then computes
     */
    double makespan(int tasks, int workers, int slots, double wait, double compute) {
        Deque<Double> waking = new ArrayDeque<>(); // times at which tasks have waited enough, in order
        Deque<Double> finishing = new ArrayDeque<>(); // the same for computing, in shares of a processor
        int queued = 0;
        int begun = 0;
        int ended = 0;
        double now = 0;
        int most = Math.min(slots, capacity.length);
        double share = 0; // what each computing task has had of a processor since the beginning
        while (begun < Math.min(tasks, workers)) {
            waking.add(wait);
            begun++;
        }
        while (ended < tasks) {
            int computing = finishing.size();
            double rate = computing == 0 ? 0 : capacity[computing - 1] / computing;
            double nextWake = waking.isEmpty() ? Double.POSITIVE_INFINITY : waking.peek();
            double nextEnd =
                    computing == 0 ? Double.POSITIVE_INFINITY : now + Math.max(0, finishing.peek() - share) / rate;
            double next = Math.min(nextWake, nextEnd);
            share += (next - now) * rate;
            now = next;
            if (nextWake <= nextEnd) {
                waking.remove();
                queued++;
            } else {
                finishing.remove();
                ended++;
                if (begun < tasks) {
                    waking.add(now + wait);
                    begun++;
                }
            }
            while (queued > 0 && finishing.size() < most) {
                finishing.add(share + compute);
                queued--;
            }
        }
        return now;
    }
}
