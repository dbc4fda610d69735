package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.map.IMap;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.processes.Shared;
import parlab.processes.UnsendableException;
import parlab.timing.Timeline;

/** What two members do that stay alive. */
class ClusterTest {
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.local(2, "-Xmx200m");
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    @SuppressWarnings("ArrayRecordComponent") // Compared by hand.
    private record Point(int x, double[] values) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    @Test
    void aLambdaRunsInAMemberWithWhatItCaptured() throws Exception {
        int seven = 7;
        List<Integer> list = List.of(1, 2, 3);
        assertEquals(
                13,
                cluster.submit(() -> seven + list.stream().mapToInt(x -> x).sum())
                        .get());
        long pid = cluster.submit(() -> ProcessHandle.current().pid()).get();
        assertTrue(cluster.members().stream().anyMatch(member -> member.pid() == pid), cluster.members() + " " + pid);
    }

    @Test
    void mapKeepsTheOrderAndTheContents() {
        List<Integer> items = IntStream.range(0, 2_000).boxed().toList();
        List<Point> points = Tasks.map(cluster, items, x -> new Point(x, new double[] {x, x / 2.0}));
        for (int x : items) {
            assertEquals(x, points.get(x).x());
            assertArrayEquals(new double[] {x, x / 2.0}, points.get(x).values());
        }
        List<Integer> squares =
                Tasks.map(cluster, items, x -> x * x, Tasks.Options.standard().withChunk(50));
        assertEquals(items.stream().map(x -> x * x).toList(), squares);
    }

    @Test
    void bigArraysComeBackAsTheyAre() throws Exception {
        double[] big = IntStream.range(0, 1 << 20).mapToDouble(i -> i).toArray();
        double[] back = cluster.submit(() -> Arrays.stream(big).map(x -> x + 1).toArray())
                .get();
        assertArrayEquals(Arrays.stream(big).map(x -> x + 1).toArray(), back);
    }

    @Test
    void bothMembersWorkAndTheTimelineNamesThem() {
        Timeline timeline = new Timeline();
        Tasks.map(Pools.recording(cluster, timeline), List.of(1, 2, 3, 4, 5, 6), x -> {
            TimeUnit.MILLISECONDS.sleep(50);
            return x;
        });
        Set<String> workers = new HashSet<>();
        List<String> labels = new ArrayList<>();
        for (Timeline.Span span : timeline.spans()) {
            workers.add(span.worker());
            labels.add(span.task());
            assertTrue(span.endNanos() - span.startNanos() >= 50_000_000, span.toString());
        }
        assertEquals(
                Set.copyOf(
                        cluster.members().stream().map(Cluster.MemberInfo::name).toList()),
                workers);
        assertEquals(Set.of("task 1", "task 2", "task 3", "task 4", "task 5", "task 6"), Set.copyOf(labels));
    }

    @Test
    void anExceptionComesBackAndTouchesNoOther() {
        Future<Integer> future = cluster.submit(() -> Integer.parseInt("x"));
        ExecutionException failure = assertThrows(ExecutionException.class, future::get);
        assertInstanceOf(NumberFormatException.class, failure.getCause());
        List<Integer> good = new ArrayList<>();
        List<Throwable> bad = new ArrayList<>();
        for (var done : Tasks.asCompleted(cluster, List.of("1", "x", "3"), Integer::parseInt)) {
            if (done.succeeded()) {
                good.add(done.get());
            } else {
                bad.add(done.failure());
            }
        }
        assertEquals(Set.of(1, 3), Set.copyOf(good));
        assertInstanceOf(NumberFormatException.class, bad.getFirst());
    }

    @Test
    void whatCannotBeSentIsRefusedAtOnce() {
        Object lock = new Object();
        assertThrows(UnsendableException.class, () -> cluster.submit(() -> lock.hashCode()));
        try (Shared.Doubles shared = Shared.doubles(10)) {
            assertThrows(UnsendableException.class, () -> cluster.submit(() -> shared.get(0)));
        }
    }

    @Test
    void aCancelledTaskIsInterrupted() throws Exception {
        IMap<String, Boolean> seen = cluster.hazelcast().getMap("interrupted");
        List<Future<?>> sleepers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int number = i;
            sleepers.add(cluster.submit(() -> {
                IMap<String, Boolean> told = Cluster.here().getMap("interrupted");
                told.put("begun " + number, true);
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    told.put("stopped " + number, true);
                }
            }));
        }
        Waiting.until(() -> seen.containsKey("begun 0") && seen.containsKey("begun 1"));
        sleepers.forEach(future -> future.cancel(true));
        assertThrows(CancellationException.class, sleepers.getFirst()::get);
        Waiting.until(() -> seen.containsKey("stopped 0") && seen.containsKey("stopped 1"));
    }

    @Test
    void aTaskFindsItsStandardInputAtItsEnd() throws Exception {
        assertEquals(-1, cluster.submit(() -> System.in.read()).get());
    }

    @Test
    void workGoesToTheMemberThatHasTheData() throws Exception {
        IMap<Integer, Integer> map = cluster.hazelcast().getMap("numbers");
        for (int key = 0; key < 100; key++) {
            map.put(key, 3 * key);
        }
        int total = 0;
        int local = 0;
        for (var member : cluster.members()) {
            List<Integer> sums = cluster.submitTo(member.name(), () -> {
                        IMap<Integer, Integer> here = Cluster.here().getMap("numbers");
                        return List.of(
                                here.localKeySet().size(),
                                here.localKeySet().stream().mapToInt(here::get).sum());
                    })
                    .get();
            local += sums.get(0);
            total += sums.get(1);
        }
        assertEquals(100, local);
        assertEquals(3 * 99 * 50, total);
        String owner = cluster.ownerOf(42);
        assertTrue(cluster.submitTo(
                        owner,
                        () -> Cluster.here().getMap("numbers").localKeySet().contains(42))
                .get());
        assertThrows(RejectedExecutionException.class, () -> cluster.submitTo("nobody", () -> 1));
    }

    @Test
    void onlyTasksAreInAMember() {
        assertThrows(IllegalStateException.class, Cluster::here);
    }

    @Test
    void nothingListensBeyondTheLoopback() throws Exception {
        List<String> sockets =
                new ArrayList<>(Listening.sockets(ProcessHandle.current().pid()));
        assertEquals(List.of(), sockets, "the driver listens");
        for (var member : cluster.members()) {
            sockets.addAll(Listening.sockets(member.pid()));
        }
        assertEquals(2, sockets.size(), sockets.toString());
        assertTrue(sockets.stream().allMatch(Listening::isLoopback), sockets.toString());
    }
}
