package parlab.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A member of a cluster: a JVM that runs tasks, one at a time, and keeps its part of distributed maps. Start one for each
 * core that is to work:
 *
 * <pre>{@code
 * java -cp 'build/kernel/lib/*' parlab.cluster.Member --listen 10.0.0.4 --join 10.0.0.5,10.0.0.6 --name NAME
 * }</pre>
 *
 * <p>All members of a cluster, and their drivers, give the same name, by {@code --name} or in the environment variable
 * {@code PARLAB_CLUSTER}; whoever gives another one is turned away. The first member may leave it out, and prints one.
 * {@code --listen} is an address of this machine, with a port or 5701; {@code --join} addresses of other members, which need
 * not be there yet. A public address is refused unless it is named again by {@code --public}.
 */
public final class Member {
    /** The environment variable, and, as the system property {@code parlab.cluster}, what gives a cluster's name. */
    static final String NAME_VARIABLE = "PARLAB_CLUSTER";
    /** What a member that its driver has started says first. */
    static final String READY = "parlab-member ";

    private static final int USAGE = 2;

    record Options(String cluster, String name, ListenAddress listen, List<String> join, boolean child) {}

    private Member() {}

    /** Runs a member until its process is ended. */
    public static void main(String[] args) throws IOException {
        Options options;
        try {
            options = parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(USAGE);
            return;
        }
        InputStream driver = System.in;
        // A task that reads its input would wait for ever.
        System.setIn(InputStream.nullInputStream());
        if (options.child) {
            Thread.ofPlatform().daemon().name("parlab-driver").start(() -> endWith(driver));
        }
        PrintStream console = System.out;
        String address = start(options);
        console.println(
                options.child
                        ? READY + address
                        : "Member " + options.name + " of cluster " + options.cluster + " listens on " + address
                                + "; members: "
                                + Cluster.here().getCluster().getMembers().size() + ".");
    }

    /** Starts the member of this process, and returns where it listens. */
    static String start(Options options) {
        // Hazelcast would print notes about this JVM's options before it has read its settings.
        System.setProperty("hazelcast.logging.type", "none");
        Config config = Settings.member(options.cluster, options.name, options.listen, options.join);
        new MemberService(options.name, TaskOutput.install()).install(config);
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        // A process that is no member any more, because a task or a lack of memory has ended it, is of no use.
        instance.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleEvent.LifecycleState.SHUTDOWN) {
                Runtime.getRuntime().halt(1);
            }
        });
        Address address = instance.getCluster().getLocalMember().getAddress();
        return address.getHost() + ":" + address.getPort();
    }

    static Options parse(String[] args) throws IOException {
        String cluster = System.getenv(NAME_VARIABLE);
        String listen = "127.0.0.1";
        List<String> join = new ArrayList<>();
        List<String> confirmed = new ArrayList<>();
        String child = "";
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            }
            String value = args[i + 1];
            switch (args[i]) {
                case "--listen" -> listen = value;
                case "--join" -> join.addAll(List.of(value.split(",")));
                case "--public" -> confirmed.add(value);
                case "--name" -> cluster = value;
                case "--child" -> child = value;
                default ->
                    throw new IllegalArgumentException(
                            "usage: Member --listen ADDRESS --join ADDRESS[,ADDRESS] --name NAME [--public ADDRESS]; not "
                                    + args[i]);
            }
        }
        if (!child.isEmpty()) {
            // Other users can read a command line, but not this.
            cluster = readLine();
        } else if (cluster == null && !join.isEmpty()) {
            throw new IllegalArgumentException(
                    "--name, or the variable " + NAME_VARIABLE + ", gives the cluster's name");
        }
        ListenAddress address = ListenAddress.parse(listen, confirmed);
        return new Options(
                cluster == null ? UUID.randomUUID().toString() : cluster,
                child.isEmpty() ? "member-" + address.host() + ":" + address.port() : child,
                address,
                join,
                !child.isEmpty());
    }

    /** Unbuffered: what follows is for another thread. */
    private static String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = System.in.read(); c > '\n'; c = System.in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    /** The end of the input comes when the driver ends, however it ends and whatever a task is doing. */
    private static void endWith(InputStream driver) {
        try {
            driver.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            System.err.println("the driver cannot be heard: " + e);
        }
        Runtime.getRuntime().halt(1);
    }
}
