package parlab.notebook.internal;

import java.util.Optional;

/**
 * Finds the front end of this JVM. Nothing is remembered: a kernel may start after a first, fruitless look.
 */
public final class FrontEnds {

    private FrontEnds() {}

    /**
     * The front end that is live now: JJava, else IJava, else the console.
     *
     * @return never null; a kernel's renderers know our types by then
     */
    public static FrontEnd current() {
        // The adapters refer to a kernel's classes, so none is touched before those are known to be there.
        Optional<FrontEnd> kernel = Optional.empty();
        if (isPresent(JJavaFrontEnd.KERNEL_CLASS)) {
            kernel = JJavaFrontEnd.find();
        }
        if (kernel.isEmpty() && isPresent(IJavaFrontEnd.KERNEL_CLASS)) {
            kernel = IJavaFrontEnd.find();
        }
        return kernel.orElseGet(ConsoleFrontEnd::ofThisJvm);
    }

    private static boolean isPresent(String className) {
        try {
            Class.forName(className, false, FrontEnds.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /**
     * Publishes with the thread's interrupt flag down and restores it afterwards: a channel that is written by an
     * interrupted thread is closed by the JDK, and with it the kernel's connection would be lost.
     */
    static void shielded(Runnable publish) {
        boolean interrupted = Thread.interrupted();
        try {
            publish.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
