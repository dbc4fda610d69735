package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/** Charts from a table and the names of its columns. */
final class TableChartsTest {
    private static Table rows() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int round = 1; round <= 6; round++) {
            for (int threads : List.of(8, 1)) {
                double work = threads * 10.0 + round;
                rows.add(Results.row("side", "JVM", "way", "lock", "threads", threads, "round", round, "work/s", work));
            }
            rows.add(Results.row("side", "CPython", "way", "lock", "threads", 1, "round", round, "work/s", 5.0));
        }
        return Tables.of("", rows);
    }

    @Test
    void barsTakeMedianAndIntervalOverTheRounds() {
        BarChart chart = Charts.bars("Work", rows(), "threads", "work/s", "side");
        assertEquals(
                "Bar chart: Work. y-axis: work/s. JVM: 8 83.5 (81 to 86), 1 13.5 (11 to 16). CPython: 1 5.",
                chart.alt());
        assertTrue(chart.horizontal(40, "a line").alt().endsWith("Marked: a line at 40."));
        assertTrue(chart.labels("work (1/s)").alt().contains("y-axis: work (1/s)"));
    }

    @Test
    void linesRiseAndSeriesMayBeJoinedFromColumns() {
        LineChart chart = Charts.lines("Work", rows(), "threads", "work/s", "side", "way");
        assertEquals(
                "Line chart: Work. x-axis: threads, y-axis: work/s. JVM, lock: 13.5 (11 to 16) at 1, 83.5 (81 to 86) at"
                        + " 8. CPython, lock: 5 at 1.",
                chart.alt());
    }

    @Test
    void aMapsCellsAndAStacksPartsAreMedians() {
        HeatMap map = Charts.heatMap("Work", rows(), "threads", "side", "work/s");
        assertTrue(map.alt().contains("83.5"), map.alt());
        Figure stack = Charts.stackedBars("Work", rows(), "side", "work/s", "threads");
        assertTrue(stack.alt().contains("JVM: 97 of 8 83.5, 1 13.5"), stack.alt());
    }

    @Test
    void anIntervalThatReachesDownToZeroDoesNotStopALogarithmicChart() {
        List<Map<String, Object>> rates = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            rates.add(Results.row("way", "a", "threads", 1, "work/s", 20.0 * round));
        }
        Table table = Tables.of("", rates);
        assertTrue(Charts.bars("t", table, "way", "work/s").logY().alt().contains("a 50 (5 to 100)"));
        assertTrue(Charts.lines("t", table, "threads", "work/s").logY().alt().contains("50 (5 to 100) at 1"));
        Table nothing = Tables.of("", List.of(Results.row("way", "a", "work/s", 0.0)));
        assertWrong(
                "above 0 only", () -> Charts.bars("t", nothing, "way", "work/s").logY());
    }

    @Test
    void aTimelineNeedsFourColumns() {
        Table spans = Tables.of(
                "",
                List.of(
                        Results.row("worker", "w-1", "task", "t", "start (s)", 0.0, "end (s)", 0.5),
                        Results.row(
                                "worker",
                                "w-1",
                                "task",
                                "t",
                                "start (s)",
                                0.1,
                                "end (s)",
                                0.2,
                                "waits for",
                                "a lock")));
        String alt = Charts.timeline("Who", spans).alt();
        assertTrue(alt.contains("Waited for a lock") && alt.contains("1 worker over 500 ms"), alt);
        assertWrong("\"end (s)\"", () -> Charts.timeline("Who", spans.removeColumns("end (s)")));
    }

    private static Map<String, Object> branch(String question, String answer, String leadsTo, String figure) {
        return Results.row("question", question, "answer", answer, "leads to", leadsTo, "figure", figure);
    }

    @Test
    void aTreeHasOneRootAndOneWayToEachBox() {
        List<Map<String, Object>> branches = List.of(
                branch("Wait?", "yes", "threads", "E3: 5 x"),
                branch("Wait?", "no", "One core?", ""),
                branch("One core?", "yes", "serial", ""),
                branch("One core?", "no", "more", ""));
        Figure tree = Charts.tree("Which?", Tables.of("", branches));
        assertEquals(
                "Decision tree: Which?. Wait? yes: threads (E3: 5 x); no: One core?. One core? yes: serial; no: more.",
                tree.alt());
        Figure shorter = Charts.tree("Which?", Tables.of("", branches.subList(0, 2)));
        assertEquals(
                tree.height() - shorter.height(),
                shorter.height()
                        - Charts.tree("Which?", Tables.of("", branches.subList(0, 1)))
                                .height());
        assertWrong(
                "two branches lead to \"threads\"",
                () -> Charts.tree(
                        "t", Tables.of("", List.of(branches.get(0), branch("Wait?", "maybe", "threads", "")))));
        assertWrong(
                "[]",
                () -> Charts.tree("t", Tables.of("", List.of(branch("a", "", "b", ""), branch("b", "", "a", "")))));
    }

    @Test
    void wrongColumnsAreNamedWithThoseThereAre() {
        assertWrong("[side, way, threads, round, work/s]", () -> Charts.bars("t", rows(), "ways", "work/s"));
        assertWrong("no numbers", () -> Charts.bars("t", rows(), "threads", "side"));
        assertWrong("needs numbers", () -> Charts.lines("t", rows(), "side", "work/s"));
        assertWrong("no row", () -> Charts.bars("t", rows().emptyCopy(), "way", "work/s"));
    }

    private static void assertWrong(String part, Runnable wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
