package parlab.notebook.internal;

import java.lang.reflect.Array;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * Columns of values, read off records or maps, to be shown at once or turned into a Tablesaw table. The first costs
 * nothing; the second initialises Tablesaw, whose scan of the class path takes half a second.
 *
 * @param name the caption; may be empty
 * @param columns header to cells, all of one length; an empty Optional is a missing value
 */
public record Columns(String name, SequencedMap<String, List<Optional<Object>>> columns) {

    /** Longer lists in a cell are only counted. */
    private static final int LONGEST_LIST = 6;

    /**
     * One row per record, one column per component.
     *
     * @param name the table's caption
     * @param records at least one, all of one class
     * @return the columns
     */
    public static Columns ofRecords(String name, List<? extends Record> records) {
        if (records.isEmpty()) {
            throw new IllegalArgumentException(
                    "a table needs at least one record, for its columns are the record's components; got an empty list");
        }
        Class<?> type = records.getFirst().getClass();
        SequencedMap<String, List<Object>> columns = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
            } catch (InaccessibleObjectException e) {
                throw new IllegalArgumentException("the components of " + type.getName() + " cannot be read", e);
            }
            List<Object> cells = new ArrayList<>();
            for (Record row : records) {
                if (row.getClass() != type) {
                    throw new IllegalArgumentException("a table needs records of one class, got " + type.getName()
                            + " and " + row.getClass().getName());
                }
                cells.add(read(component, row));
            }
            columns.put(component.getName(), cells);
        }
        return of(name, columns);
    }

    private static Object read(RecordComponent component, Record row) {
        try {
            return component.getAccessor().invoke(row);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(component + " of a record could not be read", e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(component + " of a record is not accessible", e);
        }
    }

    /**
     * One row per map, one column per key; where a row lacks a key its cell stays empty.
     *
     * @param name the table's caption
     * @param rows any number of maps
     * @return the columns
     */
    public static Columns ofMaps(String name, List<? extends Map<String, ?>> rows) {
        SequencedMap<String, List<Object>> columns = new LinkedHashMap<>();
        for (int row = 0; row < rows.size(); row++) {
            for (Map.Entry<String, ?> cell : rows.get(row).entrySet()) {
                List<Object> cells = columns.computeIfAbsent(cell.getKey(), key -> new ArrayList<>());
                while (cells.size() < row) {
                    cells.add(null);
                }
                cells.add(cell.getValue());
            }
        }
        for (List<Object> cells : columns.values()) {
            while (cells.size() < rows.size()) {
                cells.add(null);
            }
        }
        return of(name, columns);
    }

    /**
     * Two columns of text.
     *
     * @param name the caption
     * @param left the header of the keys
     * @param right the header of the values
     * @param pairs the rows
     * @return the columns
     */
    public static Columns ofPairs(String name, String left, String right, SequencedMap<String, String> pairs) {
        SequencedMap<String, List<Object>> columns = new LinkedHashMap<>();
        columns.put(left, List.copyOf(pairs.sequencedKeySet()));
        columns.put(right, List.copyOf(pairs.sequencedValues()));
        return of(name, columns);
    }

    private static Columns of(String name, SequencedMap<String, List<Object>> columns) {
        SequencedMap<String, List<Optional<Object>>> unwrapped = new LinkedHashMap<>();
        columns.forEach((header, cells) ->
                unwrapped.put(header, cells.stream().map(Columns::unwrap).toList()));
        return new Columns(name, unwrapped);
    }

    /**
     * The columns as a Tablesaw table.
     *
     * @return a new table
     */
    public Table toTable() {
        Tablesaw.initialize();
        Table table = Table.create(name);
        columns.forEach((header, cells) -> table.addColumns(column(header, cells)));
        return table;
    }

    /** The first rows as text. */
    Grid toGrid() {
        List<List<String>> texts = new ArrayList<>();
        List<Boolean> numbers = new ArrayList<>();
        int rows = columns.isEmpty() ? 0 : columns.firstEntry().getValue().size();
        for (List<Optional<Object>> cells : columns.values()) {
            texts.add(cells.stream()
                    .limit(Grid.MAX_ROWS)
                    .map(cell -> cell.map(Columns::shown).orElse(""))
                    .toList());
            numbers.add(cells.stream().flatMap(Optional::stream).allMatch(Number.class::isInstance));
        }
        return Grid.of(name, List.copyOf(columns.keySet()), texts, numbers, rows);
    }

    private static String shown(Object value) {
        return value instanceof Double || value instanceof Float
                ? Grid.number(((Number) value).doubleValue())
                : text(value);
    }

    /** A column's type is the narrowest of long, double, boolean and text that all its cells fit in. */
    private static Column<?> column(String header, List<Optional<Object>> cells) {
        List<Object> present = cells.stream().flatMap(Optional::stream).toList();
        if (present.isEmpty() || present.stream().allMatch(Columns::isIntegral)) {
            LongColumn column = LongColumn.create(header);
            cells.forEach(cell ->
                    cell.ifPresentOrElse(value -> column.append(((Number) value).longValue()), column::appendMissing));
            return column;
        }
        if (present.stream()
                .allMatch(value -> isIntegral(value) || value instanceof Double || value instanceof Float)) {
            DoubleColumn column = DoubleColumn.create(header);
            cells.forEach(cell -> cell.ifPresentOrElse(
                    value -> column.append(((Number) value).doubleValue()), column::appendMissing));
            return column;
        }
        if (present.stream().allMatch(Boolean.class::isInstance)) {
            BooleanColumn column = BooleanColumn.create(header);
            cells.forEach(cell -> cell.ifPresentOrElse(value -> column.append((Boolean) value), column::appendMissing));
            return column;
        }
        StringColumn column = StringColumn.create(header);
        cells.forEach(cell -> cell.ifPresentOrElse(value -> column.append(text(value)), column::appendMissing));
        return column;
    }

    private static boolean isIntegral(Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    }

    private static Optional<Object> unwrap(Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case OptionalInt o -> o.isPresent() ? Optional.of(o.getAsInt()) : Optional.empty();
            case OptionalLong o -> o.isPresent() ? Optional.of(o.getAsLong()) : Optional.empty();
            case OptionalDouble o -> o.isPresent() ? Optional.of(o.getAsDouble()) : Optional.empty();
            case Optional<?> o -> o.map(inner -> (Object) inner);
            default -> Optional.of(value);
        };
    }

    private static String text(Object value) {
        if (value instanceof Duration duration) {
            return Durations.format(duration);
        }
        if (value instanceof Collection<?> items) {
            return items.size() <= LONGEST_LIST ? items.toString() : items.size() + " values";
        }
        if (value.getClass().isArray()) {
            int length = Array.getLength(value);
            return length <= LONGEST_LIST
                    ? IntStream.range(0, length)
                            .mapToObj(i -> Array.get(value, i))
                            .toList()
                            .toString()
                    : length + " values";
        }
        return String.valueOf(value);
    }
}
