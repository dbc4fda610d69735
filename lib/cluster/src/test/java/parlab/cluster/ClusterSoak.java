package parlab.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import parlab.executors.Tasks;

/**
 * Many tasks on three members, one of which is killed every few seconds and replaced: every result must arrive once, with
 * its contents, and no process may be left. Run as a program: tasks, milliseconds between two kills.
 */
final class ClusterSoak {
    private static final int MEMBERS = 3;
    private static final int WORK_MILLIS = 5;

    private ClusterSoak() {}

    public static void main(String[] args) throws InterruptedException {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
        int killMillis = args.length > 1 ? Integer.parseInt(args[1]) : 5_000;
        Set<Long> pids = new HashSet<>();
        List<Double> gaps = Collections.synchronizedList(new ArrayList<>());
        long lastArrival = 0;
        AtomicLong killedAt = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        BitSet arrived = new BitSet(tasks);
        int kills = 0;
        int again;
        long start = System.nanoTime();
        try (Cluster cluster = Cluster.local(MEMBERS, "-Xmx150m")) {
            int[] killed = {0};
            Thread killer = Thread.ofPlatform().daemon().name("killer").start(() -> {
                Random random = new Random(42);
                while (!done.get()) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(killMillis));
                    List<Cluster.MemberInfo> members = cluster.members();
                    synchronized (pids) {
                        members.forEach(member -> pids.add(member.pid()));
                    }
                    if (members.size() > 1 && !done.get()) {
                        long pid = members.get(random.nextInt(members.size())).pid();
                        killedAt.compareAndSet(0, System.nanoTime());
                        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                        killed[0]++;
                    }
                }
            });
            Iterable<Object> items =
                    () -> IntStream.range(0, tasks).mapToObj(ClusterSoak::item).iterator();
            try (var results = Tasks.asCompleted(
                    cluster, items, ClusterSoak::work, Tasks.Options.standard().withLookAhead(64))) {
                long longest = 0;
                for (var one : results) {
                    long now = System.nanoTime();
                    // The longest time without a result in the second after a death.
                    long death = killedAt.get();
                    if (death != 0) {
                        longest = Math.max(longest, now - Math.max(death, lastArrival));
                        if (now - death > 1_000_000_000L) {
                            gaps.add(longest / 1e9);
                            longest = 0;
                            killedAt.set(0);
                        }
                    }
                    lastArrival = now;
                    int x = one.index();
                    if (arrived.get(x) || !right(x, one.get())) {
                        throw new AssertionError("result " + x + " came twice or is wrong: " + one);
                    }
                    arrived.set(x);
                }
            }
            done.set(true);
            killer.interrupt();
            killer.join(TimeUnit.SECONDS.toMillis(60));
            kills = killed[0];
            again = cluster.tasksSentAgain();
            synchronized (pids) {
                cluster.members().forEach(member -> pids.add(member.pid()));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long orphans = pids.stream().filter(Waiting::alive).count();
        double gap = gaps.stream().sorted().skip(gaps.size() / 2).findFirst().orElse(Double.NaN);
        System.out.printf(
                Locale.ROOT,
                "%,d tasks on %d members, every result once and right: %s, in %.1f s; %d members killed; %d tasks sent again;"
                        + " longest wait for a result after a death: median %.2f s, most %.2f s; left behind: %d processes%n",
                tasks,
                MEMBERS,
                arrived.cardinality() == tasks ? "yes" : "NO",
                seconds,
                kills,
                again,
                gap,
                gaps.stream().mapToDouble(x -> x).max().orElse(Double.NaN),
                orphans);
        if (arrived.cardinality() != tasks || orphans > 0) {
            System.exit(1);
        }
    }

    private static Object item(int x) {
        return x % 10 == 0 ? array(x) : (Object) x;
    }

    private static double[] array(int x) {
        double[] big = new double[10_000 + x % 1000];
        Arrays.fill(big, x);
        return big;
    }

    static Object work(Object item) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(WORK_MILLIS);
        return item instanceof double[] array
                ? Arrays.stream(array).map(x -> x + 1).toArray()
                : item;
    }

    private static boolean right(int x, Object result) {
        return x % 10 == 0
                ? Arrays.equals(Arrays.stream(array(x)).map(v -> v + 1).toArray(), (double[]) result)
                : result.equals(x);
    }
}
