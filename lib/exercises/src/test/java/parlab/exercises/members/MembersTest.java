package parlab.exercises.members;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import parlab.exercises.Expect;
import parlab.exercises.WrongAnswer;
import parlab.exercises.members.Members.Round;
import parlab.exercises.members.Members.Step;

class MembersTest {

    private static final List<String> KEYS = List.of("a", "b", "c");
    private static final List<String> TWO = List.of("x", "y");

    @Test
    void similarTextsHaveHashesThatDifferInHalfTheBits() {
        int bits = IntStream.range(0, 1_000)
                .map(i -> Long.bitCount(Members.hash("key " + i) ^ Members.hash("key " + (i + 1))))
                .sum();
        assertEquals(32, bits / 1_000.0, 1);
        assertEquals(Members.hash("key"), Members.hash(new String("key")));
    }

    @Test
    void eachKeyHasOneOwnerAndEachMemberAList() {
        Map<String, List<String>> right = Map.of("x", List.of("b"), "y", List.of("a", "c"));
        assertEquals(Map.of("a", "y", "b", "x", "c", "y"), Shares.owners((keys, members) -> right, KEYS, TWO));
        for (Map<String, List<String>> wrong : List.of(
                Map.of("x", List.of("a", "b"), "y", List.of("a", "c")),
                Map.of("x", List.of("a", "b"), "y", List.of("b")),
                Map.of("x", List.of("a", "b"), "y", List.of("c", "d")),
                Map.of("x", List.of("a", "b", "c")),
                Map.of("x", List.of("a", "b"), "y", List.of("c"), "z", List.<String>of()))) {
            assertThrows(WrongAnswer.class, () -> Shares.owners((keys, members) -> wrong, KEYS, TWO), wrong::toString);
        }
    }

    @Test
    void halfToOneAndAHalfTimesTheAverageIsBalanced() {
        for (int share = 0; share <= 8; share++) {
            int first = share;
            var owners = new HashMap<String, String>();
            IntStream.range(0, 8).forEach(i -> owners.put("key " + i, i < first ? "x" : "y"));
            if (share >= 2 && share <= 6) {
                Shares.balanced(owners, TWO);
            } else {
                assertThrows(WrongAnswer.class, () -> Shares.balanced(owners, TWO), "share of " + share);
            }
        }
    }

    @Test
    void aKeyHasMovedIfItsOwnerIsAnother() {
        assertEquals(List.of("b"), Shares.moved(Map.of("a", "x", "b", "x"), Map.of("a", "x", "b", "y")));
    }

    @Test
    void aTaskIsEqualToItsCopyAndSaysThatItWasLookedAt() {
        var looks = new AtomicInteger();
        var task = new WatchedTask("a", looks::incrementAndGet);
        assertEquals(task, new WatchedTask("a", () -> {}));
        assertEquals(1, looks.get());
        assertEquals("a", task.toString());
        assertEquals(2, looks.get());
        assertEquals(task.hashCode(), new WatchedTask("a", () -> {}).hashCode());
        assertNotEquals(task, new WatchedTask("b", () -> {}));
        assertEquals(4, looks.get());
    }

    @Test
    void aResultIsOfATaskAnAttemptAndAValueAndSaysThatItWasRead() {
        var reads = new AtomicInteger();
        var result = new WatchedResult(new WatchedTask("a", () -> {}), 1, 7, reads::incrementAndGet);
        assertEquals("1 7 a", result.attempt() + " " + result.value() + " " + result.task());
        assertEquals(3, reads.get());
        assertEquals(result, Members.result("a", 1, 7));
        assertEquals(result.hashCode(), Members.result("a", 1, 7).hashCode());
        for (var other : List.of(Members.result("b", 1, 7), Members.result("a", 2, 7), Members.result("a", 1, 8))) {
            assertNotEquals(result, other);
        }
    }

    @Test
    void theFirstCallIsStoppedAtEachPlaceInTurn() throws Exception {
        var found = new ArrayList<String>();
        Stops.each(stops -> {
            var events = new ConcurrentLinkedQueue<String>();
            var add = stops.at(Long::sum);
            stops.together(
                    () -> {
                        events.add("begins");
                        events.add("adds " + add.applyAsLong(1, 2));
                        events.add("reads " + stops.result("a task", 1, 5).value());
                    },
                    () -> events.add("other adds " + add.applyAsLong(2, 2))); // which does not stop this one
            found.add(String.join(", ", events));
        });
        assertEquals(
                List.of(
                        "begins, other adds 4, adds 3, reads 5",
                        "begins, adds 3, other adds 4, reads 5",
                        "begins, adds 3, reads 5, other adds 4"),
                found);
    }

