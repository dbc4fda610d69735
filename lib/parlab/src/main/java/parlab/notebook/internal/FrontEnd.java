package parlab.notebook.internal;

/** Where output goes: a Jupyter kernel or a console. Implementations are thread-safe as far as their kernel is. */
public interface FrontEnd {

    /** What to say where a kernel runs, but none of its cells. */
    String NO_CELL = "nowhere to show this: the kernel runs, but no cell does. Threads that show something must end"
            + " before their cell does: join them, or wait for their futures, in the cell that started them";

    /**
     * What it is.
     *
     * @return a name and, where known, a version, such as {@code JJava 1.0-a8}
     */
    String name();

    /**
     * Whether it has nothing but text to show.
     *
     * @return false for a Jupyter kernel
     */
    default boolean isConsole() {
        return false;
    }

    /**
     * Shows a value: ours by {@link Rendering}, any other in the front end's own way.
     *
     * @param value not null
     */
    void show(Object value);

    /**
     * Shows something that was rendered already.
     *
     * @param bundle the renderings of one thing
     */
    void show(Bundle bundle);

    /**
     * A place whose content can be replaced.
     *
     * @return a new place, shown at its first content
     */
    Ticker ticker();

    /**
     * A place for content of several lines that can be replaced.
     *
     * @return a new place, shown at its first content
     */
    default Ticker board() {
        return ticker();
    }

    /** A place on the screen whose content is replaced; used by one thread at a time. */
    @FunctionalInterface
    interface Ticker {
        /**
         * Replaces the content.
         *
         * @param bundle the new content
         * @param last whether this is the final one
         */
        void draw(Bundle bundle, boolean last);
    }
}
