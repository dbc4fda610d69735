package parlab.processes;

import java.io.IOException;
import java.io.Serializable;

/**
 * What travels in place of shared memory: where to find it. Each process opens it once.
 *
 * <p>Immutable.
 */
public abstract class SharedHandle implements Serializable {
    private static final long serialVersionUID = 1;

    private final long id;

    /**
     * A handle.
     *
     * @param id the memory's number, the same in every process
     */
    protected SharedHandle(long id) {
        this.id = id;
    }

    /**
     * Which memory it is.
     *
     * @return its number
     */
    public final long id() {
        return id;
    }

    /**
     * Maps the memory into this process.
     *
     * @return an object for it
     * @throws IOException if its owner has freed it
     */
    public abstract AutoCloseable open() throws IOException;

    /**
     * The object that this handle was made of.
     *
     * @return the object; null in another process
     */
    public abstract AutoCloseable original();

    /**
     * Runs something when the original is closed; does nothing in another process.
     *
     * @param action what to run, in the thread that closes it
     */
    public abstract void whenClosed(Runnable action);

    /**
     * Whether an object made by {@link #open} can still be used.
     *
     * @param opened the object
     * @return false once it was closed
     */
    public abstract boolean isOpen(AutoCloseable opened);
}
