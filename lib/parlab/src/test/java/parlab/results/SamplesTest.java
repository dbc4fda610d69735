package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import parlab.timing.Bench;
import parlab.timing.Measurement;
import tech.tablesaw.api.Table;

final class SamplesTest {
    private long counter;

    @Test
    void aMeasurementsSamplesAreRowsWithItsMedian() {
        Bench bench = Bench.standard().withBudget(Duration.ofMillis(20));
        Measurement one = bench.measure("one", () -> ++counter);
        Measurement other = bench.measure("other", () -> counter += 2);
        Table table = Results.samples(one, other);
        assertEquals(List.of("way", "round", "time (ns)"), table.columnNames());
        assertEquals(one.samples().size() + other.samples().size(), table.rowCount());
        double median =
                Results.medians(table, "time (ns)", "way", "other").jvm().value();
        assertEquals(other.nanosPerCall().value(), median);
    }
}
