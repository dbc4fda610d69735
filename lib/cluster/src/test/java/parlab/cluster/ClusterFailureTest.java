package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.map.IMap;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.executors.Tasks;

/** Members that die, drivers that die, and strangers. */
@Timeout(600)
class ClusterFailureTest {
    private static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void aMemberKilledInTheMiddleCostsNoResult() {
        try (Cluster cluster = Cluster.local(2, "-Xmx150m")) {
            Set<Long> first = new HashSet<>(
                    cluster.members().stream().map(Cluster.MemberInfo::pid).toList());
            IMap<Integer, Integer> kept = cluster.hazelcast().getMap("kept");
            for (int key = 0; key < 500; key++) {
                kept.put(key, 7 * key);
            }
            List<Integer> items = IntStream.range(0, 400).boxed().toList();
            Set<Integer> arrived = new HashSet<>();
            try (var results = Tasks.asCompleted(cluster, items, x -> {
                TimeUnit.MILLISECONDS.sleep(5);
                return 3 * x;
            })) {
                for (var done : results) {
                    assertEquals(3 * done.item(), done.get());
                    assertTrue(arrived.add(done.item()), "twice: " + done.item());
                    if (arrived.size() == 50) {
                        kill(cluster.members().getFirst().pid());
                    }
                }
            }
            assertEquals(Set.copyOf(items), arrived);
            // One copy of each value lay on the other member.
            for (int key = 0; key < 500; key++) {
                assertEquals(7 * key, kept.get(key));
            }
            // Another one has taken its place, and works.
            Waiting.until(() -> cluster.members().size() == 2);
            assertFalse(first.containsAll(
                    cluster.members().stream().map(Cluster.MemberInfo::pid).toList()));
            Set<String> workers = new HashSet<>();
            Waiting.until(() -> {
                for (var done : Tasks.asCompleted(cluster, List.of(1, 2, 3, 4), x -> {
                    TimeUnit.MILLISECONDS.sleep(20);
                    return x;
                })) {
                    workers.add(done.worker());
                }
                return workers.size() == 2;
            });
        }
    }

