package parlab.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.Callable;

/** What drivers and members send each other through Hazelcast's executors, in a form that needs no Java serialisation. */
final class Messages {
    static final int FACTORY = 7;

    private static final int BATCH = 1;
    private static final int ANSWERS = 2;
    private static final int STOP = 3;

    private Messages() {}

    static IdentifiedDataSerializable create(int type) {
        return switch (type) {
            case BATCH -> new Batch();
            case ANSWERS -> new Answers();
            case STOP -> new Stop();
            default -> throw new IllegalArgumentException("no message is of type " + type);
        };
    }

    /** Some tasks, which a member runs one after the other. */
    static final class Batch implements Callable<Answers>, HazelcastInstanceAware, IdentifiedDataSerializable {
        private UUID driver;
        private long[] numbers;
        private byte[][] parcels;
        private HazelcastInstance here;

        private Batch() {}

        Batch(UUID driver, long[] numbers, byte[][] parcels) {
            this.driver = driver;
            this.numbers = numbers;
            this.parcels = parcels;
        }

        @Override
        public Answers call() throws IOException {
            return MemberService.of(here).run(here, driver, numbers, parcels);
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance instance) {
            here = instance;
        }

        @Override
        public int getFactoryId() {
            return FACTORY;
        }

        @Override
        public int getClassId() {
            return BATCH;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            writeId(out, driver);
            out.writeLongArray(numbers);
            for (byte[] parcel : parcels) {
                out.writeByteArray(parcel);
            }
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            driver = readId(in);
            numbers = in.readLongArray();
            parcels = new byte[numbers.length][];
            for (int i = 0; i < parcels.length; i++) {
                parcels[i] = in.readByteArray();
            }
        }
    }

    /** The answers to a batch's first tasks, and what each has printed; the others were not begun. */
    static final class Answers implements IdentifiedDataSerializable {
        private byte[][] answers;
        private String[] printed;
        private long now;

        private Answers() {}

        Answers(byte[][] answers, String[] printed, long now) {
            this.answers = answers;
            this.printed = printed;
            this.now = now;
        }

        int count() {
            return answers.length;
        }

        byte[] answer(int i) {
            return answers[i];
        }

        String printed(int i) {
            return printed[i];
        }

        /** The member's monotonic clock when it sent this. */
        long now() {
            return now;
        }

        @Override
        public int getFactoryId() {
            return FACTORY;
        }

        @Override
        public int getClassId() {
            return ANSWERS;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeLong(now);
            out.writeStringArray(printed);
            for (byte[] answer : answers) {
                out.writeByteArray(answer);
            }
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            now = in.readLong();
            printed = in.readStringArray();
            answers = new byte[printed.length][];
            for (int i = 0; i < answers.length; i++) {
                answers[i] = in.readByteArray();
            }
        }
    }

    /** Stops a task. */
    static final class Stop implements Runnable, HazelcastInstanceAware, IdentifiedDataSerializable {
        private UUID driver;
        private long number;
        private HazelcastInstance here;

        private Stop() {}

        Stop(UUID driver, long number) {
            this.driver = driver;
            this.number = number;
        }

        @Override
        public void run() {
            MemberService.of(here).stop(driver, number);
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance instance) {
            here = instance;
        }

        @Override
        public int getFactoryId() {
            return FACTORY;
        }

        @Override
        public int getClassId() {
            return STOP;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            writeId(out, driver);
            out.writeLong(number);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            driver = readId(in);
            number = in.readLong();
        }
    }

    private static void writeId(ObjectDataOutput out, UUID id) throws IOException {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    private static UUID readId(ObjectDataInput in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }
}
