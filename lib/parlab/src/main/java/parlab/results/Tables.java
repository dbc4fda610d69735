package parlab.results;

import java.lang.reflect.Array;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import parlab.timing.Numbers;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Makes Tablesaw tables of records and maps, which Tablesaw itself does not read. */
public final class Tables {
    /** Longer lists in a cell are only counted. */
    private static final int LONGEST_LIST = 6;

    private Tables() {}

    /** Tablesaw's own {@code print} would show NaN, its mark of a missing number, as nothing. */
    private static NumberColumnFormatter showingNan() {
        return new NumberColumnFormatter(
                NumberColumnFormatter.floatingPointDefault().getFormat(), "NaN");
    }

    /** A row for each record or map, as {@link Notebook#table(String, List)} says. */
    public static Table of(String name, List<?> rows) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(
                    "a table needs at least one row, for its columns are what its rows have; got an empty list");
        }
        SequencedMap<String, Object[]> columns = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            int row = i;
            requireSameKind(rows.get(row), rows.getFirst());
            fields(rows.get(row))
                    .forEach((header, value) -> columns.computeIfAbsent(
                                    String.valueOf(header), key -> new Object[rows.size()])[row] = value);
        }
        Tablesaw.initialize();
        Table table = Table.create(name);
        columns.forEach((header, cells) -> table.addColumns(column(header, Arrays.asList(cells))));
        return table;
    }

    private static void requireSameKind(Object row, Object first) {
        boolean maps = row instanceof Map && first instanceof Map;
        if (!maps && !(row instanceof Record && row.getClass() == first.getClass())) {
            throw new IllegalArgumentException(
                    "a table needs records of one class, or maps, got " + typeOf(first) + " and " + typeOf(row));
        }
    }

    /** The fields of a record or map, in their order. */
    static Map<?, ?> fields(Object row) {
        if (!(row instanceof Record record)) {
            return (Map<?, ?>) row;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            fields.put(component.getName(), read(component, record));
        }
        return fields;
    }

    private static String typeOf(Object row) {
        return row == null ? "null" : row.getClass().getName();
    }

    private static Object read(RecordComponent component, Record row) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(row);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(component + " of a record could not be read", e.getCause());
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            throw new IllegalArgumentException(component + " of a record is not accessible", e);
        }
    }

    /** A column's type is the narrowest of long, double, boolean and text that all its cells fit in. */
    private static Column<?> column(String header, List<Object> cells) {
        List<Object> present = cells.stream().filter(Objects::nonNull).toList();
        if (present.stream().allMatch(Tables::isWhole)) {
            return filled(LongColumn.create(header), cells, value -> ((Number) value).longValue());
        }
        if (present.stream().allMatch(value -> isWhole(value) || value instanceof Double || value instanceof Float)) {
            DoubleColumn column = DoubleColumn.create(header);
            column.setPrintFormatter(showingNan());
            return filled(column, cells, value -> ((Number) value).doubleValue());
        }
        if (present.stream().allMatch(Boolean.class::isInstance)) {
            return filled(BooleanColumn.create(header), cells, Boolean.class::cast);
        }
        return filled(StringColumn.create(header), cells, Tables::text);
    }

    /** The smallest long is Tablesaw's mark of a missing value: a column that has it becomes text and loses nothing. */
    private static boolean isWhole(Object value) {
        return value instanceof Long number
                ? number != Long.MIN_VALUE
                : value instanceof Integer || value instanceof Short || value instanceof Byte;
    }

    private static <T> Column<T> filled(Column<T> column, List<Object> cells, Function<Object, T> convert) {
        for (Object cell : cells) {
            if (cell == null) {
                column.appendMissing();
            } else {
                column.append(convert.apply(cell));
            }
        }
        return column;
    }

    private static String text(Object value) {
        if (value.getClass().isArray()) {
            int length = Array.getLength(value);
            List<Object> first = new ArrayList<>();
            for (int i = 0; i < Math.min(length, LONGEST_LIST); i++) {
                first.add(Array.get(value, i));
            }
            return length > LONGEST_LIST ? length + " values" : first.toString();
        }
        return switch (value) {
            case Duration duration -> Numbers.duration(duration);
            case Collection<?> items when items.size() > LONGEST_LIST -> items.size() + " values";
            default -> String.valueOf(value);
        };
    }
}
