package parlab.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.ExecutionCallback;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import parlab.processes.TaskSender;

/**
 * Hands a driver's tasks to the members that are there, and tasks of a member that has left to others. What waits, waits
 * here, so that a member which joins gets work at once, and one that leaves takes little with it. Thread-safe.
 */
final class Dispatcher {
    /** A task that so many members have left with is not tried again: it may be the reason. */
    static final int MOST_LOST = 3;

    private static final int MOST_BATCH_BYTES = 1 << 20;

    /** Some tasks on their way to a member. */
    private final class Sending implements ExecutionCallback<Messages.Answers> {
        private final Node node;
        private final List<ClusterTask<?>> tasks;

        Sending(Node node, List<ClusterTask<?>> tasks) {
            this.node = node;
            this.tasks = tasks;
        }

        void send() {
            try {
                long[] numbers = tasks.stream().mapToLong(task -> task.number).toArray();
                byte[][] parcels = tasks.stream()
                        .map(task -> task.request().parcel().bytes(node.told))
                        .toArray(byte[][]::new);
                executor.submitToMember(new Messages.Batch(driver, numbers, parcels), node.member, this);
            } catch (RuntimeException | OutOfMemoryError e) {
                onFailure(e);
            }
        }

        @Override
        public void onResponse(Messages.Answers answers) {
            answered(this, answers, System.nanoTime());
        }

        @Override
        public void onFailure(Throwable failure) {
            lost(this, failure);
        }
    }

    private final UUID driver;
    private final IExecutorService executor;
    private final IExecutorService control;
    private final Consumer<String> notes;
    private final Runnable release;
    private final AtomicLong nextNumber = new AtomicLong(1);
    private final CountDownLatch terminated = new CountDownLatch(1);
    // The following are guarded by this.
    private final Deque<ClusterTask<?>> queue = new ArrayDeque<>();
    private final Map<UUID, Node> nodes = new LinkedHashMap<>();
    private boolean shutdown;
    private boolean stopping;
    private boolean released;
    private Throwable broken;
    private int rerun;

    /**
     * @param notes told what a user should know
     * @param release called once, when all tasks are done and no more will come, in a thread of its own
     */
    Dispatcher(HazelcastInstance client, UUID driver, Consumer<String> notes, Runnable release) {
        this.driver = driver;
        this.executor = client.getExecutorService(Settings.TASKS);
        this.control = client.getExecutorService(Settings.CONTROL);
        this.notes = notes;
        this.release = release;
    }

    // ---- tasks

    /** Makes a task, not yet submitted. */
    <T> ClusterTask<T> task(ClusterTask.Request<T> request) {
        return new ClusterTask<>(this, nextNumber.getAndIncrement(), request);
    }

    void submit(ClusterTask<?> task) {
        synchronized (this) {
            rejectIfShutdown();
            enqueue(task, false);
        }
        pump();
    }

    void rejectIfShutdown() {
        synchronized (this) {
            if (broken != null) {
                throw new RejectedExecutionException("this cluster is gone: " + broken.getMessage(), broken);
            }
            if (shutdown) {
                throw new RejectedExecutionException("this cluster was closed");
            }
        }
    }

    private void enqueue(ClusterTask<?> task, boolean first) {
        String only = task.request().member();
        Deque<ClusterTask<?>> to = queue;
        if (!only.isEmpty()) {
            to = nodes.values().stream()
                    .filter(node -> node.name.equals(only))
                    .findFirst()
                    .orElseThrow(() -> new RejectedExecutionException("no member is called " + only))
                    .pinned;
        }
        if (first) {
            to.addFirst(task);
        } else {
            to.add(task);
        }
    }

    void cancelled(ClusterTask<?> task, boolean mayInterrupt) {
        Node runs = null;
        synchronized (this) {
            if (!queue.remove(task)) {
                for (Node node : nodes.values()) {
                    node.pinned.remove(task);
                    runs = node.outstanding.contains(task) ? node : runs;
                }
            }
        }
        if (runs != null && mayInterrupt) {
            try {
                control.executeOnMember(new Messages.Stop(driver, task.number), runs.member);
            } catch (RuntimeException e) {
                // It is not there any more: nothing runs.
                notes.accept(runs.name + " could not be told to stop a task: " + e.getMessage());
            }
        }
        checkTerminated();
    }

