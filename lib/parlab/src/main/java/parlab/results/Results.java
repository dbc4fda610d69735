package parlab.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import parlab.timing.Estimate;
import parlab.timing.Measurement;
import parlab.timing.ProcessMemory;
import parlab.timing.Timeline;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * Tables of measured rows, one for each round of each way, and what is taken from them: a median, a ratio, a speed-up,
 * each with its interval. Everything else (filters, sorting, groups) is Tablesaw's own API.
 *
 * <p>The columns that {@link Trials} and twins share: {@code side}, {@code way}, {@code round} from 1, {@code seconds}
 * of wall time and {@code cores} in use on average. Others bring their unit in their name, in parentheses or as a rate:
 * {@code pause (ms)}, {@code GF/s}. A wrong column is an {@link IllegalArgumentException} that lists those there are.
 *
 * <p>Intervals of figures from tables hold however often rounds were added after a look at them; see {@link
 * Estimate#sequential}. No method changes a table that it is given. Stateless; as thread-safe as Tablesaw's tables are.
 */
public final class Results {
    private static final String SIDE = "side";
    private static final String ROUND = "round";

    private Results() {}

    /** Returns names and values by turns as one row, which keeps their order. */
    public static SequencedMap<String, Object> row(Object... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("a row takes names and values by turns, got "
                    + Arrays.toString(namesAndValues) + ": one of them lacks its partner");
        }
        SequencedMap<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            String name = String.valueOf(namesAndValues[i]);
            if (row.putIfAbsent(name, Objects.requireNonNull(namesAndValues[i + 1], name)) != null) {
                throw new IllegalArgumentException("a row has the name \"" + name + "\" twice");
            }
        }
        return row;
    }

    /** A table of rows without a name. Notebooks have {@code Notebook.table} for it. */
    static Table table(List<?> rows) {
        return Tables.of("", rows);
    }

    /** Returns a timeline's spans as a table: worker, task, start (s), end (s), waits for (nothing if it ran). */
    public static Table spans(Timeline timeline) {
        return table(timeline.spans().stream()
                .map(span -> row(
                        "worker", span.worker(),
                        "task", span.task(),
                        "start (s)", span.startNanos() / 1e9,
                        "end (s)", span.endNanos() / 1e9,
                        "waits for", span.why()))
                .toList());
    }

    /**
     * Returns what processes hold in memory, a row for each: {@code pid}, {@code resident (MB)}, {@code share (MB)} (PSS),
     * and both of one file that they have mapped, {@code resident file (MB)} and {@code share of file (MB)}. No rows where
     * the system does not tell; see {@link ProcessMemory}.
     *
     * @param file the file's name, without its folder
     */
    public static Table memory(Collection<Long> pids, String file) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (long pid : pids) {
            Optional<ProcessMemory> all = ProcessMemory.of(pid);
            Optional<ProcessMemory> mapped = ProcessMemory.ofFile(pid, file);
            if (all.isPresent() && mapped.isPresent()) {
                rows.add(row(
                        "pid", pid,
                        "resident (MB)", all.get().residentBytes() / 1e6,
                        "share (MB)", all.get().proportionalBytes() / 1e6,
                        "resident file (MB)", mapped.get().residentBytes() / 1e6,
                        "share of file (MB)", mapped.get().proportionalBytes() / 1e6));
            }
        }
        return rows.isEmpty() ? table(List.of(Map.of())) : table(rows);
    }

    /**
     * Returns the rows of several tables, or of what shows itself as one, in one table. It has the columns of all of
     * them; where a part lacks a column its cells are missing, but for the side, which then is the JVM.
     */
    public static Table append(Object... parts) {
        List<Map<String, Object>> rows = new ArrayList<>();
        SequencedSet<String> names = new LinkedHashSet<>();
        List<Table> tables = Arrays.stream(parts).map(Results::asTable).toList();
        tables.forEach(part -> names.addAll(part.columnNames()));
        for (Table part : tables) {
            for (int i = 0; i < part.rowCount(); i++) {
                Cells cells = new Cells(part, i);
                Map<String, Object> row = new LinkedHashMap<>();
                for (String name : names) {
                    boolean has = part.columnNames().contains(name)
                            && !part.column(name).isMissing(i);
                    row.put(name, has ? cells.value(name) : name.equals(SIDE) ? BySide.JVM : null);
                }
                rows.add(row);
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("there is no row to put into a table: all parts are empty");
        }
        return table(rows);
    }

    private static Table asTable(Object part) {
        return switch (part) {
            case Table table -> table;
            case Tabular tabular -> tabular.table();
            case null, default ->
                throw new IllegalArgumentException("only tables can be appended, got "
                        + (part == null ? "null" : part.getClass().getName()));
        };
    }

    /** Returns what {@link parlab.timing.Bench} measured as rows: way, round from 1, and {@code time (ns)} of one call. */
    public static Table samples(Measurement... measurements) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Measurement measurement : measurements) {
            List<Double> nanos = measurement.samples();
            for (int i = 0; i < nanos.size(); i++) {
                rows.add(row("way", measurement.name(), ROUND, i + 1, "time (ns)", nanos.get(i)));
            }
        }
        return table(rows);
    }

    /** Returns the table with one more column, or another one of that name, computed from each row. */
    public static Table with(Table table, String name, ToDoubleFunction<Cells> value) {
        double[] values = IntStream.range(0, table.rowCount())
                .mapToDouble(i -> value.applyAsDouble(new Cells(table, i)))
                .toArray();
        return replaced(table, DoubleColumn.create(name, values));
    }

    /** Returns the table with one more column, or another one of that name, that holds the same text in every row. */
    public static Table with(Table table, String name, String text) {
        String[] values = new String[table.rowCount()];
        Arrays.fill(values, text);
        return replaced(table, StringColumn.create(name, values));
    }

    private static Table replaced(Table table, Column<?> column) {
        Table copy = table.copy();
        return copy.columnNames().contains(column.name())
                ? copy.replaceColumn(column.name(), column)
                : copy.addColumns(column);
    }

    /** Returns the median of a column over all rows, with its interval. */
    public static Estimate median(Table table, String value) {
        return Estimate.sequential(numeric(table, value).asDoubleArray(), unitOf(value));
    }

    /** Returns the median of a column over the rows whose column has that text or number, on each side. */
    public static BySide medians(Table table, String value, String column, Object key) {
        SequencedMap<String, Estimate> figures = new LinkedHashMap<>();
        bySide(rowsWith(table, column, key))
                .forEach((side, rows) -> figures.put(
                        side,
                        Estimate.sequential(
                                rows.stream()
                                        .mapToDouble(row -> row.number(value))
                                        .toArray(),
                                unitOf(value))));
        return new BySide(figures);
    }

    /**
     * Returns on each side the median ratio of two ways, pair by pair within the rounds, such as {@code ratio(times,
     * "seconds", "way", "threads", "serial")}: above 1, threads take longer. A side that lacks one of the two is left
     * out.
     *
     * @throws IllegalArgumentException if no side has both, or if a round has several rows of one of them
     */
    public static BySide ratio(Table table, String value, String column, Object numerator, Object denominator) {
        SequencedMap<String, Estimate> figures = new LinkedHashMap<>();
        SequencedMap<String, List<Cells>> above = bySide(rowsWith(table, column, numerator));
        SequencedMap<String, List<Cells>> below = bySide(rowsWith(table, column, denominator));
        above.forEach((side, rows) -> {
            Map<Object, Double> bases = byRound(below.getOrDefault(side, List.of()), value, column, denominator);
            Map<Object, Double> values = byRound(rows, value, column, numerator);
            double[] ratios = values.keySet().stream()
                    .filter(bases::containsKey)
                    .mapToDouble(round -> values.get(round) / bases.get(round))
                    .toArray();
            if (ratios.length > 0) {
                figures.put(side, Estimate.sequential(ratios, "x"));
            }
        });
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("no round of any side has both \"" + numerator + "\" and \""
                    + denominator + "\" in column \"" + column + "\"");
        }
        return new BySide(figures);
    }

    private static Map<Object, Double> byRound(List<Cells> rows, String value, String column, Object key) {
        Map<Object, Double> byRound = new LinkedHashMap<>();
        for (Cells row : rows) {
            Object round = row.value(ROUND);
            if (byRound.put(round, row.number(value)) != null) {
                throw new IllegalArgumentException("round " + round + " has several rows with \"" + key
                        + "\" in column \"" + column + "\": filter the table by what tells them apart");
            }
        }
        return byRound;
    }

    /**
     * Returns the table with one more column, {@code speed-up}: how many times as fast a row is as the row of the same
     * side and round, and alike in the columns {@code by}, that has the baseline in the given column. Rows without such
     * a partner are left out.
     */
    public static Table speedup(Table table, String column, Object baseline, String... by) {
        return compared(table, "seconds", "speed-up", true, column, baseline, by);
    }

    /** Returns the table with one more column, which says how many times the baseline's value a row has; as above. */
    public static Table relative(Table table, String value, String name, String column, Object baseline, String... by) {
        return compared(table, value, name, false, column, baseline, by);
    }

    private static Table compared(
            Table table, String value, String name, boolean inverse, String column, Object baseline, String... by) {
        List<String> alike = new ArrayList<>(Arrays.asList(by));
        for (String always : List.of(SIDE, ROUND)) {
            if (table.columnNames().contains(always)) {
                alike.add(always);
            }
        }
        Map<List<Object>, Double> bases = new LinkedHashMap<>();
        for (Cells row : rowsWith(table, column, baseline)) {
            if (bases.put(keys(row, alike), row.number(value)) != null) {
                throw new IllegalArgumentException("several rows with \"" + baseline + "\" in column \"" + column
                        + "\" agree in " + alike + ": name the columns that tell them apart");
            }
        }
        int[] kept = IntStream.range(0, table.rowCount())
                .filter(i -> bases.containsKey(keys(new Cells(table, i), alike)))
                .toArray();
        return with(table.rows(kept), name, row -> {
            double ratio = row.number(value) / bases.get(keys(row, alike));
            return inverse ? 1 / ratio : ratio;
        });
    }

    /**
     * Returns the table with one more way: on each side that one of the given ways whose median is smallest, such as the
     * better of threads and processes. It is chosen once for all rounds, for the smallest value of each round would be the
     * further below any way's, the more the rounds scatter.
     *
     * @param name what the column calls it
     */
    public static Table withBest(Table table, String value, String column, String name, Object... among) {
        Map<String, Double> least = new LinkedHashMap<>();
        Map<String, Object> best = new LinkedHashMap<>();
        for (Object key : among) {
            medians(table, value, column, key).figures().forEach((side, median) -> {
                if (median.value() < least.getOrDefault(side, Double.POSITIVE_INFINITY)) {
                    least.put(side, median.value());
                    best.put(side, key);
                }
            });
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        best.forEach((side, key) -> bySide(rowsWith(table, column, key))
                .get(side)
                .forEach(row ->
                        rows.add(row(SIDE, side, column, name, ROUND, row.value(ROUND), value, row.number(value)))));
        return append(table, table(rows));
    }

    /** Returns the median of a column, with its interval, for each combination of what the others hold, in order. */
    public static List<Group> groups(Table table, String value, String... by) {
        Map<List<Object>, List<Double>> samples = new LinkedHashMap<>();
        NumericColumn<?> values = numeric(table, value);
        for (int i = 0; i < table.rowCount(); i++) {
            if (!values.isMissing(i)) {
                samples.computeIfAbsent(keys(new Cells(table, i), Arrays.asList(by)), k -> new ArrayList<>())
                        .add(values.getDouble(i));
            }
        }
        List<Group> groups = new ArrayList<>();
        samples.forEach((keys, list) -> groups.add(new Group(
                keys,
                Estimate.sequential(
                        list.stream().mapToDouble(Double::doubleValue).toArray(), unitOf(value)))));
        return groups;
    }

    /** Returns the same as a table: the columns {@code by}, and the median with its interval as text. */
    public static Table summary(Table table, String value, String... by) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Group group : groups(table, value, by)) {
            Map<String, Object> row = new LinkedHashMap<>();
            for (int i = 0; i < by.length; i++) {
                row.put(by[i], group.keys().get(i));
            }
            row.put(value, group.figure());
            rows.add(row);
        }
        return table(rows);
    }

    /** Returns the unit that a column's name tells: {@code s} of {@code seconds}, what stands in parentheses, a rate. */
    public static String unitOf(String column) {
        if (column.equals("seconds")) {
            return "s";
        }
        if (column.endsWith(")") && column.contains("(")) {
            return column.substring(column.lastIndexOf('(') + 1, column.length() - 1);
        }
        return switch (column) {
            case "cores" -> "cores";
            case "speed-up" -> "x";
            default -> column.matches("\\S+/\\S+") ? column : "";
        };
    }

    /** Returns a column of numbers. */
    public static NumericColumn<?> numeric(Table table, String name) {
        if (column(table, name) instanceof NumericColumn<?> numbers) {
            return numbers;
        }
        throw new IllegalArgumentException("column \"" + name + "\" holds no numbers but "
                + table.column(name).type().name().toLowerCase(Locale.ROOT) + "s");
    }

    /** Returns a column. */
    static Column<?> column(Table table, String name) {
        if (!table.columnNames().contains(name)) {
            throw new IllegalArgumentException(
                    "no column \"" + name + "\" in this table, which has " + table.columnNames());
        }
        return table.column(name);
    }

    private static List<Cells> rowsWith(Table table, String column, Object key) {
        List<Cells> rows = IntStream.range(0, table.rowCount())
                .mapToObj(i -> new Cells(table, i))
                .filter(row -> row.is(column, key))
                .toList();
        if (rows.isEmpty()) {
            SequencedSet<Object> known = new LinkedHashSet<>();
            for (int i = 0; i < table.rowCount(); i++) {
                known.add(new Cells(table, i).value(column));
            }
            throw new IllegalArgumentException(
                    "no row has \"" + key + "\" in column \"" + column + "\", which holds " + known);
        }
        return rows;
    }

    private static SequencedMap<String, List<Cells>> bySide(List<Cells> rows) {
        SequencedMap<String, List<Cells>> sides = new LinkedHashMap<>();
        for (Cells row : rows) {
            sides.computeIfAbsent(sideOf(row), side -> new ArrayList<>()).add(row);
        }
        return sides;
    }

    private static String sideOf(Cells row) {
        return row.table().columnNames().contains(SIDE) ? row.text(SIDE) : BySide.JVM;
    }

    private static List<Object> keys(Cells row, List<String> columns) {
        return columns.stream().map(row::value).toList();
    }
}
