package parlab.cluster;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SerializationConfig;
import com.hazelcast.config.TcpIpConfig;
import java.util.List;
import java.util.Map;

/** How Hazelcast is set up: nothing is discovered, nothing is sent home, and only the address that was named listens. */
final class Settings {
    /** The executor that runs tasks, one at a time in each member. */
    static final String TASKS = "parlab-tasks";
    /** The executor that stops them. */
    static final String CONTROL = "parlab-control";
    /** The topic, with a driver's id behind it, in which members ask for classes. */
    static final String CLASSES = "parlab-classes-";

    /** The attributes of a member that its drivers see. */
    static final String NAME = "parlab-name";

    static final String PID = "parlab-pid";

    /** After so long without a sign of life a member is left out; longer than a collector's longest pause here. */
    private static final int SILENCE_SECONDS = 10;

    private static final int CONNECT_MILLIS = 3_000;

    private static final Map<String, String> BOTH = Map.of(
            "hazelcast.logging.type", "none",
            "hazelcast.phone.home.enabled", "false",
            "hazelcast.metrics.enabled", "false",
            "hazelcast.client.metrics.enabled", "false",
            // As quick as 10,000 small tasks a second need, and no more threads than that.
            "hazelcast.io.thread.count", "1",
            "hazelcast.client.io.input.thread.count", "1",
            "hazelcast.client.io.output.thread.count", "1",
            "hazelcast.client.response.thread.count", "1");

    private static final Map<String, String> MEMBER = Map.ofEntries(
            Map.entry("hazelcast.socket.bind.any", "false"),
            Map.entry("hazelcast.shutdownhook.enabled", "false"),
            Map.entry("hazelcast.wait.seconds.before.join", "0"),
            Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
            Map.entry("hazelcast.max.no.heartbeat.seconds", Integer.toString(SILENCE_SECONDS)),
            Map.entry("hazelcast.client.max.no.heartbeat.seconds", Integer.toString(6 * SILENCE_SECONDS)),
            // Members that a broken link has parted look for each other again.
            Map.entry("hazelcast.merge.first.run.delay.seconds", "5"),
            Map.entry("hazelcast.merge.next.run.delay.seconds", "5"),
            Map.entry("hazelcast.operation.thread.count", "2"),
            Map.entry("hazelcast.operation.generic.thread.count", "2"),
            Map.entry("hazelcast.operation.priority.generic.thread.count", "1"),
            Map.entry("hazelcast.operation.responsethread.count", "1"),
            Map.entry("hazelcast.event.thread.count", "1"),
            Map.entry("hazelcast.clientengine.thread.count", "2"),
            Map.entry("hazelcast.clientengine.query.thread.count", "1"),
            Map.entry("hazelcast.clientengine.blocking.thread.count", "2"),
            Map.entry("hazelcast.slow.operation.detector.enabled", "false"),
            Map.entry("hazelcast.health.monitoring.level", "OFF"));

    private Settings() {}

    /**
     * A member's settings.
     *
     * @param cluster the cluster's name: who calls another one is turned away
     * @param name what its drivers call it
     * @param listen where it listens
     * @param join the addresses of others, host and port
     */
    static Config member(String cluster, String name, ListenAddress listen, List<String> join) {
        Config config = new Config();
        config.setClusterName(cluster);
        BOTH.forEach(config::setProperty);
        MEMBER.forEach(config::setProperty);
        config.getMemberAttributeConfig()
                .setAttribute(NAME, name)
                .setAttribute(PID, Long.toString(ProcessHandle.current().pid()));
        NetworkConfig network = config.getNetworkConfig();
        network.setPort(listen.port()).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(listen.host());
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        TcpIpConfig addresses = network.getJoin().getTcpIpConfig().setEnabled(true);
        join.forEach(addresses::addMember);
        config.getExecutorConfig(TASKS).setPoolSize(1).setQueueCapacity(0).setStatisticsEnabled(false);
        config.getExecutorConfig(CONTROL).setPoolSize(1).setQueueCapacity(0).setStatisticsEnabled(false);
        secure(config.getSerializationConfig());
        return config;
    }

    /** A driver's settings: it calls members, and nobody calls it. */
    static ClientConfig driver(String cluster, List<String> addresses, int timeoutMillis) {
        ClientConfig config = new ClientConfig();
        config.setClusterName(cluster);
        BOTH.forEach(config::setProperty);
        config.setProperty("hazelcast.client.heartbeat.interval", "1000");
        config.setProperty("hazelcast.client.heartbeat.timeout", Integer.toString(1000 * SILENCE_SECONDS));
        config.getNetworkConfig().setAddresses(addresses).setConnectionTimeout(CONNECT_MILLIS);
        config.getConnectionStrategyConfig()
                .getConnectionRetryConfig()
                .setInitialBackoffMillis(100)
                .setMaxBackoffMillis(1000)
                .setClusterConnectTimeoutMillis(timeoutMillis);
        secure(config.getSerializationConfig());
        return config;
    }

    /**
     * Java's own serialisation, which can run code of any class on the class path, is admitted for plain values, and for
     * the exceptions by which members tell each other to try again: one that cannot be read leaves its caller waiting for
     * two minutes. What tasks carry is bytes to Hazelcast, and goes through the filter of the process pool.
     */
    private static void secure(SerializationConfig config) {
        config.addDataSerializableFactory(Messages.FACTORY, Messages::create);
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPrefixes("java.lang.", "java.math.", "java.time.", "java.util.", "java.io.", "java.net.", "[")
                .addPrefixes("com.hazelcast.");
        config.setJavaSerializationFilterConfig(filter);
    }
}
