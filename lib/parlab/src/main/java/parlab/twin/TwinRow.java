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
        if (value(field) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(field, "a number");
    }

    /**
     * Returns a text.
     *
     * @param field its name
     * @return the value
     * @throws IllegalArgumentException if there is no such field, or if it is no text
     */
    public String text(String field) {
        if (value(field) instanceof String text) {
            return text;
        }
        throw wrong(field, "a text");
    }

    /**
     * Returns a truth value.
     *
     * @param field its name
     * @return the value
     * @throws IllegalArgumentException if there is no such field, or if it is neither true nor false
     */
    public boolean flag(String field) {
        if (value(field) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(field, "true or false");
    }

    /**
     * Returns a list of numbers.
     *
     * @param field its name
     * @return a new array
     * @throws IllegalArgumentException if there is no such field, or if it is no list of numbers
     */
    public double[] numbers(String field) {
        if (value(field) instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
            return list.stream()
                    .mapToDouble(item -> ((Number) item).doubleValue())
                    .toArray();
        }
        throw wrong(field, "a list of numbers");
    }

    private Object value(String field) {
        if (!fields.containsKey(field)) {
            throw new IllegalArgumentException("no field \"" + field + "\" in this row, which has " + fields.keySet());
        }
        return fields.get(field);
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
