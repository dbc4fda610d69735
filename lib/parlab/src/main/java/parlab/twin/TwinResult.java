package parlab.twin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import parlab.results.BySide;
import parlab.results.Tables;
import parlab.results.Tabular;
import tech.tablesaw.api.Table;

/**
 * What a twin printed: a table of its main rows, and others by their kind. Immutable and thread-safe; shows itself as a
 * table.
 *
 * @param rows its lines, in their order; those with a field {@code kind} are of a table of that name
 * @param stderr the last mebibyte at most of what it wrote to stderr
 */
public record TwinResult(List<TwinRow> rows, String stderr) implements Tabular {
    private static final String KIND = "kind";
    private static final String MISSING = "missing";
    private static final String SIDE = "side";

    public TwinResult {
        rows = List.copyOf(rows);
    }

    /** Returns the rows, maybe none, whose field has this value; numbers are compared as numbers. */
    TwinResult where(String field, Object value) {
        return new TwinResult(
                rows.stream().filter(row -> row.matches(field, value)).toList(), stderr);
    }

    /** Returns one number of every row, of which there must be one or more. */
    double[] numbers(String field) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no row to take \"" + field + "\" from");
        }
        return rows.stream().mapToDouble(row -> row.number(field)).toArray();
    }

    /** Returns the only row; fails if there are none or several. */
    public TwinRow only() {
        if (rows.size() != 1) {
            throw new IllegalArgumentException("one row was expected, but there are " + rows.size());
        }
        return rows.getFirst();
    }

    /**
     * Returns the rows that are of no kind as a table, as {@link #table(String)} does; all rows if each is of some kind.
     * Rows of the kind {@code missing} are no results and not in it: where a twin printed nothing else, it is empty.
     */
    @Override
    public Table table() {
        List<TwinRow> found = rows.stream()
                .filter(row -> !MISSING.equals(row.fields().get(KIND)))
                .toList();
        List<TwinRow> main =
                found.stream().filter(row -> !row.fields().containsKey(KIND)).toList();
        return tableOf(main.isEmpty() ? found : main);
    }

    /**
     * Returns the rows of a kind as a table, without that field, with a column {@code side} before the others. Fields
     * that are lists become several rows, one for each place, which the column {@code index} counts from 1. A field that
     * a row lacks is a missing value.
     *
     * @throws IllegalArgumentException if there is no such row, or if a row has lists of several lengths
     */
    public Table table(String kind) {
        List<TwinRow> found =
                rows.stream().filter(row -> kind.equals(row.fields().get(KIND))).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("the twin printed no row of the kind \"" + kind + "\", but " + kinds());
        }
        return tableOf(found);
    }

    /** Returns whether there is a row of that kind, such as {@code missing} for a package that is not installed. */
    public boolean has(String kind) {
        return kinds().contains(kind);
    }

    /** Returns the number that the only row of a kind has in a field; that of the first side where several ran. */
    public double number(String kind, String field) {
        TwinResult found = where(KIND, kind);
        Object first =
                found.rows.isEmpty() ? null : found.rows.getFirst().fields().get(SIDE);
        return (first == null ? found : found.where(SIDE, first)).only().number(field);
    }

    /** Returns all rows as those of a side. */
    TwinResult on(String side) {
        return new TwinResult(
                rows.stream()
                        .map(row -> {
                            Map<String, Object> fields = new LinkedHashMap<>(row.fields());
                            fields.put(SIDE, side);
                            return new TwinRow(fields);
                        })
                        .toList(),
                stderr);
    }

    /** Returns the rows of this and those of another run, say on another side. */
    public TwinResult and(TwinResult more) {
        List<TwinRow> all = new ArrayList<>(rows);
        all.addAll(more.rows);
        return new TwinResult(all, stderr + more.stderr);
    }

    private SequencedSet<Object> kinds() {
        SequencedSet<Object> kinds = new LinkedHashSet<>();
        rows.forEach(row -> kinds.add(row.fields().getOrDefault(KIND, "(none)")));
        return kinds;
    }

    private static Table tableOf(List<TwinRow> rows) {
        if (rows.isEmpty()) {
            return Tables.of("", List.of(Map.of()));
        }
        List<Map<String, Object>> flat = new ArrayList<>();
        for (TwinRow row : rows) {
            int length = -1;
            for (var field : row.fields().entrySet()) {
                if (field.getValue() instanceof List<?> list) {
                    if (length >= 0 && length != list.size()) {
                        throw new IllegalArgumentException("a row has lists of " + length + " and of " + list.size()
                                + " values (in \"" + field.getKey() + "\"): they must be equally long to become rows");
                    }
                    length = list.size();
                }
            }
            for (int i = 0; i < Math.abs(length); i++) {
                flat.add(place(row.fields(), i, length >= 0));
            }
        }
        return Tables.of("", flat);
    }

    private static Map<String, Object> place(Map<String, Object> fields, int i, boolean counted) {
        Map<String, Object> flat = new LinkedHashMap<>();
        flat.put(SIDE, fields.getOrDefault(SIDE, BySide.CPYTHON));
        fields.forEach((name, value) -> {
            if (!name.equals(KIND) && !name.equals(SIDE)) {
                flat.put(name, value instanceof List<?> list ? list.get(i) : value);
            }
        });
        if (counted) {
            flat.put("index", i + 1);
        }
        return flat;
    }
}
