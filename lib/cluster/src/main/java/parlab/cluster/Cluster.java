package parlab.cluster;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.collection.IQueue;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.internal.util.ConcurrencyUtil;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import parlab.executors.RemoteExecutor;
import parlab.executors.RemoteExecutor.Outcome;
import parlab.executors.ThrowingFunction;
import parlab.processes.ProcessPool.Action;
import parlab.processes.ProcessPool.Job;
import parlab.processes.Recording;
import parlab.processes.TaskSender;
import parlab.processes.WorkerCommand;
import parlab.timing.Timeline;

/**
 * An executor whose workers are members of a Hazelcast cluster, on this machine or on others.
 *
 * <pre>{@code
 * try (Cluster cluster = Cluster.local(2)) {
 *     List<Double> many = Tasks.map(cluster, List.of(1, 2, 3), seed -> simulate(seed));
 * }
 * }</pre>
 *
 * <p>Tasks are what they are on a {@link parlab.processes.ProcessPool}: copies, with the code and the variables of the
 * notebook's cells; what they print appears here, when they are done. Each member runs one at a time. {@link
 * parlab.processes.Shared} memory cannot be sent. A task that does not obey an interrupt keeps its member until it ends.
 *
 * <p>A member that dies, or does not answer for ten seconds, costs time and no results: its tasks run again on others, up
 * to three times, and a note says so; what one had done before it was lost, it does twice. So a task must be one that may run
 * twice. Members that join get work at once; on this machine another one takes a dead one's place.
 *
 * <p>The cluster's name keeps others out by mistake, not by intent: there is no login and no encryption. Immutable but for
 * its tasks, and thread-safe. Closing it ends local members, and leaves those of {@link #join} as they are; so does the end
 * of this process, however it ends. A cluster that nobody refers to any more is shut down.
 */
public final class Cluster extends AbstractExecutorService implements RemoteExecutor {
    private static final Cleaner CLEANER = Cleaner.create();
    /** The system property that names the members' ahead-of-time cache. */
    private static final String CACHE_PROPERTY = "parlab.member.aot";

    /** Longer than it takes to start members anew that have all died. */
    private static final int LOCAL_TIMEOUT_MILLIS = 120_000;

    private static final int JOIN_TIMEOUT_MILLIS = 15_000;
    private static final int ASK_MILLIS = 300;

    /**
     * A member.
     *
     * @param name what timelines and outcomes call it
     * @param pid its process, on its machine
     * @param address host and port
     */
    public record MemberInfo(String name, long pid, String address) {}

    private final HazelcastInstance client;
    private final LocalMembers local;
    private final TaskSender sender;
    private final Dispatcher dispatcher;
    private final Recording recording;

    @SuppressWarnings({"unused", "FieldCanBeLocal"}) // Kept from being given up while a view of it is used.
    private final Cluster original;

    private Cluster(HazelcastInstance client, LocalMembers local, TaskSender sender, Dispatcher dispatcher) {
        this.client = client;
        this.local = local;
        this.sender = sender;
        this.dispatcher = dispatcher;
        this.recording = null;
        this.original = null;
        CLEANER.register(this, dispatcher::shutdown);
    }

    private Cluster(Cluster original, Recording recording) {
        this.client = original.client;
        this.local = original.local;
        this.sender = original.sender;
        this.dispatcher = original.dispatcher;
        this.recording = recording;
        this.original = original;
    }

    /**
     * Starts members as processes on this machine, which talk over the loopback under a random name, and waits for them.
     *
     * @param members how many, 1 or more
     * @param jvmOptions theirs, such as {@code "-Xmx200m"}; by default they share 60 % of the memory
     * @throws IllegalStateException if they do not start
     */
    public static Cluster local(int members, String... jvmOptions) {
        if (members < 1) {
            throw new IllegalArgumentException("a cluster has 1 member or more, got " + members);
        }
        String name = UUID.randomUUID().toString();
        List<String> options = new ArrayList<>(List.of(
                "-XX:+ExitOnOutOfMemoryError",
                // Hazelcast uses it, and the JVM would say so.
                "--sun-misc-unsafe-memory-access=allow"));
        options.addAll(List.of(jvmOptions));
        AtomicReference<Dispatcher> dispatcher = new AtomicReference<>();
        LocalMembers processes =
                new LocalMembers(name, arguments -> command(members, options, arguments), Cluster::say, failure -> {
                    Dispatcher toTell = dispatcher.get();
                    if (toTell != null) {
                        toTell.breakDown(failure);
                    }
                });
        try {
            List<String> addresses = processes.start(members);
            return connect(name, addresses, LOCAL_TIMEOUT_MILLIS, processes, dispatcher);
        } catch (RuntimeException | Error e) {
            processes.close();
            throw e;
        }
    }

