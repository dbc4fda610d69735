package parlab.processes;

import java.util.concurrent.Callable;

/**
 * The process that runs a task, as the task sees it. Thread-safe.
 *
 * <p>Works outside a pool's workers as well, so that one task runs on every kind of pool: there the process is
 * the one that the caller lives in.
 */
public final class Worker {
    private Worker() {}

    /**
     * Something that each worker has one of, such as a model: loaded by the first task that asks for it, and kept
     * as long as the worker lives. Other threads that ask meanwhile wait. The name alone decides which it is: load
     * something else under another name.
     *
     * @param name what it is called
     * @param loader makes it; if it throws, the next caller tries again
     * @param <T> its type
     * @return the one of this process
     * @throws RuntimeException what the loader throws; a checked exception comes as the cause of an {@link
     *     IllegalStateException}
     */
    public static <T> T get(String name, Callable<? extends T> loader) {
        return Singletons.ofThisProcess().get(name, loader);
    }

    /**
     * Forgets what {@link #get} has loaded under a name in this process.
     *
     * @param name what it is called
     * @return whether there was something to forget
     */
    public static boolean forget(String name) {
        return Singletons.ofThisProcess().forget(name);
    }

    /**
     * The name of this worker.
     *
     * @return such as {@code worker-1}; outside a pool's workers {@code main}
     */
    public static String name() {
        return Singletons.ofThisProcess().workerName();
    }

    /**
     * Whether this process is a worker of a pool.
     *
     * @return true in a task that a {@link ProcessPool} runs
     */
    public static boolean isWorker() {
        return Singletons.ofThisProcess().isWorker();
    }
}
