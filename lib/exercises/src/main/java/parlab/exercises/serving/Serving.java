package parlab.exercises.serving;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import parlab.exercises.Expect;
import parlab.exercises.Task;

/** What the answers to lesson 04's exercises look like, and the checks that a student can run. */
public final class Serving {

    /**
     * A request as a load test has recorded it, in milliseconds since its start.
     *
     * @param due when a user wanted to send it
     * @param sent when it was sent
     * @param answered when the answer came
     */
    public record Recorded(double due, double sent, double answered) {}

    /** Computes a percentile. */
    @FunctionalInterface
    public interface Percentile {
        /** Returns the milliseconds that this many percent of the users, above 0 and at most 100, waited at most. */
        double of(List<Recorded> requests, double percent);
    }

    /** Loads what takes long to load. */
    @FunctionalInterface
    public interface Loader {
        /** Loads a new object, not null. */
        Object load(String name) throws Exception;
    }

    /** What has been loaded, by its name. */
    @FunctionalInterface
    public interface Singletons {
        /** Returns the same object each time that a name is asked for. */
        Object get(String name) throws Exception;
    }

    /** A queue of requests, and the clock beside it. */
    public interface Requests {
        /** Returns the nanoseconds since some moment. */
        long nanos();

        /** Takes the next request; waits until there is one. */
        String take() throws InterruptedException;

        /**
         * Takes the next request if there is one within so many nanoseconds, 0 or less for at once; else returns
         * null.
         */
        String poll(long nanos) throws InterruptedException;
    }

    /** Collects requests for a batch. */
    @FunctionalInterface
    public interface Collect {
        /**
         * Collects so many requests at most, in the order in which they came; the first of them waits for others
         * so long.
         */
        List<String> next(Requests queue, int most, Duration patience) throws InterruptedException;
    }

    /** Somebody who wants to know something. */
    public interface Request {
        /** Returns what it is about. */
        int input();

        /** Hands the answer over. */
        void answer(int answer);

        /** Says why there is no answer. */
        void fail(Exception why);
    }

    /** A model that answers several requests at a time. */
    @FunctionalInterface
    public interface BatchModel {
        /**
         * Returns as many answers as inputs, in the same order; throws if one of the inputs is bad, whichever it
         * is.
         */
        int[] run(int[] inputs) throws Exception;
    }

    /** Answers a batch. */
    @FunctionalInterface
    public interface AnswerBatch {
        /** Answers each request once, or fails it once. */
        void answer(BatchModel model, List<Request> batch);
    }

    /** A version of a model. */
    public interface Model {
        /** Returns the answer to a request. */
        String run(String input);

        /** Gives its memory back. Once, and when nobody runs it any more. */
        void close();
    }

    /** A model that can be replaced while it serves. */
    public interface Swappable {
        /** Asks the version that serves now. */
        String ask(String input);

        /**
         * Lets a version serve that passes the exam; one that does not is closed and refused with an
         * {@code IllegalArgumentException}, and the one before goes on.
         */
        void swap(Model next);
    }

    /** Makes a model that can be replaced. */
    @FunctionalInterface
    public interface MakeSwappable {
        /**
         * Makes a model with a first version, which needs no exam, and the exam of the others; one that throws
         * has not passed.
         */
        Swappable make(Model first, Predicate<Model> exam);
    }

    /** Task 1. */
    public static final Task<Percentile> PERCENTILE = Task.<Percentile>named("percentile")
            .check("the slowest of one", percentile -> {
                double found = percentile.of(List.of(new Recorded(10, 10, 14)), 100);
                Expect.equal(4.0, found, "100th percentile of one request, due at 10 ms and answered at 14 ms");
            })
            .check("the median of three", percentile -> {
                var requests = List.of(new Recorded(0, 0, 1), new Recorded(10, 10, 12), new Recorded(20, 20, 29));
                Expect.equal(2.0, percentile.of(requests, 50), "50th percentile of 1 ms, 2 ms and 9 ms");
            });

    /** Task 2. */
    public static final Task<Function<Loader, Singletons>> SINGLETON = Task.<Function<Loader, Singletons>>named(
                    "singleton")
            .check("the same object each time", make -> {
                int[] loads = {0};
                var singletons = make.apply(name -> name + " " + ++loads[0]);
                Expect.equal("model 1", singletons.get("model"), "what was loaded");
                Expect.equal("model 1", singletons.get("model"), "what was asked for again");
                Expect.equal("words 2", singletons.get("words"), "what has another name");
            });

    /** Task 3. */
    public static final Task<Collect> COLLECT = Task.<Collect>named("collect")
            .check("a full batch goes at once", collect -> {
                var queue = new ScriptedRequests(0, 0, 0, 0);
                Expect.equal(
                        List.of("r1", "r2", "r3"),
                        List.copyOf(collect.next(queue, 3, Duration.ofMillis(5))),
                        "batch of at most 3 when 4 requests are there");
            });

    /** Task 4. */
    public static final Task<AnswerBatch> ANSWER_BATCH = Task.<AnswerBatch>named("answer-batch")
            .check("everybody gets the own answer", batch -> {
                var asked = RecordedRequest.all(1, 2, 3);
                batch.answer(RecordedRequest.times(10), List.copyOf(asked));
                Expect.equal("[10, 20, 30]", asked.toString(), "answers of a model that multiplies by ten");
            });

    /** Task 5. */
    public static final Task<MakeSwappable> SWAP = Task.<MakeSwappable>named("swap")
            .check("the first serves, then the next", make -> {
                var models = make.make(new WatchedModel("v1"), model -> true);
                Expect.equal("v1: x", models.ask("x"), "answer of the first version");
                models.swap(new WatchedModel("v2"));
                Expect.equal("v2: x", models.ask("x"), "answer after the swap");
            });

    private Serving() {}
}
