package parlab.results;

import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;

/**
 * One row of a table, read by the columns' names. Unlike Tablesaw's own row it gives whole numbers as doubles too, and
 * its errors name the columns there are. A view: it is valid as long as the table is not changed.
 */
public record Cells(Table table, int row) {
    /** Returns the number in that column; NaN where it is missing. */
    public double number(String column) {
        return Results.numeric(table, column).getDouble(row);
    }

    /** Returns what stands in that column as text; a whole number without a point, and nothing where it is missing. */
    public String text(String column) {
        return String.valueOf(value(column));
    }

    /** Returns whether the column has that text or number; numbers are compared as numbers. */
    public boolean is(String column, Object wanted) {
        Object value = value(column);
        return (value instanceof Number a && wanted instanceof Number b)
                ? a.doubleValue() == b.doubleValue()
                : value.equals(wanted);
    }

    /** A whole number as a Long, whatever type its column has, so that equal numbers are equal keys; "" if missing. */
    Object value(String column) {
        var values = Results.column(table, column);
        if (values.isMissing(row)) {
            return "";
        }
        if (values instanceof NumericColumn<?> numbers) {
            double number = numbers.getDouble(row);
            return number == Math.rint(number) && Math.abs(number) < 1e15 ? (Object) (long) number : (Object) number;
        }
        return values.get(row);
    }
}
