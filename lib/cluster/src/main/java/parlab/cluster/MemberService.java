package parlab.cluster;

import com.hazelcast.collection.IQueue;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import parlab.processes.TaskReceiver;

/** Runs drivers' tasks in a member, one at a time. Thread-safe. */
final class MemberService {
    /** A batch is answered after so long, and the rest of it left to other members. */
    private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** The code of drivers before these is forgotten; they would send it again. */
    private static final int DRIVERS = 8;

    private static final int CLASS_MILLIS = 500;
    private static final int CLASS_QUESTIONS = 40;
    private static final String KEY = "parlab";

    private final String name;
    private final TaskOutput output;
    private final Map<UUID, TaskReceiver> receivers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, TaskReceiver> eldest) {
            return size() > DRIVERS;
        }
    };

    MemberService(String name, TaskOutput output) {
        this.name = name;
        this.output = output;
    }

    /** Lets the member that is made with these settings find this. */
    void install(Config config) {
        config.getUserContext().put(KEY, this);
    }

    static MemberService of(HazelcastInstance instance) {
        Object service = instance.getUserContext().get(KEY);
        if (service == null) {
            throw new IllegalStateException("this member of the cluster is none of ParLab's");
        }
        return (MemberService) service;
    }

    Messages.Answers run(HazelcastInstance instance, UUID driver, long[] numbers, byte[][] parcels) throws IOException {
        TaskReceiver receiver;
        synchronized (receivers) {
            receiver = receivers.computeIfAbsent(
                    driver, id -> new TaskReceiver(name, (codeBase, type) -> classBytes(instance, id, codeBase, type)));
        }
        byte[][] answers = new byte[numbers.length][];
        String[] printed = new String[numbers.length];
        long begun = System.nanoTime();
        int done = 0;
        while (done < numbers.length && (done == 0 || System.nanoTime() - begun < BATCH_NANOS)) {
            output.begin();
            try {
                answers[done] = receiver.run(numbers[done], parcels[done]);
            } finally {
                printed[done] = output.end();
            }
            done++;
        }
        return new Messages.Answers(Arrays.copyOf(answers, done), Arrays.copyOf(printed, done), System.nanoTime());
    }

    void stop(UUID driver, long number) {
        TaskReceiver receiver;
        synchronized (receivers) {
            receiver = receivers.get(driver);
        }
        if (receiver != null) {
            receiver.stop(number);
        }
    }

    /**
     * Asks a driver for a class. Any thread may need one at any time. A member that has just joined asks more than once: its
     * driver sends tasks before it listens here.
     */
    static byte[] classBytes(HazelcastInstance instance, UUID driver, int codeBase, String type) {
        IQueue<byte[]> reply = instance.getQueue("parlab-class-" + UUID.randomUUID());
        boolean interrupted = false;
        try {
            for (int asked = 0; asked < CLASS_QUESTIONS; asked++) {
                instance.<String>getTopic(Settings.CLASSES + driver)
                        .publish(String.join(" ", reply.getName(), Integer.toString(codeBase), type));
                try {
                    byte[] bytes = reply.poll(CLASS_MILLIS, TimeUnit.MILLISECONDS);
                    if (bytes != null) {
                        return bytes.length == 0 ? null : bytes;
                    }
                } catch (InterruptedException e) {
                    // It is meant for the task, not for the class that it needs.
                    interrupted = true;
                }
            }
            return null;
        } finally {
            reply.destroy();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
