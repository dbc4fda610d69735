package parlab.twin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import parlab.results.BySide;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

final class TwinResultTest {
    private static final Map<String, Object> MISSING = Map.of("kind", "missing", "why", "no such package");

    private static TwinResult of(List<Map<String, Object>> rows) {
        return new TwinResult(rows.stream().map(TwinRow::new).toList(), "");
    }

    private static Map<String, Object> timed(String way, double seconds) {
        return Map.of("way", way, "round", 1, "seconds", seconds);
    }

    @Test
    void whatIsMissingIsNoResult() {
        TwinResult result = of(List.of(timed("threads", 2), MISSING, timed("serial", 1)));
        assertEquals(List.of(2.0, 1.0), result.table().doubleColumn("seconds").asList());
        assertTrue(result.has("missing"));
    }

    @Test
    void aTwinThatLeftAllOutAddsNoRow() {
        TwinResult nothing = of(List.of(MISSING));
        assertEquals(0, nothing.table().rowCount());
        Table jvm = Tables.of(
                "",
                List.of(
                        Results.row("side", "JVM", "way", "threads", "round", 1, "seconds", 0.5),
                        Results.row("side", "JVM", "way", "serial", "round", 1, "seconds", 1.0)));
        BySide ratio = Results.ratio(Results.append(jvm, nothing), "seconds", "way", "threads", "serial");
        assertEquals(List.of("JVM"), List.copyOf(ratio.figures().keySet()));
    }
}
