package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SequentialRanksTest {
    private static final int RUNS = 20_000;

    @Test
    void sixSamplesGiveTheirRange() {
        assertEquals(new MedianInterval(0, 1 - 2.0 / 64), SequentialRanks.of(6));
    }

    @Test
    void theCorridorWidensAndNeverCostsMoreThanATenth() {
        int rank = 0;
        double coverage = 1;
        for (int n = SequentialRanks.FIRST_LOOK; n <= SequentialRanks.LAST_LOOK; n++) {
            MedianInterval interval = SequentialRanks.of(n);
            assertTrue(interval.rank() >= rank && interval.coverage() <= coverage, n + ": " + interval);
            assertTrue(interval.coverage() >= 0.9, n + ": " + interval);
            rank = interval.rank();
            coverage = interval.coverage();
        }
        assertEquals(6, rank);
    }

    /** Whoever looks after every sample and stops at the first interval that misses the median errs as often as stated. */
    @Test
    void lookingAfterEverySampleErrsAsOftenAsStated() {
        SplittableRandom random = new SplittableRandom(7);
        int missed = 0;
        int missedFixed = 0;
        for (int run = 0; run < RUNS; run++) {
            double[] samples = random.doubles(SequentialRanks.LAST_LOOK).toArray();
            boolean out = false;
            boolean outFixed = false;
            for (int n = SequentialRanks.FIRST_LOOK; n <= SequentialRanks.LAST_LOOK; n++) {
                double[] sofar = Arrays.copyOf(samples, n);
                out |= misses(Estimate.sequential(sofar, ""));
                outFixed |= misses(Estimate.median(sofar, ""));
            }
            missed += out ? 1 : 0;
            missedFixed += outFixed ? 1 : 0;
        }
        double stated = 1 - SequentialRanks.of(SequentialRanks.LAST_LOOK).coverage();
        assertEquals(stated, (double) missed / RUNS, 0.01);
        assertTrue(missedFixed > 1.1 * missed, "intervals for one look must err more often: " + missedFixed);
    }

    private static boolean misses(Estimate estimate) {
        return estimate.isAbove(0.5) || estimate.isBelow(0.5);
    }
}
