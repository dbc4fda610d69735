package parlab.processes;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What there is one of in a process. Thread-safe. */
public final class Singletons {
    // A process is global by nature: this is the one place where that shows.
    private static final Singletons THIS_PROCESS = new Singletons();

    private static final class Slot {
        private Object value;
        private boolean loaded;
    }

    private final ConcurrentMap<String, Slot> slots = new ConcurrentHashMap<>();
    private volatile String workerName = "";

    private Singletons() {}

    /**
     * Those of the process that asks.
     *
     * @return always the same
     */
    public static Singletons ofThisProcess() {
        return THIS_PROCESS;
    }

    /**
     * The singleton of this name, loaded if need be.
     *
     * @param name its name
     * @param loader makes it
     * @param <T> its type
     * @return the singleton
     */
    @SuppressWarnings("unchecked")
    public <T> T get(String name, Callable<? extends T> loader) {
        Objects.requireNonNull(loader, "loader");
        Slot slot = slots.computeIfAbsent(Objects.requireNonNull(name, "name"), n -> new Slot());
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
     * Forgets a singleton.
     *
     * @param name its name
     * @return whether it was there
     */
    public boolean forget(String name) {
        return slots.remove(name) != null;
    }

    /**
     * This process's name as a worker.
     *
     * @return {@code main} if it is none
     */
    public String workerName() {
        return workerName.isEmpty() ? "main" : workerName;
    }

    /**
     * Whether this process is a pool's worker.
     *
     * @return true once {@link #becomeWorker} was called
     */
    public boolean isWorker() {
        return !workerName.isEmpty();
    }

    void becomeWorker(String name) {
        workerName = name;
    }
}
