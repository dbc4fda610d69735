package parlab.notebook;

/** There is nowhere to show anything: no cell is running, and no console is there to print on. */
public final class NoFrontEndException extends IllegalStateException {
    NoFrontEndException(String message) {
        super(message);
    }
}
