package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import parlab.results.Tables;
import parlab.timing.Estimate;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

final class TablesTest {

    enum Colour {
        RED
    }

    record Everything(
            int count,
            long big,
            double share,
            Integer maybe,
            Integer perhaps,
            String word,
            boolean flag,
            Colour colour,
            Duration took,
            Estimate estimate,
            List<Integer> few,
            Object many) {}

    record Other(int count) {}

    private static Everything row(int count, Integer maybe, Integer perhaps, String word) {
        return new Everything(
                count,
                1L << 40,
                0.5,
                maybe,
                perhaps,
                word,
                true,
                Colour.RED,
                Duration.ofMillis(12),
                new Estimate(2, 1, 3, 0.95, 6, "x"),
                List.of(1, 2),
                new double[100]);
    }

    private static final List<Everything> ROWS = List.of(row(1, null, null, "w"), row(2, 7, 8, null));

    @Test
    void everyComponentBecomesAColumnOfItsType() {
        Table table = Tables.of("all", ROWS);
        assertEquals("all", table.name());
        assertEquals(
                List.of(
                        "count",
                        "big",
                        "share",
                        "maybe",
                        "perhaps",
                        "word",
                        "flag",
                        "colour",
                        "took",
                        "estimate",
                        "few",
                        "many"),
                table.columnNames());
        assertEquals(
                List.of(
                        ColumnType.LONG,
                        ColumnType.LONG,
                        ColumnType.DOUBLE,
                        ColumnType.LONG,
                        ColumnType.LONG,
                        ColumnType.STRING,
                        ColumnType.BOOLEAN,
                        ColumnType.STRING,
                        ColumnType.STRING,
                        ColumnType.STRING,
                        ColumnType.STRING,
                        ColumnType.STRING),
                Arrays.asList(table.typeArray()));
        assertTrue(table.column("maybe").isMissing(0));
        assertEquals(8L, table.column("perhaps").get(1));
        assertTrue(table.column("word").isMissing(1));
        assertEquals("12.0 ms", table.column("took").get(0));
        assertEquals("2.00 x [1.00, 3.00]", table.column("estimate").get(0));
        assertEquals("[1, 2]", table.column("few").get(0));
        assertEquals("100 values", table.column("many").get(0));
    }

    record Ratio(String what, double speedUp, long count, Float share) {}

    /** Tablesaw's marks of a missing number are NaN and the smallest long. */
    @Test
    void nanAndTheSmallestLongAreShownAlikeEverywhere() {
        List<Ratio> ratios = List.of(
                new Ratio("nothing ran", Double.NaN, Long.MIN_VALUE, 0.5f),
                new Ratio("too quick", Double.POSITIVE_INFINITY, Long.MAX_VALUE, Float.NaN),
                new Ratio("two threads", 1.9, 2, null));
        List<List<String>> rows = List.of(
                List.of("nothing ran", "NaN", "-9223372036854775808", "0.5"),
                List.of("too quick", "∞", "9223372036854775807", "NaN"),
                List.of("two threads", "1.9", "2", "NaN"));
        Table table = Tables.of("", ratios);
        assertEquals(rows, Grid.of(table).rows());
        assertEquals(List.of(false, true, true, true), Grid.of(table).right());
        assertTrue(table.print().contains(" NaN "), "Tablesaw's own way to show a table: " + table.print());
        Bundle asList = Rendering.of(ratios).orElseThrow();
        assertEquals(Rendering.of(table).orElseThrow(), asList);
        DoubleColumn computed = table.doubleColumn("speedUp").subtract(table.doubleColumn("speedUp"));
        assertEquals(
                List.of(List.of("NaN"), List.of("NaN"), List.of("0")),
                Grid.of(Table.create(computed)).rows());
    }

    @Test
    void noRowsAndMixedRowsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Tables.of("", List.of()));
        assertThrows(IllegalArgumentException.class, () -> Tables.of("", List.of("text")));
        List<Record> mixed = List.of(ROWS.getFirst(), new Other(1));
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> Tables.of("", mixed));
        assertTrue(error.getMessage().contains("Other"), error.getMessage());
    }

    @Test
    void mapsMayLackFields() {
        Table table = Tables.of("", List.of(Map.of("a", 1), Map.of("b", 2.5), Map.of("a", 3)));
        assertEquals(3, table.rowCount());
        assertTrue(table.column("a").isMissing(1));
        assertEquals(3L, table.column("a").get(2));
        assertEquals(2.5, table.column("b").get(1));
        assertTrue(table.column("b").isMissing(2));
        assertEquals(0, Tables.of("", List.of(Map.of())).columnCount());
    }

    @Test
    void longTablesAreCutAndSayByHowMuch() {
        Grid grid = Grid.of(
                Tables.of("", IntStream.range(0, 205).mapToObj(Other::new).toList()));
        assertEquals(100, grid.rows().size());
        assertTrue(grid.html().endsWith("</table><p>and 105 more rows</p>"));
        assertTrue(grid.text().endsWith("\n   99\nand 105 more rows"), grid.text());
    }

    @Test
    void aColumnsOwnFormatIsKept() {
        DoubleColumn share = DoubleColumn.create("share", 0.123456789);
        Table table = Table.create(share);
        assertEquals("0.123", Grid.of(table).rows().getFirst().getFirst());
        share.setPrintFormatter(NumberColumnFormatter.percent(1));
        assertEquals("12.3%", Grid.of(table).rows().getFirst().getFirst());
    }

    @Test
    void figuresWithAUnitAreAlignedAsNumbersAreAndWordsAreNot() {
        Grid grid = Grid.of(Tables.of("", ROWS));
        assertTrue(grid.right().get(grid.headers().indexOf("estimate")));
        assertTrue(grid.right().get(grid.headers().indexOf("took")));
        assertFalse(grid.right().get(grid.headers().indexOf("colour")));
    }

    @Test
    void everythingInHtmlIsEscaped() {
        String nasty = "<script>'\"&";
        Grid grid = Grid.ofWords(nasty, List.of(nasty), List.of(List.of(nasty)));
        assertFalse(grid.html().contains("<script>"));
        assertEquals(3, grid.html().split("&lt;script&gt;&#39;&quot;&amp;", -1).length - 1);
    }
}
