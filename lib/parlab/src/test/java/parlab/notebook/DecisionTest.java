package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import parlab.results.BySide;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/** Rounds that go on until a claim is decided. */
final class DecisionTest {
    private static final long PLENTY = Long.MAX_VALUE / 2;

    private final SplittableRandom random = new SplittableRandom(11);

    private static BySide figure(Table rows) {
        return Results.medians(rows, "seconds", "way", "a");
    }

    /** Six rounds of a way whose median is that. */
    private Callable<Table> around(String side, double median) {
        return () -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int round = 1; round <= 6; round++) {
                double seconds = median - 0.5 + random.nextDouble();
                rows.add(Results.row("side", side, "way", "a", "round", round, "seconds", seconds));
            }
            return Tables.of("", rows);
        };
    }

    /** Six rounds whose figure lies on both sides of 1, however often they are taken. */
    private static Callable<Table> torn(String side) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int round = 1; round <= 6; round++) {
            double seconds = round % 2 == 0 ? 2.0 : 0.5;
            rows.add(Results.row("side", side, "way", "a", "round", round, "seconds", seconds));
        }
        return () -> Tables.of("", rows);
    }

    private static Callable<Table> nothing() {
        return () -> Tables.of("", List.of(Map.of()));
    }

    private static Table take(double threshold, Callable<Table> jvm, Callable<Table> cpython, long nanos)
            throws Exception {
        Decision decision = new Decision(Rule.above(threshold), DecisionTest::figure, jvm, cpython);
        return decision.reach(decision.first(), nanos);
    }

    private static Table of(Table all, String side) {
        return all.where(all.stringColumn("side").isEqualTo(side));
    }

    @Test
    void aClearFigureNeedsNoMoreRounds() throws Exception {
        assertEquals(
                12,
                take(1, around(BySide.JVM, 3), around(BySide.CPYTHON, 3), PLENTY)
                        .rowCount());
    }

    @Test
    void roundsAreNumberedOnAndEndAtTwentyFourWhereTheFigureIsOpen() throws Exception {
        for (boolean onJvm : new boolean[] {true, false}) {
            Callable<Table> jvm = onJvm ? torn(BySide.JVM) : around(BySide.JVM, 3);
            Callable<Table> cpython = onJvm ? around(BySide.CPYTHON, 3) : torn(BySide.CPYTHON);
            Table all = take(1, jvm, cpython, PLENTY);
            Table open = of(all, onJvm ? BySide.JVM : BySide.CPYTHON);
            assertEquals(24, open.rowCount());
            assertEquals(24, open.nCol("round").countUnique());
            assertEquals(24, open.nCol("round").max());
            assertEquals(6, of(all, onJvm ? BySide.CPYTHON : BySide.JVM).rowCount());
        }
    }

    @Test
    void aSideThatWasLeftOutIsNotWaitedFor() throws Exception {
        assertEquals(24, take(1, torn(BySide.JVM), nothing(), PLENTY).rowCount());
    }

    @Test
    void withoutTimeTheFirstRoundsAreAll() throws Exception {
        assertEquals(12, take(1, torn(BySide.JVM), torn(BySide.CPYTHON), 0).rowCount());
    }

    /** Where the truth lies on the threshold, no verdict is right: one in ten runs may give one, however often it looks. */
    @Test
    void lookingAgainDoesNotRaiseTheErrorRate() throws Exception {
        int runs = 3_000;
        int decided = 0;
        int longer = 0;
        for (int run = 0; run < runs; run++) {
            Table all = take(1, around(BySide.JVM, 1), nothing(), PLENTY);
            longer += all.rowCount() > 6 ? 1 : 0;
            decided += Rule.above(1).judge(figure(all).jvm()) != Rule.Answer.UNDECIDED ? 1 : 0;
        }
        assertTrue(longer > 0.9 * runs, "most runs must have looked again: " + longer);
        assertTrue(decided < 0.115 * runs && decided > 0.03 * runs, decided + " of " + runs);
    }
}
