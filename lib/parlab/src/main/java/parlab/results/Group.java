package parlab.results;

import java.util.List;
import parlab.timing.Estimate;

/**
 * The rows of a table that agree in some columns, as one figure. Immutable and thread-safe.
 *
 * @param keys what those columns hold, in the columns' order: text, or numbers, whole ones as {@link Long}
 * @param figure the median over the rows, with its interval
 */
public record Group(List<Object> keys, Estimate figure) {
    public Group {
        keys = List.copyOf(keys);
    }
}