    @Test
    void aTaskThatKillsItsMembersIsGivenUp() throws Exception {
        try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
            Future<?> poison = cluster.submit(() -> Runtime.getRuntime().halt(3));
            ExecutionException failure = assertThrows(ExecutionException.class, poison::get);
            assertInstanceOf(MemberLostException.class, failure.getCause());
            assertEquals(Dispatcher.MOST_LOST, cluster.tasksSentAgain());
            // The cluster goes on, with new members.
            assertEquals(5, cluster.submit(() -> 5).get());
        }
    }

    @Test
    void aTaskForOneMemberFailsWithIt() throws Exception {
        try (Cluster cluster = Cluster.local(2, "-Xmx100m")) {
            Cluster.MemberInfo one = cluster.members().getFirst();
            Future<Integer> pinned = cluster.submitTo(one.name(), () -> {
                Runtime.getRuntime().halt(3);
                return 1;
            });
            assertInstanceOf(
                    MemberLostException.class,
                    assertThrows(ExecutionException.class, pinned::get).getCause());
        }
    }

    @Test
    void aMemberThatJoinsGetsWork() {
        try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
            cluster.addMember();
            Waiting.until(() -> cluster.members().size() == 2);
            Set<String> workers = new HashSet<>();
            for (var done : Tasks.asCompleted(cluster, List.of(1, 2, 3, 4), x -> {
                TimeUnit.MILLISECONDS.sleep(50);
                return x;
            })) {
                workers.add(done.worker());
            }
            assertEquals(Set.of("member-1", "member-2"), workers);
        }
    }

    private static List<Long> pids(Cluster cluster) {
        return cluster.members().stream().map(Cluster.MemberInfo::pid).toList();
    }

    private static void awaitOthers(Cluster cluster, int count, List<Long> gone) {
        Waiting.until(() -> {
            List<Long> now = pids(cluster);
            return now.size() == count && now.stream().noneMatch(gone::contains);
        });
    }

    @Test
    void membersKilledAtOnceComeBackAsOneCluster() throws Exception {
        try (Cluster cluster = Cluster.local(2, "-Xmx100m")) {
            for (int round = 0; round < 2; round++) {
                List<Long> before = pids(cluster);
                before.forEach(ClusterFailureTest::kill);
                assertEquals(7, cluster.submit(() -> 7).get());
                awaitOthers(cluster, 2, before);
            }
        }
    }

    @Test
    void aMemberThatHasLeftTheClusterIsReplaced() throws Exception {
        try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
            List<Long> before = pids(cluster);
            Future<?> leaves = cluster.submitTo("member-1", () -> {
                Cluster.here().shutdown();
                return 1;
            });
            assertInstanceOf(
                    MemberLostException.class,
                    assertThrows(ExecutionException.class, leaves::get).getCause());
            awaitOthers(cluster, 1, before);
            assertEquals(5, cluster.submit(() -> 5).get());
        }
    }

    @Test
    void anInterruptedAddMemberLeavesTheOthers() throws Exception {
        try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
            Set<Long> children = new HashSet<>(children());
            List<Long> before = pids(cluster);
            Thread.currentThread().interrupt();
            assertThrows(IllegalStateException.class, cluster::addMember);
            assertTrue(Thread.interrupted());
            assertEquals(
                    before.getFirst(),
                    cluster.submit(() -> ProcessHandle.current().pid()).get());
            assertEquals(children, new HashSet<>(children()));
        }
    }

    private static List<Long> children() {
        return ProcessHandle.current()
                .children()
                .map(ProcessHandle::pid)
                .filter(Waiting::alive)
                .toList();
    }

    @Test
    void closingLeavesNoProcessAndNoThread() {
        List<Long> pids;
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (Cluster cluster = Cluster.local(2, "-Xmx100m")) {
            Tasks.map(cluster, List.of(1, 2, 3), x -> x);
            pids = cluster.members().stream().map(Cluster.MemberInfo::pid).toList();
        }
        assertEquals(2, pids.size());
        assertTrue(pids.stream().noneMatch(Waiting::alive));
        Waiting.until(() -> Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .noneMatch(thread -> thread.getName().startsWith("parlab-cluster")
                        || thread.getName().startsWith("hz.client")));
    }

    @Test
    void anotherClustersNameIsTurnedAway() throws Exception {
        try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
            String address = cluster.members().getFirst().address();
            System.setProperty("parlab.cluster", "another");
            try {
                IllegalStateException refused = assertThrows(IllegalStateException.class, () -> Cluster.join(address));
                assertTrue(refused.getMessage().contains(address), refused.getMessage());
            } finally {
                System.clearProperty("parlab.cluster");
            }
            // Nor does a member of that name come in.
            Process stranger = member("--listen", "127.0.0.1:0", "--join", address, "--name", "another");
            try (BufferedReader out = stranger.inputReader()) {
                assertTrue(out.readLine().endsWith("members: 1."));
                assertEquals(1, cluster.members().size());
            } finally {
                stranger.destroyForcibly();
            }
        }
    }

    @Test
    void membersThatWereStartedElsewhereAreUsedAndStay() throws Exception {
        Process member = member("--listen", "127.0.0.1:0", "--name", "known");
        try (BufferedReader out = member.inputReader()) {
            String address = out.readLine().replaceAll(".*listens on ([^;]*);.*", "$1");
            System.setProperty("parlab.cluster", "known");
            try (Cluster cluster = Cluster.join(address)) {
                assertEquals(
                        member.pid(),
                        cluster.submit(() -> ProcessHandle.current().pid()).get());
                assertThrows(IllegalStateException.class, cluster::addMember);
            } finally {
                System.clearProperty("parlab.cluster");
            }
            assertTrue(member.isAlive());
        } finally {
            member.destroyForcibly();
        }
    }

    private static Process member(String... arguments) throws Exception {
        return java(List.of(), Member.class, arguments);
    }

    private static Process java(List<String> options, Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx150m",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** A process with members that are busy for ever; prints their ids. */
    static final class Driver {
        public static void main(String[] args) {
            Cluster cluster = Cluster.local(2, "-Xmx100m");
            for (int i = 0; i < 2; i++) {
                var unused = cluster.submit(() -> {
                    while (true) {
                        Thread.onSpinWait();
                    }
                });
            }
            cluster.members().forEach(member -> System.out.println(member.pid()));
        }
    }

    @Test
    void membersEndWhenTheirDriverIsKilled() throws Exception {
        Process driver = java(List.of(), Driver.class);
        List<Long> pids = new ArrayList<>();
        try (BufferedReader out = driver.inputReader()) {
            pids.add(Long.parseLong(out.readLine()));
            pids.add(Long.parseLong(out.readLine()));
            assertTrue(pids.stream().allMatch(Waiting::alive));
            driver.destroyForcibly().waitFor();
            Waiting.until(() -> pids.stream().noneMatch(Waiting::alive));
        } finally {
            driver.destroyForcibly();
        }
    }

    /** A process whose common pool is busy for ever; prints a task's result. */
    static final class Busy {
        public static void main(String[] args) throws Exception {
            try (Cluster cluster = Cluster.local(1, "-Xmx100m")) {
                ReentrantLock held = new ReentrantLock();
                held.lock();
                int threads = ForkJoinPool.getCommonPoolParallelism();
                for (int i = 0; i < threads; i++) {
                    ForkJoinPool.commonPool().execute(held::lock);
                }
                while (held.getQueueLength() < threads) {
                    Thread.onSpinWait();
                }
                System.out.println(cluster.submit(() -> 4).get());
            }
        }
    }

    @Test
    void answersDoNotWaitForTheCommonPool() throws Exception {
        Process driver = java(List.of("-Djava.util.concurrent.ForkJoinPool.common.parallelism=3"), Busy.class);
        try (BufferedReader out = driver.inputReader()) {
            assertTrue(driver.waitFor(120, TimeUnit.SECONDS));
            assertEquals("4", out.readLine());
        } finally {
            driver.destroyForcibly();
        }
    }

    @Test
    void aPublicAddressIsToBeSaidTwice() throws Exception {
        assertEquals(new ListenAddress("10.1.2.3", 5701), ListenAddress.parse("10.1.2.3", List.of()));
        assertEquals(new ListenAddress("127.0.0.1", 0), ListenAddress.parse("127.0.0.1:0", List.of()));
        assertEquals(6000, ListenAddress.parse("[fd00::4]:6000", List.of()).port());
        for (String open : List.of("203.0.113.7", "0.0.0.0", "203.0.113.7:5701", "[2001:db8::1]:5701")) {
            assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(open, List.of()), open);
        }
        assertEquals(
                "203.0.113.7",
                ListenAddress.parse("203.0.113.7", List.of("203.0.113.7")).host());
        Process refused = member("--listen", "203.0.113.7:5701", "--name", "x");
        assertTrue(refused.waitFor(60, TimeUnit.SECONDS));
        assertEquals(2, refused.exitValue());
    }
}
