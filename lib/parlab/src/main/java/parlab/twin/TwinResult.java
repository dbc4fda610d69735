package parlab.twin;

import java.util.List;
import java.util.Map;
import parlab.notebook.Notebook;
import parlab.notebook.Tabular;
import tech.tablesaw.api.Table;

/**
 * What a twin printed. Immutable and thread-safe; shows itself as a table.
 *
 * @param rows its lines, in their order
 * @param stderr the last mebibyte at most of what it wrote to stderr
 */
public record TwinResult(List<TwinRow> rows, String stderr) implements Tabular {
    public TwinResult {
        rows = List.copyOf(rows);
    }

    /** Returns the rows, maybe none, whose field has this value; numbers are compared as numbers. */
    public TwinResult where(String field, Object value) {
        return new TwinResult(
                rows.stream().filter(row -> row.matches(field, value)).toList(), stderr);
    }

    /** Returns one number of every row, of which there must be one or more. */
    public double[] numbers(String field) {
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

    /** Returns all rows as a table; a field that a row lacks is a missing value. Without columns if there is no row. */
    @Override
    public Table table() {
        List<TwinRow> shown = rows.isEmpty() ? List.of(new TwinRow(Map.of())) : rows;
        return Notebook.table(shown.stream().map(TwinRow::fields).toList());
    }
}
