package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import parlab.timing.Estimate;

final class FindingTest {
    private static Finding of(double x) {
        return Notebook.finding("It took %s. ", Estimate.exact(x, "s"))
                .when(x < 1, "Short.")
                .when(x < 10, "Longer, %.1f %% of an hour.", x / 36)
                .otherwise("Long.")
                .also("")
                .when(x > 100, "Too long.")
                .otherwise("");
    }

    @Test
    void theFirstTrueConditionOfEachChoiceSpeaks() {
        assertEquals("It took 0.500 s. Short.", of(0.5).toString());
        assertEquals("It took 1.80 s. Longer, 0.1 % of an hour.", of(1.8).toString());
        assertEquals("It took 50.0 s. Long.", of(50).toString());
        assertEquals("It took 200 s. Long. Too long.", of(200).toString());
    }

    @Test
    void aChoiceWithoutItsEndIsRefused() {
        for (boolean condition : new boolean[] {true, false}) {
            Finding open = Finding.of("a").when(condition, "b");
            assertTrue(assertThrows(IllegalStateException.class, open::toString)
                    .getMessage()
                    .contains("otherwise"));
            assertThrows(IllegalStateException.class, () -> open.also("c"));
        }
        assertThrows(IllegalStateException.class, () -> Finding.of("a").otherwise("b"));
    }

    @Test
    void aSentenceAboutAFigureThatWasNotMeasuredIsLeftOut() {
        Optional<Estimate> none = Optional.empty();
        assertEquals(
                "It took 2.00 s. All in all.",
                Finding.of("It took %s.", Optional.of(Estimate.exact(2, "s")))
                        .also("CPython %s.", none)
                        .when(true, "Of %d, %s.", 3, none)
                        .otherwise("Never said.")
                        .also("All in all.")
                        .toString());
    }

    @Test
    void numbersLookTheSameInEveryLocale() {
        java.util.Locale before = java.util.Locale.getDefault();
        java.util.Locale.setDefault(java.util.Locale.GERMANY);
        try {
            assertEquals("1,234.5", Finding.of("%,.1f", 1234.5).toString());
        } finally {
            java.util.Locale.setDefault(before);
        }
    }
}