    /** Cancels everything that a thread has asked for: it was interrupted, and waits no more. */
    void giveUp(Thread submitter) {
        unfinished(task -> task.request().submitter() == submitter).forEach(task -> task.cancel(true));
    }

    private List<ClusterTask<?>> unfinished(Predicate<ClusterTask<?>> which) {
        synchronized (this) {
            List<ClusterTask<?>> all = new ArrayList<>(queue);
            for (Node node : nodes.values()) {
                all.addAll(node.pinned);
                all.addAll(node.outstanding);
            }
            return all.stream().filter(which).toList();
        }
    }

    // ---- on their way

    /** Sends what can be sent now. */
    private void pump() {
        for (Sending next = next(); next != null; next = next()) {
            next.send();
        }
    }

    private Sending next() {
        synchronized (this) {
            List<Node> ready = nodes.values().stream()
                    .filter(Node::wantsMore)
                    .sorted(Comparator.comparingInt(node -> node.batches))
                    .toList();
            for (Node node : ready) {
                List<ClusterTask<?>> tasks = take(node);
                if (!tasks.isEmpty()) {
                    node.begin(tasks);
                    return new Sending(node, tasks);
                }
            }
            return null;
        }
    }

    /** The more tasks wait, the more a member gets at once; the last ones are shared out one by one. */
    private List<ClusterTask<?>> take(Node node) {
        List<ClusterTask<?>> tasks = new ArrayList<>();
        int fair = 1 + (queue.size() + node.pinned.size()) / (2 * nodes.size());
        long bytes = 0;
        while (tasks.size() < Math.min(fair, node.batchSize()) && bytes < MOST_BATCH_BYTES) {
            ClusterTask<?> task = node.pinned.isEmpty() ? queue.poll() : node.pinned.poll();
            if (task == null) {
                break;
            }
            if (!task.isDone()) {
                tasks.add(task);
                bytes += task.request().parcel().size();
            }
        }
        return tasks;
    }

    private void answered(Sending sending, Messages.Answers answers, long now) {
        Node node = sending.node;
        List<TaskSender.Answer> opened = new ArrayList<>();
        for (int i = 0; i < answers.count(); i++) {
            opened.add(sending.tasks.get(i).request().parcel().open(answers.answer(i), node.name));
        }
        List<ClusterTask<?>> failed = new ArrayList<>();
        long offset;
        synchronized (this) {
            node.end(sending.tasks);
            node.suspect = false;
            offset = node.clockOffset(answers.now(), now);
            for (int i = sending.tasks.size() - 1; i >= 0; i--) {
                ClusterTask<?> task = sending.tasks.get(i);
                TaskSender.Answer answer = i < opened.size() ? opened.get(i) : null;
                if (answer != null) {
                    node.tookNanos(answer.endNanos() - answer.startNanos());
                    continue;
                }
                // Not begun, or begun without the code that it needs.
                if (i < opened.size()) {
                    node.told.clear();
                }
                if (task.isDone()) {
                    continue;
                }
                if (nodes.containsValue(node) || task.request().member().isEmpty()) {
                    enqueue(task, true);
                } else {
                    failed.add(task);
                }
            }
        }
        failed.forEach(task -> task.fail(leftBefore(node.name)));
        // The member has its next tasks before this process looks at what came.
        pump();
        for (int i = 0; i < opened.size(); i++) {
            if (opened.get(i) != null) {
                finish(sending.tasks.get(i), opened.get(i), node, answers.printed(i), offset);
            }
        }
        checkTerminated();
    }

    private static void finish(
            ClusterTask<?> task, TaskSender.Answer answer, Node node, String printed, long clockOffset) {
        printed.lines().forEach(line -> System.out.println("[" + node.name + "] " + line));
        ClusterTask.Request<?> request = task.request();
        if (request.recording() != null && !task.isDone()) {
            request.recording()
                    .add(
                            node.name,
                            request.label(),
                            answer.startNanos() + clockOffset,
                            answer.endNanos() + clockOffset);
        }
        task.answer(answer);
    }

