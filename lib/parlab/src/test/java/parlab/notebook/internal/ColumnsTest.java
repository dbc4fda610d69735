package parlab.notebook.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parlab.timing.Estimate;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

final class ColumnsTest {

    enum Colour {
        RED
    }

    record Everything(
            int count,
            long big,
            double share,
            Integer maybe,
            OptionalInt perhaps,
            Optional<String> word,
            boolean flag,
            Colour colour,
            Duration took,
            Estimate estimate,
            List<Integer> few,
            Object many) {}

    record Other(int count) {}

    private static Everything row(int count, Integer maybe, OptionalInt perhaps, Optional<String> word) {
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

    private static final List<Everything> ROWS = List.of(
            row(1, null, OptionalInt.empty(), Optional.of("w")), row(2, 7, OptionalInt.of(8), Optional.empty()));

    @Test
    void everyComponentBecomesAColumnOfItsType() {
        Table table = Columns.ofRecords("all", ROWS).toTable();
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

    @Test
    void aTableIsShownTheSameWithAndWithoutTablesaw() {
        Columns columns = Columns.ofRecords("all", ROWS);
        assertEquals(columns.toGrid(), Grid.of(columns.toTable()));
    }

    @Test
    void noRecordsAndMixedRecordsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Columns.ofRecords("", List.of()));
        List<Record> mixed = List.of(ROWS.getFirst(), new Other(1));
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> Columns.ofRecords("", mixed));
        assertTrue(error.getMessage().contains("Other"), error.getMessage());
    }

    @Test
    void mapsMayLackFields() {
        Table table = Columns.ofMaps("", List.of(Map.of("a", 1), Map.of("b", 2.5), Map.of("a", 3)))
                .toTable();
        assertEquals(3, table.rowCount());
        assertTrue(table.column("a").isMissing(1));
        assertEquals(3L, table.column("a").get(2));
        assertEquals(2.5, table.column("b").get(1));
        assertTrue(table.column("b").isMissing(2));
    }

    @Test
    void longTablesAreCutAndSayByHowMuch() {
        Grid grid = Columns.ofRecords(
                        "", IntStream.range(0, 205).mapToObj(Other::new).toList())
                .toGrid();
        assertEquals(100, grid.rows().size());
        assertTrue(grid.html().endsWith("</table><p>and 105 more rows</p>"));
        assertTrue(grid.text().endsWith("\n   99\nand 105 more rows"), grid.text());
    }

    @Test
    void aColumnsOwnFormatIsKept() {
        DoubleColumn share = DoubleColumn.create("share", 0.123456789);
        Table table = Table.create(share);
        assertEquals("0.12346", Grid.of(table).rows().getFirst().getFirst());
        share.setPrintFormatter(NumberColumnFormatter.percent(1));
        assertEquals("12.3%", Grid.of(table).rows().getFirst().getFirst());
    }

    @Test
    void figuresWithAUnitAreAlignedAsNumbersAreAndWordsAreNot() {
        Grid grid = Columns.ofRecords("", ROWS).toGrid();
        assertTrue(grid.right().get(grid.headers().indexOf("estimate")));
        assertTrue(grid.right().get(grid.headers().indexOf("took")));
        assertFalse(grid.right().get(grid.headers().indexOf("colour")));
    }

    @Test
    void everythingInHtmlIsEscaped() {
        String nasty = "<script>'\"&";
        Grid grid = new Grid(nasty, List.of(nasty), List.of(false), List.of(List.of(nasty)), 0);
        assertFalse(grid.html().contains("<script>"));
        assertEquals(3, grid.html().split("&lt;script&gt;&#39;&quot;&amp;", -1).length - 1);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "0.1234567, 0.12346",
        "-2.50, -2.5",
        "1234567, 1234567",
        "12345.678, 12346",
        "1e-7, 1.0000e-07",
        "3e12, 3.0000e+12",
        "0.0001, 0.0001",
        "100, 100"
    })
    void numbersAreCutToFiveDigits(double value, String text) {
        assertEquals(text, Grid.number(value));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 ns",
        "999, 999 ns",
        "1000, 1.00 µs",
        "12345, 12.3 µs",
        "999499, 999 µs",
        "999500, 1.00 ms",
        "1500000000, 1.50 s",
        "59900000000, 59.9 s",
        "185000000000, 3 min 05 s",
        "7380000000000, 2 h 03 min",
        "-5, -5 ns"
    })
    void durationsComeInTheUnitThatFits(long nanos, String text) {
        assertEquals(text, Durations.format(Duration.ofNanos(nanos)));
    }

    @Test
    void listsAreCopied() {
        List<String> headers = new ArrayList<>(List.of("a"));
        Grid grid = new Grid("", headers, List.of(false), List.of(), 0);
        headers.add("b");
        assertEquals(List.of("a"), grid.headers());
    }
}
