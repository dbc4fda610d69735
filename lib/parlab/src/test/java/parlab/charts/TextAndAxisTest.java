package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import parlab.timing.Numbers;

final class TextAndAxisTest {

    @Test
    void numbersAreShortAndTheSameInEveryLocale() {
        assertEquals("1.93", Numbers.shortText(1.9312));
        assertEquals("0.0123", Numbers.shortText(0.01234));
        assertEquals("12,340", Numbers.shortText(12340));
        assertEquals("1,000", Numbers.shortText(999.6));
        assertEquals("1.00·10⁶", Numbers.shortText(999_999.6));
        assertEquals("-1.50·10⁻⁹", Numbers.shortText(-1.5e-9));
        assertEquals("0", Numbers.shortText(0));
        assertEquals("2", Numbers.plain(2));
        assertEquals("100", Numbers.plain(100));
        assertEquals("1.5·10⁹", Numbers.plain(1.5e9));
        assertEquals("4.94·10⁻³²⁴", Numbers.shortText(Double.MIN_VALUE));
    }

    @Test
    void linearTicksAreRoundAndWithin() {
        assertEquals(
                List.of("0", "1", "2", "3", "4", "5"), labels(scale(0, 5, false).ticks(6)));
        assertEquals(
                List.of("0", "2.5", "5.0", "7.5", "10.0"),
                labels(scale(0, 10, false).ticks(4)));
        assertEquals(List.of("-0.2", "0", "0.2"), labels(scale(-0.2, 0.3, false).ticks(3)));
        assertEquals(
                List.of("0", "0.5·10⁶", "1.0·10⁶"),
                labels(scale(0, 1.2e6, false).ticks(3)));
        assertEquals(
                List.of("1", "2", "3"),
                labels(scale(0.9, 3.1, false).labelledFor(new double[] {1, 3}).ticks(12)));
        for (double size = 1e-290; size < 1e290; size *= 37) {
            for (int most = 2; most <= 12; most++) {
                Axis.Scale scale = scale(0.3 * size, 1.7 * size, false);
                List<Axis.Tick> ticks = scale.ticks(most);
                assertTrue(!ticks.isEmpty() && ticks.size() <= most + 1, size + ": " + ticks);
                for (Axis.Tick tick : ticks) {
                    assertTrue(tick.value() >= 0.29 * size && tick.value() <= 1.71 * size, tick.toString());
                }
                assertEquals(ticks.size(), labels(ticks).stream().distinct().count(), ticks.toString());
            }
        }
    }

    @Test
    void logarithmicTicksAreRoundAndWithin() {
        assertEquals(
                List.of("1", "10", "100", "1,000"), labels(scale(1, 1000, true).ticks(5)));
        assertEquals(List.of("1", "2", "5", "10"), labels(scale(1, 10, true).ticks(5)));
        assertEquals(
                List.of("1", "2", "4", "8", "16"),
                labels(scale(1, 16, true).labelledFor(new double[] {1, 16}).ticks(8)));
        assertEquals(
                List.of("10⁻⁶", "0.001", "1", "1,000", "10⁶"),
                labels(scale(1e-6, 1e6, true).ticks(5)));
        for (double low = 1e-299; low < 1e200; low *= 1e13) {
            for (double ratio : new double[] {1.05, 1.5, 3, 30, 1e5, 1e50, 1e99}) {
                for (int most = 2; most <= 12; most++) {
                    List<Axis.Tick> ticks = scale(low, low * ratio, true).ticks(most);
                    assertTrue(!ticks.isEmpty() && ticks.size() <= most + 1, low + " x " + ratio + ": " + ticks);
                    assertTrue(ticks.getFirst().value() >= low * 0.999, ticks.toString());
                    assertTrue(ticks.getLast().value() <= low * ratio * 1.001, ticks.toString());
                }
            }
        }
    }

    @Test
    void workersAreSortedAsPeopleCount() {
        List<String> names = new ArrayList<>(List.of(
                "thread-10", "thread-2", "main", "pool-2-thread-1", "pool-10-thread-1", "thread-02", "", "thread"));
        Collections.sort(names, Gantt.NATURAL);
        assertEquals(
                List.of(
                        "",
                        "main",
                        "pool-2-thread-1",
                        "pool-10-thread-1",
                        "thread",
                        "thread-02",
                        "thread-2",
                        "thread-10"),
                names);
    }

    @Test
    void textIsShortenedToFitAndNeverWithinACharacter() {
        String text = "a name that is too long 😀😀😀😀😀😀😀😀";
        for (double width = 20; width < 400; width += 7) {
            for (String shown : List.of(Text.fit(text, Text.NOTE, width), Text.fitEnds(text, Text.NOTE, width))) {
                assertTrue(Text.width(shown, Text.NOTE) <= width, shown);
                assertTrue(shown.equals(text) || shown.contains("…"), shown);
                assertEquals(
                        0,
                        shown.codePoints()
                                .filter(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                                .count(),
                        shown);
            }
        }
        assertTrue(Text.fitEnds("a very long name of number 17", Text.NOTE, 100).endsWith("17"));
        assertEquals(List.of("read-write", "lock"), Text.wrap("read-write lock", Text.NOTE, 75, 3));
        assertEquals(List.of("ReadWrite-", "LockingThing"), Text.wrap("ReadWrite-LockingThing", Text.NOTE, 90, 3));
        assertEquals(
                3,
                Text.wrap("one two three four five six seven", Text.NOTE, 60, 3).size());
    }

    private static Axis.Scale scale(double min, double max, boolean log) {
        return new Axis.Scale("x", min, max, log, Axis.Scale.Labels.ROUND);
    }

    private static List<String> labels(List<Axis.Tick> ticks) {
        return ticks.stream().map(Axis.Tick::label).toList();
    }
}
