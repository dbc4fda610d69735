package parlab.twin;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import parlab.results.BySide;

/**
 * A Python that twins run on, as it answered when it was asked. Immutable and thread-safe.
 *
 * @param side what its rows are called beside the JVM's: {@link BySide#CPYTHON} is the one that the environment names
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
    private static final Map<String, String> WITHOUT_LOCK = Map.of("PYTHON_GIL", "0");
    private static final int FIRST_WITH_SUBINTERPRETERS = 14;

    /** Copies the list. */
    public Interpreter {
        lacks = List.copyOf(lacks);
    }

    /** Returns whether its lock is off, by its own account. */
    public boolean isLockFree() {
        return gil.equals("off");
    }

    /**
     * Asks a Python what it is, which takes half a second. A build that can do without its lock is asked, and used,
     * without: an extension that is not made for that would switch the lock on again when it is imported. Where
     * PYTHON_GIL is set, the user has chosen.
     *
     * @throws TwinException if it does not work, or does not answer in time
     */
    static Interpreter ask(String python, String side, Duration timeout) throws InterruptedException {
        TwinRow answer = answer(python, Map.of(), timeout);
        boolean switchedOn = answer.flag("can_be_free") && !answer.text("gil").equals("off");
        if (switchedOn && System.getenv("PYTHON_GIL") == null) {
            answer = answer(python, WITHOUT_LOCK, timeout);
        }
        return new Interpreter(
                side,
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

    /**
     * Returns the side on which this interpreter's threads have an interpreter and a lock each, empty before 3.14 and
     * where there is no lock. Only a few experiments have that side.
     */
    public Optional<Interpreter> subinterpreters() {
        int minor = Integer.parseInt(version.split("\\D+", 3)[1]);
        return isLockFree() || minor < FIRST_WITH_SUBINTERPRETERS
                ? Optional.empty()
                : Optional.of(new Interpreter(BySide.SUBINTERPRETERS, version, gil, busyCores, lacks, executable));
    }

    /** What its twins have in their environment besides ours: their side, and the lock switched off where it can be. */
    Map<String, String> environment() {
        Map<String, String> variables = new HashMap<>(isLockFree() ? WITHOUT_LOCK : Map.of());
        variables.put("PARLAB_SIDE", side);
        return variables;
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
