package parlab.twin;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Python that twins run on, as it answered when it was asked. Immutable and thread-safe.
 *
 * @param side what its rows are called beside the JVM's: {@value #LOCKED} or {@value #FREE}; another implementation goes
 *     by its own name
 * @param version such as 3.13.5
 * @param gil the global lock by its own account, with NumPy loaded where it has it: {@code on}, {@code off}, {@code on
 *     (no way to ask before 3.13)} or {@code unknown}
 * @param busyCores the global lock as measured: how many cores two threads of plain Python kept busy; about 1 with the
 *     lock, more without it if the machine has a second core to give
 * @param lacks the packages that twins import and it has not
 * @param executable the interpreter's path
 */
public record Interpreter(
        String side, String version, String gil, double busyCores, List<String> lacks, String executable) {
    /** The side of a CPython with its lock. */
    public static final String LOCKED = "CPython";

    /** The side of a CPython whose lock is off. */
    public static final String FREE = "CPython, no lock";

    private static final Map<String, String> WITHOUT_LOCK = Map.of("PYTHON_GIL", "0");

    /** Copies the list. */
    public Interpreter {
        lacks = List.copyOf(lacks);
    }

    /** Returns whether its lock is off, by its own account. */
    public boolean isLockFree() {
        return side.equals(FREE);
    }

    /**
     * Asks a Python what it is, which takes half a second. A build that can do without its lock is asked, and used,
     * without: an extension that is not made for that would switch the lock on again when it is imported. Where
     * PYTHON_GIL is set, the user has chosen.
     *
     * @throws TwinException if it does not work, or does not answer in time
     */
    static Interpreter ask(String python, Duration timeout) throws InterruptedException {
        TwinRow answer = answer(python, Map.of(), timeout);
        boolean switchedOn = answer.flag("can_be_free") && !answer.text("gil").equals("off");
        if (switchedOn && System.getenv("PYTHON_GIL") == null) {
            answer = answer(python, WITHOUT_LOCK, timeout);
        }
        String implementation = answer.text("implementation");
        boolean free = implementation.equals(LOCKED) && answer.text("gil").equals("off");
        return new Interpreter(
                free ? FREE : implementation,
                answer.text("version"),
                answer.text("gil"),
                answer.number("busy_cores"),
                Stream.of(answer.text("lacks").split(", "))
                        .filter(name -> !name.isEmpty())
                        .toList(),
                answer.text("executable"));
    }

    private static TwinRow answer(String python, Map<String, String> environment, Duration timeout)
            throws InterruptedException {
        List<String> arguments = List.of("-c", Twin.resource("interpreter.py"));
        return Twin.run(python, environment, "the interpreter's self-description", arguments, timeout)
                .only();
    }

    /** What its twins have in their environment besides ours. */
    Map<String, String> environment() {
        return isLockFree() ? WITHOUT_LOCK : Map.of();
    }

    @Override
    public String toString() {
        String missing = lacks.isEmpty() ? "" : ", lacks " + String.join(", ", lacks);
        return String.format(
                Locale.ROOT,
                "%s %s, GIL %s, two threads keep %.2f cores busy%s, %s",
                side,
                version,
                gil,
                busyCores,
                missing,
                executable);
    }
}
