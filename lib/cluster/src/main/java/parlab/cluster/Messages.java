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

    /** A message of one type, which {@link #create} makes for its reader. */
    private abstract static class Message implements IdentifiedDataSerializable {
        private final int type;

        private Message(int type) {
            this.type = type;
        }

        @Override
        public final int getFactoryId() {
            return FACTORY;
        }

        @Override
        public final int getClassId() {
            return type;
        }
    }

    /** A message of a driver, which the member that reads it runs. */
    private abstract static class Order extends Message implements HazelcastInstanceAware {
        UUID driver;
        HazelcastInstance here;

        private Order(int type, UUID driver) {
            super(type);
            this.driver = driver;
        }

        @Override
        public final void setHazelcastInstance(HazelcastInstance instance) {
            here = instance;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeLong(driver.getMostSignificantBits());
            out.writeLong(driver.getLeastSignificantBits());
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            driver = new UUID(in.readLong(), in.readLong());
        }
    }

    /** Some tasks, which a member runs one after the other. */
    static final class Batch extends Order implements Callable<Answers> {
        private long[] numbers;
        private byte[][] parcels;

        private Batch() {
            super(BATCH, null);
        }

        Batch(UUID driver, long[] numbers, byte[][] parcels) {
            super(BATCH, driver);
            this.numbers = numbers;
            this.parcels = parcels;
        }

        @Override
        public Answers call() throws IOException {
            return MemberService.of(here).run(here, driver, numbers, parcels);
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            super.writeData(out);
            out.writeLongArray(numbers);
            for (byte[] parcel : parcels) {
                out.writeByteArray(parcel);
            }
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            super.readData(in);
            numbers = in.readLongArray();
            parcels = new byte[numbers.length][];
            for (int i = 0; i < parcels.length; i++) {
                parcels[i] = in.readByteArray();
            }
        }
    }

    /** The answers to a batch's first tasks, and what each has printed; the others were not begun. */
    static final class Answers extends Message {
        private byte[][] answers;
        private String[] printed;
        private long now;

        private Answers() {
            super(ANSWERS);
        }

        Answers(byte[][] answers, String[] printed, long now) {
            super(ANSWERS);
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
    static final class Stop extends Order implements Runnable {
        private long number;

        private Stop() {
            super(STOP, null);
        }

        Stop(UUID driver, long number) {
            super(STOP, driver);
            this.number = number;
        }

        @Override
        public void run() {
            MemberService.of(here).stop(driver, number);
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            super.writeData(out);
            out.writeLong(number);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            super.readData(in);
            number = in.readLong();
        }
    }
}
