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
final class RoundsTest {
    private static final long PLENTY = Long.MAX_VALUE / 2;

    private final SplittableRandom random = new SplittableRandom(11);
    private int portions;

    private static BySide figure(Table rows) {
        return Results.medians(rows, "seconds", "way", "a");
    }

    /** Six rounds of a way whose median is that. */
    private Callable<Table> around(double median) {
        return () -> {
            portions++;
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int round = 1; round <= 6; round++) {
                rows.add(Results.row("way", "a", "round", round, "seconds", median - 0.5 + random.nextDouble()));
            }
            return Tables.of("", rows);
        };
    }

    private Table take(double median, double threshold, long nanos) throws Exception {
        Callable<Table> rounds = around(median);
        portions = 0;
        return Lesson.untilDecided(Rule.above(threshold), rounds.call(), rounds, RoundsTest::figure, nanos);
    }

    @Test
    void aClearFigureNeedsNoMoreRounds() throws Exception {
        assertEquals(6, take(3, 1, PLENTY).rowCount());
        assertEquals(1, portions);
    }

    @Test
    void roundsAreNumberedOnAndEndAtTwentyFour() throws Exception {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int round = 1; round <= 6; round++) {
            rows.add(Results.row("way", "a", "round", round, "seconds", round % 2 == 0 ? 2.0 : 0.5));
        }
        Callable<Table> torn = () -> Tables.of("", rows);
        Table all = Lesson.untilDecided(Rule.above(1), torn.call(), torn, RoundsTest::figure, PLENTY);
        assertEquals(24, all.rowCount());
        assertEquals(24, all.nCol("round").countUnique());
        assertEquals(24, all.nCol("round").max());
    }

    @Test
    void withoutTimeTheFirstRoundsAreAll() throws Exception {
        assertEquals(6, take(1, 1, 0).rowCount());
    }

    /** Where the truth lies on the threshold, no verdict is right: one in ten runs may give one, however often it looks. */
    @Test
    void lookingAgainDoesNotRaiseTheErrorRate() throws Exception {
        int runs = 3_000;
        int decided = 0;
        int longer = 0;
        for (int run = 0; run < runs; run++) {
            Table all = take(1, 1, PLENTY);
            longer += all.rowCount() > 6 ? 1 : 0;
            decided += Rule.above(1).judge(figure(all).jvm()) != Rule.Answer.UNDECIDED ? 1 : 0;
        }
        assertTrue(longer > 0.9 * runs, "most runs must have looked again: " + longer);
        assertTrue(decided < 0.115 * runs && decided > 0.03 * runs, decided + " of " + runs);
    }
}
