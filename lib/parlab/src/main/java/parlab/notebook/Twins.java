package parlab.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import parlab.results.BySide;
import parlab.twin.Interpreter;
import parlab.twin.Twin;
import parlab.twin.TwinException;
import parlab.twin.TwinResult;
import tech.tablesaw.api.Table;

/**
 * The interpreters that a lesson's twins run on, each a side of its tables, and what had to be left out there. For the
 * thread that evaluates the cells.
 */
final class Twins {
    /** For one that hangs: what takes seconds takes minutes on a machine that is busy with other work. */
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private final List<Interpreter> interpreters;
    private final String problem;
    private final Map<String, String> leftOut = new LinkedHashMap<>();

    private Twins(List<Interpreter> interpreters, String problem) {
        this.interpreters = List.copyOf(interpreters);
        this.problem = problem;
    }

    /** Asks the interpreters of this machine; one that does not work costs its own side alone, and the reason is said. */
    static Twins find() throws InterruptedException {
        List<Interpreter> found = new ArrayList<>();
        try {
            Interpreter own = Twin.interpreter();
            found.add(own);
            Twin.withoutLock(own).ifPresent(found::add);
            own.subinterpreters().ifPresent(found::add);
            return of(found);
        } catch (TwinException e) {
            return new Twins(found, e.getMessage().lines().findFirst().orElse(""));
        }
    }

    static Twins of(List<Interpreter> interpreters) {
        return new Twins(interpreters, "");
    }

    List<Interpreter> interpreters() {
        return interpreters;
    }

    /** Says what there is, and how to get what is not. */
    Finding description() {
        return Notebook.finding("")
                .when(interpreters.isEmpty(), "CPython's side: none (%s).", problem)
                .otherwise("CPython's side: %s.", all())
                .also("")
                .when(!interpreters.isEmpty() && !problem.isEmpty(), "Without another side: %s.", problem)
                .when(interpreters.stream().anyMatch(Interpreter::isLockFree) || interpreters.isEmpty(), "")
                .otherwise(
                        "No CPython without its global lock was found; `make free-threaded` fetches one, for a side of"
                                + " its own.");
    }

    private String all() {
        return interpreters.stream().map(Interpreter::toString).collect(Collectors.joining("; "));
    }

    /**
     * Runs a script on every side, one after the other. On the first it must not fail; what another leaves out, or what
     * fails there, is said once.
     */
    TwinResult run(String script, Object... words) throws InterruptedException {
        return run(interpreters, script, words);
    }

    /** The same on CPython's own side alone. */
    TwinResult runOwn(String script, Object... words) throws InterruptedException {
        return run(interpreters.stream().limit(1).toList(), script, words);
    }

    private TwinResult run(List<Interpreter> sides, String script, Object... words) throws InterruptedException {
        Twin twin = Twin.script(script).args(words).timeout(TIMEOUT);
        if (sides.isEmpty()) {
            return twin.run();
        }
        TwinResult all = twin.on(sides.getFirst()).run();
        for (Interpreter other : sides.subList(1, sides.size())) {
            try {
                all = all.and(twin.on(other).run());
            } catch (TwinException e) {
                leaveOut(other.side(), e.getMessage().lines().findFirst().orElse(""));
            }
        }
        if (all.has("missing")) {
            Table missing = all.table("missing");
            for (int i = 0; i < missing.rowCount(); i++) {
                leaveOut(
                        missing.stringColumn("side").get(i),
                        missing.stringColumn("why").get(i));
            }
        }
        return all;
    }

    private void leaveOut(String side, String why) {
        if (!why.equals(leftOut.put(side, why))) {
            Notebook.markdown("> **Left out on " + side + ":** " + why);
        }
    }

    /** Returns why something was left out last on CPython's own side, empty if nothing was. */
    Optional<String> leftOut() {
        return Optional.ofNullable(leftOut.get(BySide.CPYTHON));
    }
}
