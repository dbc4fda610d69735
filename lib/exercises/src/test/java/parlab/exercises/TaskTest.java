package parlab.exercises;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskTest {

    private static final Task<String> TASK = Task.named("greet");

    @Test
    void aCheckMoreLeavesTheTaskAsItWas() {
        var more = TASK.check("polite", answer -> Expect.that(answer.endsWith("please"), "say please"));
        assertEquals(0, TASK.checks().size());
        assertEquals(
                List.of("polite"), more.checks().stream().map(Task.Check::title).toList());
        assertEquals("greet", more.name());
    }

    @Test
    void checksStopAtTheFirstThatFailsAndSayWhy() {
        List<String> ran = new ArrayList<>();
        var task = TASK.check("first", answer -> ran.add("first"))
                .check("second", answer -> {
                    ran.add("second");
                    Expect.equal("hello", answer, "greeting");
                })
                .check("third", answer -> ran.add("third"));
        var wrong = assertThrows(WrongAnswer.class, () -> Exercises.check(task, "bye"));
        assertEquals("second: greeting: expected hello, found bye", wrong.getMessage());
        assertEquals(List.of("first", "second"), ran);
        Exercises.check(task, "hello");
        assertEquals(5, ran.size());
    }

    @Test
    void testsKeepTheirOrderAndAreWorthSomething() {
        var tests = Tests.of(TASK).test(1, "a", answer -> {}).test(0.5, "b", answer -> {});
        assertEquals(
                List.of("a", "b"), tests.all().stream().map(Tests.Test::title).toList());
        assertEquals(1.5, tests.all().stream().mapToDouble(Tests.Test::points).sum());
        for (double points : new double[] {0, -1, Double.NaN}) {
            var e = assertThrows(IllegalArgumentException.class, () -> tests.test(points, "c", answer -> {}));
            assertTrue(e.getMessage().contains(String.valueOf(points)), e.getMessage());
        }
    }

    @Test
    void expectedExceptionsAreOfTheirClassOrBelow() {
        Expect.thrown(
                RuntimeException.class,
                () -> {
                    throw new IllegalStateException();
                },
                "nothing");
        assertThrows(WrongAnswer.class, () -> Expect.thrown(RuntimeException.class, () -> {}, "nothing"));
        var other = assertThrows(
                WrongAnswer.class,
                () -> Expect.thrown(
                        IllegalStateException.class,
                        () -> {
                            throw new IllegalArgumentException();
                        },
                        "nothing"));
        assertTrue(other.getMessage().contains("IllegalArgumentException"), other.getMessage());
    }

    @Test
    void equalityIsTheExpectedValuesOwn() {
        var flatterer = new Object() {
            @Override
            public boolean equals(Object other) {
                return true;
            }

            @Override
            public int hashCode() {
                return 0;
            }
        };
        assertThrows(WrongAnswer.class, () -> Expect.equal(3, flatterer, "a number"));
    }
}
