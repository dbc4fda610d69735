package parlab.processes;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import parlab.executors.RemoteExecutor.Outcome;
import parlab.processes.CodeBase.Definition;

/**
 * Turns tasks into bytes for a {@link TaskReceiver} in another JVM, and its answers into outcomes, for whoever carries
 * them there and back. As with a {@link ProcessPool}, the code of a notebook's cells is sent along, and answers are read
 * through its deserialisation filter. Big arrays are part of the bytes; {@link Shared} memory cannot be sent.
 * Thread-safe.
 */
public final class TaskSender {
    private final TaskSerializer serializer;

    /**
     * @param path the URLs of the receivers' class path, whose classes need not be sent
     * @param notes told, once each, about variables that a task assigns, which changes nothing here
     */
    public TaskSender(Set<String> path, Consumer<String> notes) {
        serializer = new TaskSerializer(
                path,
                notes,
                shared -> {
                    throw new IllegalArgumentException("shared memory does not leave its machine: send a copy of it");
                },
                true);
    }

    /** Packs a Callable or a Runnable. */
    public Parcel call(Object job) {
        return new Parcel(serializer.call(Objects.requireNonNull(job, "job")), 1);
    }

    /** Packs a function that many parcels refer to. */
    public Function function(Object function) {
        return new Function(serializer.function(Objects.requireNonNull(function, "function")));
    }

    /**
     * Packs items for one function.
     *
     * @param firstIndex the first one's number, for messages
     * @param unsent as long as the items; gets, at an item's place, why it cannot be sent: such an item is left out
     * @return null if no item is left
     */
    public Parcel items(Function function, List<?> items, int firstIndex, Throwable[] unsent) {
        TaskSerializer.Message message = serializer.chunk(function.function, items, firstIndex, unsent);
        return message == null
                ? null
                : new Parcel(
                        message, (int) Stream.of(unsent).filter(Objects::isNull).count());
    }

    /** Returns all items' outcomes, in their order: those that came back, and those that {@link #items} left out. */
    @SuppressWarnings("unchecked") // What the function returns is only known to its caller.
    public static <R> List<Outcome<R>> merge(List<Outcome<Object>> returned, Throwable[] unsent) {
        List<Outcome<R>> all = new ArrayList<>(unsent.length);
        int next = 0;
        for (Throwable failure : unsent) {
            all.add(
                    failure == null
                            ? (Outcome<R>) (Outcome<?>) returned.get(next++)
                            : new Outcome<>(null, failure, ""));
        }
        return Collections.unmodifiableList(all);
    }

    /** Returns a class that a receiver has asked for; null if there is none. */
    public byte[] classBytes(int codeBase, String name) {
        try {
            return serializer.classBytes(codeBase, name);
        } catch (RuntimeException | Error e) {
            // The kernel's loader failed: to the receiver the class is not there.
            return null;
        }
    }

    /** A function that receivers know. */
    public static final class Function {
        private final TaskSerializer.Function function;

        private Function(TaskSerializer.Function function) {
            this.function = function;
        }
    }

    /** What one receiver has been told so far. Thread-safe. */
    public static final class Told {
        private final Map<Integer, Integer> versions = new HashMap<>();
        private final List<Integer> forgotten = new ArrayList<>();

        /** Lets the receiver forget a function, with the next parcel. */
        public synchronized void forget(Function function) {
            int slot = function.function.definition().slot();
            if (versions.remove(slot) != null) {
                forgotten.add(slot);
            }
        }

        /** Assumes nothing any more: everything is told again. */
        public synchronized void clear() {
            versions.clear();
        }

        private synchronized void write(TaskSerializer.Message message, Outgoing out) {
            out.writeInt(forgotten.size());
            forgotten.forEach(out::writeInt);
            forgotten.clear();
            List<Definition> missing = message.needs().stream()
                    .filter(needed -> !Objects.equals(versions.get(needed.slot()), needed.version()))
                    .toList();
            out.writeInt(missing.size());
            for (Definition definition : missing) {
                out.writeInt(definition.slot());
                out.writeInt(definition.version());
                out.writeInt(definition.message().length);
                out.write(definition.message());
                versions.put(definition.slot(), definition.version());
            }
            message.changes().forEach(versions::remove);
        }
    }

    /** A task, to be sent to any receiver, and again if it is lost. Immutable. */
    public final class Parcel {
        private final TaskSerializer.Message message;
        private final int calls;

        private Parcel(TaskSerializer.Message message, int calls) {
            this.message = message;
            this.calls = calls;
        }

        /** Returns how many bytes it has, without the code that a receiver may lack. */
        public int size() {
            return message.content().length();
        }

        private ClassLoader loader() {
            return serializer.loaderOf(message.codeBase());
        }

        /** Returns the bytes for a receiver, with the code that it has not been told yet; it counts as told then. */
        public byte[] bytes(Told receiver) {
            Outgoing out = new Outgoing(message.content().length() + 256);
            receiver.write(message, out);
            out.writeInt(message.codeBase());
            out.writeByte(message.kind());
            out.writeInt(calls);
            out.writeInt(message.needs().size());
            for (Definition needed : message.needs()) {
                out.writeInt(needed.slot());
                out.writeInt(needed.version());
            }
            out.writeInt(message.changes().size());
            message.changes().forEach(out::writeInt);
            out.append(message.content());
            return out.toArray();
        }

        /**
         * Looks at an answer, without reading its values.
         *
         * @param worker the name of the receiver
         * @return null if the receiver did not know what it was thought to: it is to be sent again, after {@link
         *     Told#clear}
         * @throws UncheckedIOException if the answer is damaged
         */
        public Answer open(byte[] answer, String worker) {
            try {
                Incoming in = new Incoming(Wire.DONE, answer);
                return switch (in.readByte()) {
                    case TaskReceiver.UNKNOWN -> null;
                    case TaskReceiver.DONE -> new Answer(this, in.readLong(), in.readLong(), in, worker);
                    default -> throw new StreamCorruptedException("an answer of an unknown kind");
                };
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The answer to a parcel: when the task ran, by its receiver's monotonic clock, and what came out. Read once. */
    public static final class Answer {
        private final Parcel parcel;
        private final long startNanos;
        private final long endNanos;
        private final TaskAnswer content;
        private final ClassLoader loader;

        private Answer(Parcel parcel, long startNanos, long endNanos, Incoming in, String worker) {
            this.parcel = parcel;
            this.startNanos = startNanos;
            this.endNanos = endNanos;
            this.content = new TaskAnswer(in, WorkerCode.NO_BIGS, worker);
            this.loader = parcel.loader();
        }

        public long startNanos() {
            return startNanos;
        }

        public long endNanos() {
            return endNanos;
        }

        /**
         * Reads the outcomes, one for each call, in the calling thread: this runs code of their classes.
         *
         * @throws UncheckedIOException if the answer is damaged
         */
        public List<Outcome<Object>> read() {
            try {
                return content.read(parcel.calls, new ValueReader.Hooks() {
                    @Override
                    public ClassLoader loader() {
                        return loader;
                    }

                    @Override
                    public DeserialisationFilter filter(long messageBytes) {
                        return new DeserialisationFilter(messageBytes);
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Describes the failure of a task of one call, without making an object of it; empty if it succeeded. */
        public String failureText() {
            try {
                return content.failureText();
            } catch (IOException e) {
                return e.toString();
            }
        }
    }
}
