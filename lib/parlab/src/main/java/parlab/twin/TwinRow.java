package parlab.twin;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One JSON object that a twin printed. Immutable and thread-safe.
 *
 * @param fields name to value in the order in which they were printed: text, numbers, booleans, null, lists and maps
 */
public record TwinRow(Map<String, Object> fields) {

    /** Copies the map, whose order is kept. */
    public TwinRow {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * Returns a number.
     *
     * @param field its name
     * @return the value
     * @throws IllegalArgumentException if there is no such field, or if it is no number
     */
    public double number(String field) {
        return value(field, Number.class, "a number").doubleValue();
    }

    /**
     * Returns a text.
     *
     * @param field its name
     * @return the value
     * @throws IllegalArgumentException if there is no such field, or if it is no text
     */
    public String text(String field) {
        return value(field, String.class, "a text");
    }

    /**
     * Returns a truth value.
     *
     * @param field its name
     * @return the value
     * @throws IllegalArgumentException if there is no such field, or if it is neither true nor false
     */
    public boolean flag(String field) {
        return value(field, Boolean.class, "true or false");
    }

    /**
     * Returns a list of numbers.
     *
     * @param field its name
     * @return a new array
     * @throws IllegalArgumentException if there is no such field, or if it is no list of numbers
     */
    public double[] numbers(String field) {
        List<?> list = value(field, List.class, "a list of numbers");
        if (!list.stream().allMatch(Number.class::isInstance)) {
            throw wrong(field, "a list of numbers");
        }
        return list.stream().mapToDouble(item -> ((Number) item).doubleValue()).toArray();
    }

    private <T> T value(String field, Class<T> type, String wanted) {
        if (!fields.containsKey(field)) {
            throw new IllegalArgumentException("no field \"" + field + "\" in this row, which has " + fields.keySet());
        }
        if (!type.isInstance(fields.get(field))) {
            throw wrong(field, wanted);
        }
        return type.cast(fields.get(field));
    }

    private IllegalArgumentException wrong(String field, String wanted) {
        return new IllegalArgumentException(
                "field \"" + field + "\" should be " + wanted + ", but is " + fields.get(field));
    }

    /** Equal as JSON values are: 1 and 1.0 are the same number. */
    boolean matches(String field, Object wanted) {
        Object value = fields.get(field);
        if (value instanceof Number a && wanted instanceof Number b) {
            return a.doubleValue() == b.doubleValue();
        }
        return wanted.equals(value);
    }
}
