package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

final class PauseTest {
    @Test
    void aPauseLiesBeforeEachTaskAndIsNotMeasured() throws Exception {
        List<Long> nanos = new ArrayList<>();
        Table times = Trials.of(2)
                .withPause(Duration.ofMillis(2))
                .add("a", () -> nanos.add(System.nanoTime()))
                .add("b", () -> nanos.add(System.nanoTime()))
                .run();
        assertTrue(nanos.size() >= 6, "a round of warm-up and two that count: " + nanos);
        double all = 0;
        for (int i = 1; i < nanos.size(); i++) {
            long gap = nanos.get(i) - nanos.get(i - 1);
            assertTrue(gap >= 2_000_000, "only " + gap + " ns");
            all += gap / 1e9;
        }
        double measured = times.doubleColumn("seconds").sum();
        assertTrue(measured < all - 0.002, measured + " s of " + all + " s");
        assertEquals(4, times.rowCount());
    }

    @Test
    void aPauseIsNeitherNegativeNorEndless() {
        for (Duration wrong : List.of(Duration.ofMillis(-1), Duration.ofMinutes(2))) {
            Exception e = assertThrows(
                    IllegalArgumentException.class, () -> Trials.of(1).withPause(wrong));
            assertTrue(e.getMessage().contains("got " + wrong), e.getMessage());
        }
    }
}
