package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import parlab.timing.Estimate;
import parlab.timing.Timeline;
import tech.tablesaw.api.Table;

final class ResultsTest {
    /** Two sides, two ways, six rounds: threads take half of the serial time on the JVM, and as long on CPython. */
    private static Table times() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int round = 1; round <= 6; round++) {
            for (String side : List.of("JVM", "CPython")) {
                double serial = round;
                double threads = side.equals("JVM") ? round / 2.0 : round;
                rows.add(Results.row("side", side, "way", "serial", "round", round, "seconds", serial, "cores", 1));
                rows.add(Results.row("side", side, "way", "threads", "round", round, "seconds", threads, "cores", 2));
            }
        }
        return Results.table(rows);
    }

    private static String messageOf(Runnable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
    }

    @Test
    void ratiosArePairedWithinTheRoundsOfEachSide() {
        BySide ratio = Results.ratio(times(), "seconds", "way", "threads", "serial");
        assertEquals(List.of("JVM", "CPython"), List.copyOf(ratio.figures().keySet()));
        Estimate jvm = ratio.jvm();
        assertEquals(List.of(0.5, 0.5, 0.5), List.of(jvm.low(), jvm.value(), jvm.high()));
        assertEquals(6, jvm.samples());
        assertEquals("x", jvm.unit());
        assertEquals(1, ratio.cpython().value());
    }

    @Test
    void aSideThatLacksAWayIsLeftOut() {
        Table part = times().dropWhere(t -> t.stringColumn("side")
                .isEqualTo("CPython")
                .and(t.stringColumn("way").isEqualTo("serial")));
        BySide ratio = Results.ratio(part, "seconds", "way", "threads", "serial");
        assertEquals(List.of("JVM"), List.copyOf(ratio.figures().keySet()));
        assertTrue(ratio.find("CPython").isEmpty());
        String message = messageOf(ratio::cpython);
        assertTrue(message.contains("CPython") && message.contains("[JVM]"), message);
        assertTrue(ratio.isBelow("JVM", 0.6) && !ratio.isBelow("JVM", 0.5) && ratio.isAbove("JVM", 0.4));
        assertFalse(ratio.isBelow("CPython", 9) || ratio.isAbove("CPython", 0), "not measured is neither");
    }

    @Test
    void theBestOfSomeWaysIsChosenOnEachSide() {
        Table best = Results.withBest(times(), "seconds", "way", "better", "threads", "serial");
        assertEquals(36, best.rowCount());
        assertEquals(
                1,
                Results.ratio(best, "seconds", "way", "better", "threads").jvm().value());
        assertEquals(
                0.5,
                Results.ratio(best, "seconds", "way", "better", "serial").jvm().value());
        Table scattered = Results.table(List.of(
                Results.row("side", "JVM", "way", "a", "round", 1, "seconds", 2),
                Results.row("side", "JVM", "way", "a", "round", 2, "seconds", 8),
                Results.row("side", "JVM", "way", "b", "round", 1, "seconds", 7),
                Results.row("side", "JVM", "way", "b", "round", 2, "seconds", 1)));
        Table chosen = Results.withBest(scattered, "seconds", "way", "better", "a", "b");
        assertEquals(
                4,
                Results.medians(chosen, "seconds", "way", "better").jvm().value(),
                "one way's two rounds, not the smaller of each");
        assertTrue(messageOf(() -> Results.withBest(times(), "seconds", "way", "better", "forks"))
                .contains("[serial, threads]"));
    }

    @Test
    void severalRowsOfARoundAreNoPair() {
        Table twice = Results.append(times(), times());
        String message = messageOf(() -> Results.ratio(twice, "seconds", "way", "threads", "serial"));
        assertTrue(message.contains("round 1") && message.contains("\"way\""), message);
    }

    @Test
    void wrongNamesAreAnsweredWithTheRightOnes() {
        String column = messageOf(() -> Results.median(times(), "second"));
        assertTrue(column.contains("\"second\"") && column.contains("[side, way, round, seconds, cores]"), column);
        String way = messageOf(() -> Results.ratio(times(), "seconds", "way", "thread", "serial"));
        assertTrue(way.contains("\"thread\"") && way.contains("[serial, threads]"), way);
        assertTrue(messageOf(() -> Results.median(times(), "way")).contains("no numbers"));
    }

    @Test
    void speedUpsKeepTheRoundsForCharts() {
        Table gains = Results.speedup(times(), "way", "serial");
        assertEquals(24, gains.rowCount());
        List<Group> groups = Results.groups(gains, "speed-up", "side", "way");
        assertEquals(List.of("JVM", "serial"), groups.get(0).keys());
        assertEquals(List.of("JVM", "threads"), groups.get(1).keys());
        assertEquals(2, groups.get(1).figure().value());
        assertEquals(1, groups.get(3).figure().value());
        assertFalse(times().columnNames().contains("speed-up"));
    }

    @Test
    void aBaselineMayBeOneForEachOfOtherColumns() {
        Table both = Results.append(
                Results.with(times(), "size", row -> 1),
                Results.with(Results.with(times(), "size", row -> 2), "seconds", row -> 10 * row.number("seconds")));
        String message = messageOf(() -> Results.relative(both, "seconds", "share", "way", "serial"));
        assertTrue(message.contains("agree in"), message);
        Table shares = Results.relative(both, "seconds", "share", "way", "serial", "size");
        assertEquals(48, shares.rowCount());
        assertEquals(
                List.of(0.5, 1.0),
                shares.doubleColumn("share").unique().asList().stream().sorted().toList());
    }

    @Test
    void appendedTablesHaveAllColumns() {
        Table left = Results.table(List.of(Results.row("way", "a", "seconds", 1)));
        Table right = Results.table(List.of(Results.row("side", "CPython", "way", "b", "bytes", 5)));
        Table both = Results.append(left, right);
        assertEquals(List.of("way", "seconds", "side", "bytes"), both.columnNames());
        assertEquals(List.of("JVM", "CPython"), both.stringColumn("side").asList());
        assertTrue(both.column("seconds").isMissing(1));
        assertTrue(both.column("bytes").isMissing(0));
        assertEquals(1, left.rowCount());
        assertTrue(messageOf(() -> Results.append(left, "text")).contains("java.lang.String"));
    }

    @Test
    void columnsTellTheirUnits() {
        assertEquals("s", Results.unitOf("seconds"));
        assertEquals("ms", Results.unitOf("longest pause (ms)"));
        assertEquals("GF/s", Results.unitOf("GF/s"));
        assertEquals("x", Results.unitOf("speed-up"));
        assertEquals("", Results.unitOf("threads"));
        assertEquals("", Results.unitOf("guess / measured"));
    }

    @Test
    void mediansAreTakenOfTheRowsOfAKey() {
        BySide cores = Results.medians(times(), "cores", "way", "threads");
        assertEquals("JVM 2.00 cores, CPython 2.00 cores", cores.toString());
        assertEquals(200, cores.times(100, "%").jvm().value());
        assertEquals(2, cores.table().rowCount());
    }

    @Test
    void aRowsNamesAndValuesComeInTurns() {
        assertTrue(messageOf(() -> Results.row("a", 1, "b")).contains("partner"));
        assertTrue(messageOf(() -> Results.row("a", 1, "a", 2)).contains("twice"));
    }

    @Test
    void spansOfATimelineAreRows() {
        Timeline timeline = new Timeline();
        timeline.add(new Timeline.Span("w", "t", 0, 2_000_000_000, Timeline.Kind.WAIT, "a lock"));
        Table spans = Results.spans(timeline);
        assertEquals(2, spans.nCol("end (s)").getDouble(0));
        assertEquals("a lock", spans.stringColumn("waits for").get(0));
    }
}
