package parlab.processes;

import java.lang.invoke.MethodHandles;

/**
 * Gives a lookup of the module that it is loaded in. {@link WorkerLoader} defines it once more, among the notebook's
 * classes: lambdas can only be made with a lookup of their own module.
 */
final class NotebookLookup {
    private NotebookLookup() {}

    /** A lookup with all of this class's rights. */
    static MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}