    /**
     * Uses members that were started elsewhere, as {@link parlab.cluster.Member} says. The cluster's name is the system
     * property {@code parlab.cluster} or the environment variable {@code PARLAB_CLUSTER}.
     *
     * @param addresses host and port of some of them; the others are found through these
     * @throws IllegalStateException if there is no name, or no member of that name answers within a quarter of a minute
     */
    public static Cluster join(String... addresses) {
        String name = System.getProperty("parlab.cluster", System.getenv(parlab.cluster.Member.NAME_VARIABLE));
        if (name == null) {
            throw new IllegalStateException("which cluster? Set the variable " + parlab.cluster.Member.NAME_VARIABLE
                    + " or the system property parlab.cluster to its name");
        }
        return connect(name, List.of(addresses), JOIN_TIMEOUT_MILLIS, null, new AtomicReference<>());
    }

    private static Cluster connect(
            String name,
            List<String> addresses,
            int timeoutMillis,
            LocalMembers processes,
            AtomicReference<Dispatcher> made) {
        // Hazelcast takes the common pool where there are three cores or more: answers would wait for parallel streams.
        ConcurrencyUtil.setDefaultAsyncExecutor(command ->
                Thread.ofPlatform().daemon().name("parlab-cluster-answer").start(command));
        HazelcastInstance client;
        try {
            client = HazelcastClient.newHazelcastClient(Settings.driver(name, addresses, timeoutMillis));
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "no member of a cluster of that name answers at " + String.join(", ", addresses)
                            + ": is it started, and is the name the same?",
                    e);
        }
        UUID driver = UUID.randomUUID();
        TaskSender sender = new TaskSender(command(1, List.of()).path(), Cluster::say);
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("parlab-cluster-watch").factory());
        Dispatcher dispatcher = new Dispatcher(client, driver, Cluster::say, () -> {
            watch.shutdownNow();
            client.shutdown();
            if (processes != null) {
                processes.close();
            }
        });
        made.set(dispatcher);
        client.<String>getTopic(Settings.CLASSES + driver)
                .addMessageListener(message -> answerClass(client, sender, message.getMessageObject()));
        client.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                dispatcher.memberAdded(event.getMember());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                dispatcher.memberRemoved(event.getMember());
            }
        });
        client.getCluster().getMembers().forEach(dispatcher::memberAdded);
        client.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleEvent.LifecycleState.SHUTDOWN) {
                dispatcher.breakDown(new IllegalStateException("no member of the cluster can be reached any more"));
            }
        });
        var unused =
                watch.scheduleWithFixedDelay(dispatcher::askSuspects, ASK_MILLIS, ASK_MILLIS, TimeUnit.MILLISECONDS);
        return new Cluster(client, processes, sender, dispatcher);
    }

    /** The first jars are those that the members' ahead-of-time cache is made with. */
    private static WorkerCommand command(int members, List<String> options, String... arguments) {
        return new WorkerCommand(
                List.of(parlab.cluster.Member.class, Hazelcast.class), CACHE_PROPERTY, members, options, arguments);
    }

    private static void say(String note) {
        System.out.println(note);
    }

    private static void answerClass(HazelcastInstance client, TaskSender sender, String question) {
        String[] words = question.split(" ", 3);
        byte[] bytes = sender.classBytes(Integer.parseInt(words[1]), words[2]);
        IQueue<byte[]> reply = client.getQueue(words[0]);
        reply.add(bytes == null ? new byte[0] : bytes);
    }

    // ---- tasks

    /** Submits a task: this is the overload that a lambda with a result takes. */
    public <T> Future<T> submit(Job<T> job) {
        return submit((Callable<T>) job);
    }

    /** The same for a lambda without a result. */
    public Future<?> submit(Action action) {
        return submit((Runnable) action);
    }

    /**
     * Submits a task for one member, such as the {@link #ownerOf} what it reads. If that member leaves, it fails with a
     * {@link MemberLostException}.
     *
     * @throws java.util.concurrent.RejectedExecutionException if there is no such member
     */
    public <T> Future<T> submitTo(String member, Job<T> job) {
        ClusterTask<T> task = task(job, member, Cluster::cast, () -> {});
        dispatcher.submit(task);
        return task;
    }

    /** Executes a lambda as {@link #execute(Runnable)} does. */
    public void execute(Action action) {
        execute((Runnable) action);
    }

    /** Executes a command on a member. What it throws is printed, because nobody has a future to see it in. */
    @Override
    public void execute(Runnable command) {
        if (command instanceof ClusterTask<?> task) {
            dispatcher.submit(task);
            return;
        }
        AtomicReference<ClusterTask<Object>> task = new AtomicReference<>();
        task.set(task(command, "", x -> x, () -> {
            String failure = task.get().failureText();
            if (!failure.isEmpty()) {
                say("a command given to execute failed " + failure.strip());
            }
        }));
        dispatcher.submit(task.get());
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return task(callable, "", Cluster::cast, () -> {});
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return task(runnable, "", x -> value, () -> {});
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // What a task returns is only known to its caller.
    private static <T> T cast(Object value) {
        return (T) value;
    }

    private <T> ClusterTask<T> task(Object job, String member, Function<Object, T> convert, Runnable whenDone) {
        return dispatcher.task(new ClusterTask.Request<>(
                sender.call(job),
                member,
                outcomes -> {
                    Outcome<Object> only = outcomes.getFirst();
                    if (only.failure() != null) {
                        throw new ExecutionException("in " + only.worker() + ": " + only.failure(), only.failure());
                    }
                    return convert.apply(only.result());
                },
                recording,
                recording == null ? "" : recording.nextLabel(),
                Thread.currentThread(),
                whenDone));
    }

    /** For {@link parlab.executors.Tasks}, which is how one function is applied to many items. */
    @Override
    public <T, R> RemoteFunction<T, R> prepare(ThrowingFunction<? super T, ? extends R> function) {
        dispatcher.rejectIfShutdown();
        return new ClusterFunction<>(this, dispatcher, sender, sender.function(function), recording);
    }

    /** Returns a view of this cluster that records the tasks which come this way. Closing either closes both. */
    @Override
    public Cluster recording(Timeline timeline, IntFunction<String> names) {
        return new Cluster(this, new Recording(timeline, names));
    }

    // ---- members and their data

    /** Returns the members that answer at this moment. */
    public List<MemberInfo> members() {
        return dispatcher.members().stream().map(Cluster::info).toList();
    }

    private static MemberInfo info(Member member) {
        return new MemberInfo(
                member.getAttribute(Settings.NAME),
                Long.parseLong(member.getAttribute(Settings.PID)),
                member.getAddress().getHost() + ":" + member.getAddress().getPort());
    }

    /**
     * Starts one more member on this machine, and waits until it takes tasks.
     *
     * @throws IllegalStateException if it does not start, or these members were started elsewhere
     */
    public void addMember() {
        if (local == null) {
            throw new IllegalStateException("these members were started elsewhere: start another one there");
        }
        local.start(1);
    }

    /** Returns the name of the member that keeps a key of any distributed map, at this moment. */
    public String ownerOf(Object key) {
        return info(client.getPartitionService().getPartition(key).getOwner()).name();
    }

    /** Returns this process's access to Hazelcast's maps, queues, and all else; a client, on which nothing listens. */
    public HazelcastInstance hazelcast() {
        return client;
    }

    /**
     * Returns, in a task, the member that runs it.
     *
     * @throws IllegalStateException outside a member
     */
    public static HazelcastInstance here() {
        return Hazelcast.getAllHazelcastInstances().stream()
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("only a task that a cluster runs is in a member"));
    }

    /** Returns how many times a task was sent again because a member did not answer; it may have run twice. */
    public int tasksSentAgain() {
        return dispatcher.rerun();
    }

    // ---- the end

    @Override
    public void shutdown() {
        dispatcher.shutdown();
    }

    /** Takes no more tasks, and interrupts those under way. */
    @Override
    public List<Runnable> shutdownNow() {
        return dispatcher.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
        return dispatcher.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return dispatcher.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return dispatcher.awaitTermination(timeout, unit);
    }

    @Override
    public String toString() {
        return "Cluster" + members().stream().map(MemberInfo::name).toList();
    }
}
