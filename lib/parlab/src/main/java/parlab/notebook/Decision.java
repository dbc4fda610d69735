package parlab.notebook;

import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import parlab.results.BySide;
import parlab.results.Results;
import tech.tablesaw.api.Table;

/**
 * Rounds that go on until a rule is decided, on the JVM and on CPython's sides apart: who is decided waits for nobody.
 *
 * @param figure what the rule is about, taken from all rounds so far
 * @param jvm gives a portion of rounds, counted from 1, with the columns {@code side} and {@code round}
 * @param cpython the same of all of CPython's sides; perhaps none
 */
record Decision(Rule rule, Function<Table, BySide> figure, Callable<Table> jvm, Callable<Table> cpython) {
    private static final int MOST_ROUNDS = 24;

    /** Takes the first portion on all sides. */
    Table first() throws Exception {
        return Results.append(jvm.call(), cpython.call());
    }

    /** Adds portions where the rule is open, until it is decided, or the rounds or the nanoseconds are spent. */
    Table reach(Table first, long nanos) throws Exception {
        long start = System.nanoTime();
        Table all = first;
        boolean added = true;
        while (added) {
            added = false;
            for (boolean onJvm : new boolean[] {true, false}) {
                Predicate<String> sides = side -> side.equals(BySide.JVM) == onJvm;
                int before = lastRound(all, sides);
                boolean room = before + lastRound(first, sides) <= MOST_ROUNDS && System.nanoTime() - start < nanos;
                if (room && isOpen(figure.apply(all), sides)) {
                    Table more = (onJvm ? jvm : cpython).call();
                    all = Results.append(all, Results.with(more, "round", row -> row.number("round") + before));
                    added = true;
                }
            }
        }
        return all;
    }

    private static int lastRound(Table table, Predicate<String> sides) {
        Table there = table.where(table.stringColumn("side").eval(sides));
        return there.rowCount() == 0 ? 0 : (int) Results.numeric(there, "round").max();
    }

    private boolean isOpen(BySide figures, Predicate<String> sides) {
        return figures.figures().entrySet().stream()
                .filter(entry -> sides.test(entry.getKey()))
                .anyMatch(entry -> entry.getValue().confidence() < Claim.MINIMUM_CONFIDENCE
                        || rule.judge(entry.getValue()) == Rule.Answer.UNDECIDED);
    }
}
