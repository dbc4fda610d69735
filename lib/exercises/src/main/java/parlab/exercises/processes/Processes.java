package parlab.exercises.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import parlab.exercises.Expect;
import parlab.exercises.Task;

/** What the answers to lesson 02's exercises look like, and the checks that a student can run. */
public final class Processes {

    /** Runs a task for each item on a pool that finishes in any order. */
    @FunctionalInterface
    public interface OrderedMap {
        /** Returns the result of the task for each item, in the order of the items; throws what a task threw. */
        List<String> map(Executor pool, List<Integer> items, IntFunction<String> task) throws Exception;
    }

    /** Cuts a list into messages. */
    @FunctionalInterface
    public interface Chunks {
        /** Cuts items into messages of a size, at least 1, in order; the last may be shorter, none is empty. */
        List<List<Integer>> cut(List<Integer> items, int size);
    }

    /** A task that is sent to another process. */
    public interface Sendable {
        /** Returns the price of what has this key. */
        double price(String key);

        /** Returns how many prices it has looked up in its table rather than in its memory. */
        int lookups();
    }

    /** Makes a task. */
    @FunctionalInterface
    public interface MakeSendable {
        /** Makes a task with prices, and a rate by which each is multiplied. */
        Sendable make(Map<String, Double> table, double rate);
    }

    /** Tries again. */
    @FunctionalInterface
    public interface Retry {
        /**
         * Calls until it succeeds, so many times at most; gives up, with the last exception, on one that is not
         * worth it.
         */
        String call(int attempts, Predicate<Exception> worthIt, Callable<String> call) throws Exception;
    }

    /** A long job that can be killed and started again. */
    @FunctionalInterface
    public interface Journal {
        /**
         * Does what is not in the journal yet, key by key, and writes each result there at once, as a line
         * {@code key=result}.
         */
        Map<String, String> run(Path file, List<String> keys, UnaryOperator<String> work) throws IOException;
    }

    /** Task 1. */
    public static final Task<Chunks> CHUNKS = Task.<Chunks>named("chunks")
            .check(
                    "six items, two in a message",
                    chunks -> Expect.equal(
                            List.of(List.of(1, 2), List.of(3, 4), List.of(5, 6)),
                            Copy.of(chunks.cut(List.of(1, 2, 3, 4, 5, 6), 2)),
                            "chunks of 2"));

    /** Task 2. */
    public static final Task<OrderedMap> ORDERED_MAP = Task.<OrderedMap>named("ordered-map")
            .check("a pool that does everything at once", ordered -> {
                var results = ordered.map(Runnable::run, List.of(3, 1, 2), n -> "r" + n);
                Expect.equal(List.of("r3", "r1", "r2"), List.copyOf(results), "results");
            });

    /** Task 3. */
    public static final Task<MakeSendable> SENDABLE = Task.<MakeSendable>named("sendable")
            .check("it computes, here", make -> {
                var task = make.make(Map.of("apple", 2.0), 1.5);
                Expect.equal(3.0, task.price("apple"), "price of an apple at 2.0, times 1.5");
            });

    /** Task 4. */
    public static final Task<Retry> RETRY = Task.<Retry>named("retry")
            .check("what succeeds is not tried again", retry -> {
                int[] calls = {0};
                String result = retry.call(3, e -> true, () -> "call " + ++calls[0]);
                Expect.equal("call 1", result, "result");
                Expect.equal(1, calls[0], "calls");
            });

    /** Task 5. */
    public static final Task<Journal> JOURNAL = Task.<Journal>named("journal")
            .check("from nothing to the end", journal -> {
                Path file = Files.createTempFile("journal", ".txt");
                try {
                    Files.delete(file);
                    var results = journal.run(file, List.of("a", "b"), key -> key + key);
                    Expect.equal(Map.of("a", "aa", "b", "bb"), Map.copyOf(results), "results");
                    Expect.equal(List.of("a=aa", "b=bb"), Files.readAllLines(file), "journal");
                } finally {
                    Files.deleteIfExists(file);
                }
            });

    private Processes() {}
}
