package parlab.twin;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import parlab.notebook.Notebook;
import parlab.notebook.Tabular;
import tech.tablesaw.api.Table;

/**
 * What a twin printed. Immutable and thread-safe; shows itself as a table.
 *
 * @param rows its lines, in their order
 * @param stderr the last mebibyte at most of what it wrote to stderr
 * @param wall from its start to its end, the interpreter's own start included
 */
public record TwinResult(List<TwinRow> rows, String stderr, Duration wall) implements Tabular {

    /** Copies the list. */
    public TwinResult {
        rows = List.copyOf(rows);
        Objects.requireNonNull(stderr, "stderr");
        Objects.requireNonNull(wall, "wall");
    }

    /**
     * Returns the rows whose field has this value; numbers are compared as numbers.
     *
     * @param field a name; rows without it do not match
     * @param value text, number or boolean
     * @return a result with those rows, possibly none
     */
    public TwinResult where(String field, Object value) {
        Objects.requireNonNull(value, "value");
        return new TwinResult(
                rows.stream().filter(row -> row.matches(field, value)).toList(), stderr, wall);
    }

    /**
     * Returns one number of every row.
     *
     * @param field its name
     * @return a new array, a number per row
     * @throws IllegalArgumentException if there is no row, or one without such a number
     */
    public double[] numbers(String field) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no row to take \"" + field + "\" from");
        }
        return rows.stream().mapToDouble(row -> row.number(field)).toArray();
    }

    /**
     * Returns the only row.
     *
     * @return the row
     * @throws IllegalArgumentException if there are none or several
     */
    public TwinRow only() {
        if (rows.size() != 1) {
            throw new IllegalArgumentException("one row was expected, but there are " + rows.size());
        }
        return rows.getFirst();
    }

    /**
     * Returns all rows as a table; a field that a row lacks is a missing value.
     *
     * @return a new table without a caption; without columns if there is no row
     */
    @Override
    public Table table() {
        List<TwinRow> shown = rows.isEmpty() ? List.of(new TwinRow(Map.of())) : rows;
        return Notebook.table(shown.stream().map(TwinRow::fields).toList());
    }
}
