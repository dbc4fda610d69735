package parlab.results;

import java.util.concurrent.CompletableFuture;
import tech.tablesaw.api.Table;

/**
 * Initialises Tablesaw where no interrupt reaches it. Its first table scans the class path, and an interrupt breaks the
 * scan off: the class would then stay unusable until the kernel restarts, though all that a reader did was to stop a cell.
 */
final class Tablesaw {
    private Tablesaw() {}

    /** Returns when tables can be made; after the first time at once. The caller's interrupt status stays as it is. */
    static void initialize() {
        Once.DONE.join(); // does not end at an interrupt
    }

    /** Its own initialisation is the lock that lets one thread start and others wait, and none of it can fail half-way. */
    private static final class Once {
        static final CompletableFuture<Void> DONE = new CompletableFuture<>();

        static {
            Thread.ofPlatform().daemon().name("parlab-tablesaw").start(() -> {
                try {
                    Table.create("");
                    DONE.complete(null);
                } catch (Throwable e) {
                    DONE.completeExceptionally(e);
                }
            });
        }
    }
}