    /** A batch has no answer: its tasks go to others, whether they had begun or not. */
    private void lost(Sending sending, Throwable why) {
        List<ClusterTask<?>> failed = new ArrayList<>();
        int again = 0;
        Node node = sending.node;
        synchronized (this) {
            node.end(sending.tasks);
            node.suspect = true;
            node.told.clear();
            for (ClusterTask<?> task : sending.tasks.reversed()) {
                task.timesLost++;
                if (task.isDone()) {
                    continue;
                }
                if (task.timesLost > MOST_LOST
                        || stopping
                        || broken != null
                        || !task.request().member().isEmpty()) {
                    failed.add(task);
                } else {
                    enqueue(task, true);
                    again++;
                }
            }
            rerun += again;
        }
        if (again > 0) {
            notes.accept(node.name + " does not answer: " + again + (again == 1 ? " task runs" : " tasks run")
                    + " again elsewhere. What had begun there is done twice.");
        }
        for (ClusterTask<?> task : failed) {
            task.fail(new MemberLostException(
                    node.name + " has left with the task"
                            + (task.timesLost > 1 ? ", as " + (task.timesLost - 1) + " others have" : ""),
                    why));
        }
        pump();
        checkTerminated();
    }

    // ---- members

    void memberAdded(Member member) {
        if (member.getAttribute(Settings.NAME) == null) {
            return;
        }
        synchronized (this) {
            nodes.putIfAbsent(member.getUuid(), new Node(member));
        }
        pump();
    }

    void memberRemoved(Member member) {
        List<ClusterTask<?>> failed = List.of();
        synchronized (this) {
            Node node = nodes.remove(member.getUuid());
            if (node != null) {
                failed = List.copyOf(node.pinned);
            }
        }
        String name = member.getAttribute(Settings.NAME);
        failed.forEach(task -> task.fail(leftBefore(name)));
        checkTerminated();
    }

    private static MemberLostException leftBefore(String name) {
        return new MemberLostException(name + " has left before the task began", null);
    }

    /** Asks members that have not answered whether they do now. A link that was cut may be there again. */
    void askSuspects() {
        List<Sending> questions = new ArrayList<>();
        synchronized (this) {
            for (Node node : nodes.values()) {
                if (node.suspect && node.batches == 0) {
                    node.begin(List.of());
                    questions.add(new Sending(node, List.of()));
                }
            }
        }
        questions.forEach(Sending::send);
    }

    List<Member> members() {
        synchronized (this) {
            return nodes.values().stream()
                    .filter(node -> !node.suspect)
                    .map(node -> node.member)
                    .toList();
        }
    }

    int rerun() {
        synchronized (this) {
            return rerun;
        }
    }

    /** Lets members forget a function, with the next task that they get. */
    void forget(TaskSender.Function function) {
        synchronized (this) {
            nodes.values().forEach(node -> node.told.forget(function));
        }
    }

    // ---- the end

    /** The cluster cannot go on: all tasks fail with this, and it takes no more. */
    void breakDown(Throwable why) {
        synchronized (this) {
            if (released) {
                return;
            }
            broken = why;
            shutdown = true;
        }
        unfinished(task -> true).forEach(task -> task.fail(new MemberLostException(why.getMessage(), why)));
        synchronized (this) {
            queue.clear();
            nodes.clear();
        }
        checkTerminated();
    }

    void shutdown() {
        synchronized (this) {
            shutdown = true;
        }
        checkTerminated();
    }

    /** Takes no more tasks, and interrupts those under way; returns those that were not begun. */
    List<Runnable> shutdownNow() {
        List<ClusterTask<?>> waiting;
        synchronized (this) {
            shutdown = true;
            stopping = true;
            waiting = new ArrayList<>(queue);
            queue.clear();
        }
        List<Runnable> notBegun = new ArrayList<>();
        for (ClusterTask<?> task : waiting) {
            if (task.cancel(true)) {
                notBegun.add(task);
            }
        }
        unfinished(task -> true).forEach(task -> task.cancel(true));
        checkTerminated();
        return notBegun;
    }

    boolean isShutdown() {
        synchronized (this) {
            return shutdown;
        }
    }

    boolean isTerminated() {
        return terminated.getCount() == 0;
    }

    boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return terminated.await(timeout, unit);
    }

    private void checkTerminated() {
        synchronized (this) {
            boolean busy = !queue.isEmpty()
                    || nodes.values().stream()
                            .anyMatch(node -> !node.pinned.isEmpty()
                                    || node.outstanding.stream().anyMatch(task -> !task.isDone()));
            if (!shutdown || busy || released) {
                return;
            }
            released = true;
        }
        // Not in a thread of Hazelcast's, which would wait for itself.
        Thread.ofPlatform().daemon().name("parlab-cluster-end").start(() -> {
            try {
                release.run();
            } finally {
                terminated.countDown();
            }
        });
    }
}
