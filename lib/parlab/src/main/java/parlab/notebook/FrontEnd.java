package parlab.notebook;

import java.util.Optional;

/** Where output goes: a Jupyter kernel or a console. Implementations are thread-safe as far as their kernel is. */
interface FrontEnd {
    /** What to say where a kernel runs, but none of its cells. */
    String NO_CELL = "nowhere to show this: the kernel runs, but no cell does. Threads that show something must end"
            + " before their cell does: join them, or wait for their futures, in the cell that started them";

    /**
     * Returns the front end that is live now: JJava, else IJava, else the console. A kernel's renderers know our types by
     * then. Nothing is remembered, as a kernel may start after a first, fruitless look.
     */
    static FrontEnd current() {
        // The adapters refer to a kernel's classes, so neither is touched before those are known to be there.
        Optional<FrontEnd> kernel = isPresent(JJavaFrontEnd.KERNEL_CLASS) ? JJavaFrontEnd.find() : Optional.empty();
        if (kernel.isEmpty() && isPresent(IJavaFrontEnd.KERNEL_CLASS)) {
            kernel = IJavaFrontEnd.find();
        }
        return kernel.orElseGet(ConsoleFrontEnd::ofThisJvm);
    }

    private static boolean isPresent(String className) {
        try {
            Class.forName(className, false, FrontEnd.class.getClassLoader());
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

    /** Returns a name and, where known, a version, such as {@code JJava 1.0-a8}. */
    String name();

    /** Shows a value, which is not null: ours by {@link Rendering}, any other in the front end's own way. */
    void show(Object value);

    /** Shows something that has been rendered already. */
    void show(Bundle bundle);

    /** Returns a new place for a line that is replaced again and again, shown at its first content. */
    Ticker ticker();

    /** Returns a new place for content of several lines, or a picture, that is replaced again and again. */
    default Ticker board() {
        return ticker();
    }

    /** A place on the screen whose content is replaced; used by one thread at a time. */
    @FunctionalInterface
    interface Ticker {
        /** Replaces the content; {@code last} tells that it stays. */
        void draw(Bundle bundle, boolean last);
    }
}
