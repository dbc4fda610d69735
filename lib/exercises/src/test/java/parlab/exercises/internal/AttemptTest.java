package parlab.exercises.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import jdk.jshell.spi.SPIResolutionException;
import org.junit.jupiter.api.Test;
import parlab.exercises.Play;
import parlab.exercises.Trial;
import parlab.exercises.WrongAnswer;

class AttemptTest {

    private static String of(Trial<String> trial) {
        return Attempt.of(trial, "an answer");
    }

    @Test
    void nothingIsSaidOfARightAnswer() {
        assertNull(of(answer -> {}));
    }

    @Test
    void whatIsWrongIsSaidInWords() {
        assertEquals("too small", of(answer -> {
            throw new WrongAnswer("too small");
        }));
        assertEquals("not implemented yet", of(answer -> {
            throw new UnsupportedOperationException("not implemented");
        }));
        assertEquals("threw java.lang.IllegalStateException (broken)", of(answer -> {
            throw new IllegalStateException("broken");
        }));
        assertEquals("the stack overflowed: does a method call itself without end?", of(AttemptTest::deeper));
    }

    @Test
    void aMissingNameIsSaidWhoeverMissesIt() {
        var missing = new SPIResolutionException(7);
        assertTrue(of(answer -> {
                    throw missing;
                })
                .contains("not declared"));
        assertTrue(of(answer -> {
                    try (var play = new Play()) {
                        play.actor("map", () -> {
                                    throw missing;
                                })
                                .ends("it does not end");
                    }
                })
                .startsWith("map: uses a name that is not declared"));
    }

    @SuppressWarnings("InfiniteRecursion")
    private static void deeper(String answer) {
        deeper(answer);
    }

    @Test
    void anExceptionWhoseMessageThrowsIsSurvived() {
        assertEquals("threw an exception that cannot even be shown", of(answer -> {
            throw new RuntimeException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                    throw new IllegalStateException("not this way");
                }
            };
        }));
    }

    @Test
    void longMessagesAreCut() {
        String said = of(answer -> {
            throw new WrongAnswer("x".repeat(10_000));
        });
        assertEquals(504, said.length());
        assertTrue(said.endsWith("x ..."), said);
    }

    @Test
    void theBeginningOfWhatIsPrintedIsKept() {
        var printed = new Printed(5);
        printed.write('a');
        printed.write("bcdefgh".getBytes(StandardCharsets.UTF_8), 0, 7);
        printed.write('i');
        assertEquals("abcde\n... and 4 bytes more", printed.text());
        var little = new Printed(5);
        little.write('a');
        assertEquals("a", little.text());
    }

    /** The longest interval that a hidden test gives an answer is 3 s: whoever waits for its end has to wait longer. */
    @Test
    void patienceEndsAndTheGenerousOutlastsEveryInterval() {
        assertTrue(allOf(Patience.brief()) >= 500);
        assertTrue(allOf(Patience.generous()) >= 2 * 3_000);
    }

    private static int allOf(Patience patience) {
        int millis = 0;
        for (int next = patience.next(); next > 0; next = patience.next()) {
            millis += next;
        }
        assertEquals(0, patience.next(), "it has ended");
        return millis;
    }

    @Test
    void inAKernelNothingIsHandedOver() {
        assertFalse(HandOver.take("task", "answer"));
    }
}
