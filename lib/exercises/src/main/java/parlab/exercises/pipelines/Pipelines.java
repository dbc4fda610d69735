package parlab.exercises.pipelines;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import parlab.exercises.Expect;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.Play.Actor;
import parlab.exercises.Task;

/** What the answers to lesson 05's exercises look like, and the checks that a student can run. */
public final class Pipelines {

    /**
     * A stage of a pipeline.
     *
     * @param name its name
     * @param workers how many work in it at the same time
     * @param millis how long one of them needs for an item
     */
    public record Stage(String name, int workers, double millis) {}

    /** Makes asynchronous calls. */
    @FunctionalInterface
    public interface Calls {
        /**
         * Sends them all, so many at once at most; returns the answers in the order of the calls, null for each
         * that failed.
         */
        List<String> run(List<Integer> calls, int atOnce, IntFunction<CompletableFuture<String>> send)
                throws InterruptedException;
    }

    /** A bounded queue with an end. */
    public interface Line {
        /**
         * Hands an item over; waits while the line is full. Refuses it with an {@code IllegalStateException}, and changes
         * nothing, if all producers have finished.
         */
        void put(String item) throws InterruptedException;

        /** Takes the oldest item; waits while there is none. Null when all have finished and everything was taken. */
        String take() throws InterruptedException;

        /** One producer has no more. Refuses in the same way if all producers have finished before. */
        void finish();
    }

    /** Makes a line. */
    @FunctionalInterface
    public interface MakeLine {
        /** Makes a line that holds so many items at most, for so many producers, both 1 or more. */
        Line make(int capacity, int producers);
    }

    /** Downloads, and works on what was downloaded. */
    @FunctionalInterface
    public interface Pipeline {
        /**
         * Runs it.
         *
         * @param images what to download
         * @param downloads how many threads download, 1 or more
         * @param bound how many downloaded images may wait for the scaling, 1 or more
         * @param download downloads one; may fail with a {@code RuntimeException}
         * @param scale works on what was downloaded; may fail with a {@code RuntimeException}
         * @return what {@code scale} made of each image that could be downloaded, in any order
         * @throws Exception if the scaling fails: that exception
         */
        List<String> run(
                List<Integer> images,
                int downloads,
                int bound,
                IntFunction<String> download,
                Function<String, String> scale)
                throws Exception;
    }

    /** Reads an answer from the network. */
    @FunctionalInterface
    public interface Receive {
        /**
         * Reads so many bytes at most, and closes the stream in any case; throws an {@code IOException} if there are more, or
         * if it breaks off early. The server has announced the length, or -1.
         */
        byte[] read(InputStream body, long announced, int most) throws IOException;
    }

    /** Task 1. */
    public static final Task<Function<List<Stage>, String>> BOTTLENECK = Task.<Function<List<Stage>, String>>named(
                    "bottleneck")
            .check(
                    "as many workers in each",
                    answer -> Expect.equal(
                            "scale",
                            answer.apply(List.of(new Stage("download", 2, 10), new Stage("scale", 2, 30))),
                            "bottleneck of 10 ms and 30 ms with two workers each"));

    /** Task 2. */
    public static final Task<Calls> AT_ONCE = Task.<Calls>named("at-once")
            .check("answers that are there at once", calls -> {
                var answers = calls.run(List.of(3, 1, 2), 2, n -> CompletableFuture.completedFuture("a" + n));
                Expect.equal("[a3, a1, a2]", String.valueOf(answers), "answers");
            });

    /** Task 3. */
    public static final Task<MakeLine> LINE = Task.<MakeLine>named("line")
            .check("what is put in comes out, in this order, and then the end", make -> {
                try (var play = new Play()) {
                    var line = make.make(3, 1);
                    Actor alone = play.actor("a thread alone", () -> {
                        line.put("a");
                        line.put("b");
                        line.finish();
                        Expect.equal("a", line.take(), "first item");
                        Expect.equal("b", line.take(), "second item");
                        Expect.equal(null, line.take(), "item after the end");
                    });
                    alone.ends("a thread waits although the line has room, or items, or an end");
                }
            })
            .check("who puts into a full line waits", make -> {
                try (var play = new Play()) {
                    var line = make.make(1, 1);
                    Gate through = play.gate();
                    Actor producer = play.actor("the producer", () -> {
                        line.put("a");
                        line.put("b");
                        through.open();
                    });
                    producer.staysBefore(through, "a line for 1 item has taken a second one");
                    Actor consumer =
                            play.actor("the consumer", () -> Expect.equal("a", line.take(), "item that was taken"));
                    consumer.ends("an item is there, but take waits");
                    producer.ends("there is room again, but put still waits: who tells it?");
                }
            });

    /** Task 4. */
    public static final Task<Pipeline> PIPELINE = Task.<Pipeline>named("pipeline")
            .check("a few images", pipeline -> {
                try (var play = new Play()) {
                    Actor run = play.actor("the pipeline", () -> {
                        var results =
                                pipeline.run(List.of(1, 2, 3), 2, 5, n -> "image " + n, image -> image + ", small");
                        Expect.equal(
                                List.of("image 1, small", "image 2, small", "image 3, small"),
                                results.stream().sorted().toList(),
                                "results");
                    });
                    run.ends("the pipeline does not end");
                }
            });

    /** Task 5. */
    public static final Task<Receive> RECEIVE = Task.<Receive>named("receive").check("a small answer", receive -> {
        byte[] found = receive.read(new ByteArrayInputStream(new byte[] {1, 2, 3}), 3, 10);
        Expect.equal(3, found.length, "bytes that were read");
        Expect.equal((byte) 3, found[2], "last byte");
    });

    private Pipelines() {}
}
