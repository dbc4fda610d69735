package parlab.processes;

import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Says why something cannot be sent to a worker, which part of it is at fault, and what to do. */
final class Unsendable {
    private Unsendable() {}

    /**
     * The exception for a value that could not be written.
     *
     * @param value what was to be sent
     * @param what what it is called
     * @param cause what went wrong
     */
    static UnsendableException because(Object value, String what, Throwable cause) {
        if (cause instanceof UnsendableException already) {
            return already;
        }
        Optional<SerialPath.Culprit> culprit = culprit(value, what);
        if (culprit.isPresent() && Executor.class.isAssignableFrom(culprit.get().type())) {
            return new UnsendableException(
                    what + " cannot be sent to a worker process: "
                            + culprit.get().path() + " is a "
                            + culprit.get().type().getSimpleName()
                            + ", and a task cannot use the pools of the process that submits it. Submit to them from"
                            + " there.",
                    cause);
        }
        String why;
        if (culprit.isPresent()) {
            why = culprit.get().path() + " is a " + culprit.get().type().getName() + ", which is not Serializable";
        } else if (cause instanceof StackOverflowError) {
            why = "its objects are nested too deeply for serialisation";
        } else if (cause instanceof NotSerializableException || cause instanceof InvalidClassException) {
            why = cause.getMessage() + (cause.getMessage().contains(" ") ? "" : " is not Serializable");
        } else {
            why = cause.toString();
        }
        return new UnsendableException(
                what + " cannot be sent to a worker process: " + why
                        + ". Make its class implement java.io.Serializable (records: 'implements Serializable'), mark"
                        + " the field transient, or make the object in the worker: Worker.get(\"name\", () -> ...).",
                cause);
    }

    /** Throws the exception if this is the value of several that is at fault. */
    static void rethrowIfAtFault(Object value, String what, Throwable cause) {
        if (value != null && culprit(value, what).isPresent()) {
            throw because(value, what, cause);
        }
    }

    private static Optional<SerialPath.Culprit> culprit(Object value, String what) {
        String name = what.startsWith("the variable '") || what.startsWith("the static field '")
                ? what.substring(what.indexOf('\'') + 1, what.length() - 1)
                : "it";
        return SerialPath.find(
                value,
                name,
                object -> object instanceof MemorySegment || object instanceof Path || Lambdas.isLambda(object));
    }
}
