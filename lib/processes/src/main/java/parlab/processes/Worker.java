package parlab.processes;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The process that runs a task, as the task sees it. Thread-safe.
 *
 * <p>Works outside a pool's workers as well, so that one task runs on every kind of pool: there the process is
 * the one that the caller lives in.
 */
public final class Worker {
    // A process is global by nature: this is the one place where that shows.
    private static final ConcurrentMap<String, Slot> SLOTS = new ConcurrentHashMap<>();
    private static final String[] NAME = new String[1];

    private static final class Slot {
        private Object value;
        private boolean loaded;
    }

    private Worker() {}

    /**
     * Returns something that each worker has one of, such as a model: loaded by the first task that asks for it, and
     * kept as long as the worker lives. Other threads that ask meanwhile wait. The name alone decides which it is:
     * load something else under another name.
     *
     * @param name what it is called
     * @param loader makes it; if it throws, the next caller tries again
     * @param <T> its type
     * @return the one of this process
     * @throws RuntimeException what the loader throws; a checked exception comes as the cause of an {@link
     *     IllegalStateException}
     */
    @SuppressWarnings("unchecked")
    public static <T> T get(String name, Callable<? extends T> loader) {
        Objects.requireNonNull(loader, "loader");
        Slot slot = SLOTS.computeIfAbsent(Objects.requireNonNull(name, "name"), n -> new Slot());
        synchronized (slot) {
            if (!slot.loaded) {
                try {
                    slot.value = loader.call();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException("loading '" + name + "' failed: " + e.getMessage(), e);
                }
                slot.loaded = true;
            }
            return (T) slot.value;
        }
    }

    /**
     * Returns the name of this worker.
     *
     * @return such as {@code worker-1}; outside a pool's workers {@code main}
     */
    public static String name() {
        synchronized (NAME) {
            return NAME[0] == null ? "main" : NAME[0];
        }
    }

    /**
     * Returns whether this process is a worker of a pool.
     *
     * @return true in a task that a {@link ProcessPool} runs
     */
    public static boolean isWorker() {
        synchronized (NAME) {
            return NAME[0] != null;
        }
    }

    /** Makes this process a worker. */
    static void become(String name) {
        synchronized (NAME) {
            NAME[0] = name;
        }
    }
}
