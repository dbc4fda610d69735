package parlab.cluster;

import java.util.List;
import parlab.executors.Tasks;

/**
 * Does what members do, and their driver, in one JVM that records an ahead-of-time cache: members start in a third of the
 * time with it. {@link Cluster} uses the one that the system property {@code parlab.member.aot} names.
 */
final class TrainMembers {
    private static final int ROUNDS = 50;

    private TrainMembers() {}

    /** Runs a member and some tasks, and ends; the JVM's own options say where the cache goes. */
    public static void main(String[] args) throws Exception {
        System.setProperty("parlab.cluster", "training");
        String address = Member.start(
                Member.parse(new String[] {"--listen", "127.0.0.1:0", "--name", System.getProperty("parlab.cluster")}));
        try (Cluster cluster = Cluster.join(address)) {
            for (int round = 0; round < ROUNDS; round++) {
                int n = round;
                cluster.submit(() -> n + 1).get();
                Tasks.map(cluster, List.of("a", "b", "c"), text -> List.of(text, text));
                cluster.hazelcast().getMap("training").put(n, "value");
            }
        }
        System.exit(0);
    }
}
