package parlab.executors;

import java.io.Serializable;

/**
 * What is done to each item: like {@link java.util.function.Function}, with checked exceptions, and
 * serialisable, so that the same lambda can travel to another process.
 *
 * @param <T> the item's type
 * @param <R> the result's type
 */
@FunctionalInterface
public interface ThrowingFunction<T, R> extends Serializable {

    /**
     * Works on one item. Called from several threads at once.
     *
     * @param item may be null if the items have nulls
     * @return the result, may be null
     * @throws Exception if it fails
     */
    R apply(T item) throws Exception;
}
