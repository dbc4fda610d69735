package parlab.notebook;

/** There is nowhere to show anything: no cell is running, and no console is there to print on. */
public final class NoFrontEndException extends IllegalStateException {

    /**
     * Made by {@link Notebook}.
     *
     * @param message what was looked for, and the remedy
     */
    public NoFrontEndException(String message) {
        super(message);
    }
}
