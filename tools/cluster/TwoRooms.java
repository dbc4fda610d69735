import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import parlab.cluster.Cluster;
import parlab.executors.Tasks;

/** What two-rooms.sh drives: measures the way to each member, then works while the link between them is cut. */
final class TwoRooms {
    private static final int TASKS = 3_000;
    private static final int CUT_AT = 300;
    private static final int WAIT_SECONDS = 120;

    public static void main(String[] args) throws Exception {
        try (Cluster cluster = joined()) {
            for (var member : cluster.members()) {
                System.out.printf(
                        Locale.ROOT,
                        "a task there and back, %s: %.0f us; 8 MB there and back: %.1f ms%n",
                        member.address(),
                        1e6 * median(cluster, member.name(), 300, new double[1]),
                        1e3 * median(cluster, member.name(), 10, new double[1_000_000]));
            }
            Set<String> before = new HashSet<>();
            Set<String> after = new HashSet<>();
            BitSet arrived = new BitSet();
            long longest = 0;
            long last = System.nanoTime();
            List<Integer> items = IntStream.range(0, TASKS).boxed().toList();
            try (var results = Tasks.asCompleted(cluster, items, x -> {
                Thread.sleep(20);
                return 3 * x;
            })) {
                for (var done : results) {
                    if (arrived.get(done.index()) || done.get() != 3 * done.item()) {
                        throw new AssertionError("twice or wrong: " + done);
                    }
                    arrived.set(done.index());
                    longest = Math.max(longest, System.nanoTime() - last);
                    last = System.nanoTime();
                    (arrived.cardinality() < CUT_AT ? before : after).add(done.worker());
                    if (arrived.cardinality() == CUT_AT) {
                        System.out.println("CUT");
                    }
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d of %d tasks, each result once; members before the cut: %d, after: %d; sent again: %d;"
                            + " longest wait for a result: %.1f s%n",
                    arrived.cardinality(),
                    TASKS,
                    before.size(),
                    after.size(),
                    cluster.tasksSentAgain(),
                    longest / 1e9);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
            while (cluster.members().size() < 2 && System.nanoTime() < end) {
                Thread.sleep(200);
            }
            System.out.println("members at the end: " + cluster.members().size());
        }
    }

    /** The members start beside this. */
    private static Cluster joined() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            try {
                Cluster cluster = Cluster.join("10.77.0.1", "10.77.0.2");
                while (cluster.members().size() < 2 && System.nanoTime() < end) {
                    Thread.sleep(200);
                }
                return cluster;
            } catch (IllegalStateException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    private static double median(Cluster cluster, String member, int times, double[] array) throws Exception {
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            if (!Arrays.equals(array, cluster.submitTo(member, () -> array).get())) {
                throw new AssertionError("another array came back");
            }
            seconds.add((System.nanoTime() - start) / 1e9);
        }
        return seconds.stream().sorted().skip(times / 2).findFirst().orElseThrow();
    }
}
