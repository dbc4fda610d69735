package parlab.twin;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One JSON object that a twin printed, its fields in the order in which they were printed: text, numbers, booleans,
 * null, lists and maps. A method fails if there is no such field, or one of another type. Immutable and thread-safe.
 */
public record TwinRow(Map<String, Object> fields) {
    public TwinRow {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Returns a number. */
    public double number(String field) {
        return value(field, Number.class, "a number").doubleValue();
    }

    /** Returns a text. */
    public String text(String field) {
        return value(field, String.class, "a text");
    }

    /** Returns a truth value. */
    public boolean flag(String field) {
        return value(field, Boolean.class, "true or false");
    }

    /** Returns a list of numbers as a new array. */
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