    @Test
    void anUpdateThatIsLostBetweenReadingAndWritingIsFound() throws Exception {
        Stops.Scene unlocked = stops -> {
            long[] total = {0};
            var add = stops.at(Long::sum);
            stops.together(
                    () -> total[0] = add.applyAsLong(total[0], 1), () -> total[0] = add.applyAsLong(total[0], 10));
            Expect.equal(11L, total[0], "total");
        };
        assertThrows(WrongAnswer.class, () -> Stops.each(unlocked));
        Stops.each(stops -> {
            var total = new AtomicLong();
            var add = stops.at(Long::sum);
            stops.together(() -> total.accumulateAndGet(1, add), () -> total.accumulateAndGet(10, add));
            assertEquals(11, total.get());
        });
    }

    @Test
    void aCallWithoutAnEndOfStopsIsFound() {
        assertThrows(
                WrongAnswer.class,
                () -> Stops.each(stops -> {
                    var add = stops.at(Long::sum);
                    long[] total = {0};
                    stops.together(
                            () -> Arrays.setAll(
                                    total, i -> LongStream.range(0, 1_000).reduce(0, add)),
                            () -> {});
                }));
    }

    @Test
    void membersEndInTheOrderThatIsAskedFor() {
        var shards = Training.shards(1, 0, 2, 3);
        for (int[] order : new int[][] {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}}) {
            double[] ended = Training.round(inOrderOfTheirEnds(), new double[3], shards, 1, (p, s) -> {}, order);
            double[] expected = IntStream.of(order)
                    .map(i -> shards.get(i).size())
                    .filter(n -> n > 0)
                    .asDoubleStream()
                    .toArray();
            assertArrayEquals(expected, ended);
        }
    }

    /** Not an average, but the sizes of the shards in the order in which the members have ended. */
    private static Round inOrderOfTheirEnds() {
        return (parameters, shards, k, step, members) -> {
            var ended = new ConcurrentLinkedQueue<Integer>();
            var busy = shards.stream().filter(shard -> !shard.isEmpty()).toList();
            var running = new CountDownLatch(busy.size());
            for (var shard : busy) {
                members.execute(() -> {
                    step.apply(parameters, shard);
                    ended.add(shard.size());
                    running.countDown();
                });
            }
            running.await();
            return ended.stream().mapToDouble(Integer::intValue).toArray();
        };
    }

    @Test
    void aStepOnNoMembersShardIsReportedWhateverTheAnswerMakesOfIt() {
        var shards = Training.shards(0, 2);
        for (var strange : List.of(List.<Members.Example>of(), Training.together(Training.shards(3)))) {
            var wrong = assertThrows(
                    WrongAnswer.class,
                    () -> Training.round(
                            (parameters, own, k, step, members) -> {
                                try {
                                    step.apply(parameters, strange);
                                } catch (WrongAnswer e) {
                                    // kept quiet
                                }
                                return parameters;
                            },
                            new double[] {0, 0},
                            shards,
                            1,
                            Training.descent(0.1)));
            assertTrue(wrong.getMessage().startsWith("a step "), wrong.getMessage());
        }
    }

    @Test
    void descentFindsTheLine() {
        double[] line = {0, 0};
        Step descent = Training.descent(0.5);
        var examples = Training.together(Training.shards(50, 50));
        for (int i = 0; i < 200; i++) {
            descent.apply(line, examples);
        }
        assertArrayEquals(new double[] {3, -1}, line, 0.15);
    }

    @Test
    void parametersMayDifferByRoundingAndInNothingElse() {
        Training.expect(new double[] {1e9, 0}, new double[] {1e9 + 0.5, 1e-10}, "close");
        for (double[] far : new double[][] {{1e9 + 2, 0}, {1e9, 1e-8}, {1e9}, {1e9, Double.NaN}}) {
            assertThrows(WrongAnswer.class, () -> Training.expect(new double[] {1e9, 0}, far, "far"));
        }
    }
}
