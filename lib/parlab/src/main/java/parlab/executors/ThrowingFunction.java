package parlab.executors;

import java.io.Serializable;

/**
 * What is done to each item: like {@link java.util.function.Function}, with checked exceptions, and serialisable, so
 * that the same lambda can travel to another process.
 */
@FunctionalInterface
public interface ThrowingFunction<T, R> extends Serializable {
    /** Works on one item, which may be null if the items have nulls. Called from several threads at once. */
    R apply(T item) throws Exception;
}
