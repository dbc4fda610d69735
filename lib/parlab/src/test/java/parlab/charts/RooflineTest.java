package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parlab.results.Results.row;

import java.util.List;
import org.junit.jupiter.api.Test;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

final class RooflineTest {
    private static Table points(double thin) {
        return Tables.of(
                "",
                List.of(
                        row("way", "loop", "threads", 1, "flop/byte", 40.0, "GF/s", 1.0),
                        row("way", "thin", "threads", 2, "flop/byte", thin, "GF/s", 2.0)));
    }

    private static LineChart chart(Table points, double peak, double bandwidth) {
        return Charts.roofline("Roof", points, "flop/byte", "GF/s", peak, bandwidth, "way", "threads");
    }

    @Test
    void theRoofRisesWithTheBandwidthAndEndsAtThePeak() {
        assertEquals(
                "Line chart: Roof. x-axis: flop/byte (logarithmic), y-axis: GF/s (logarithmic). what the machine allows:"
                        + " 0.833 at 0.0833, 60 at 120, highest 60 at 6. loop, threads = 1: 1 at 40."
                        + " thin, threads = 2: 2 at 0.25.",
                chart(points(0.25), 60, 10).alt());
    }

    @Test
    void theRidgeIsOnTheChartWhereverThePointsAre() {
        String alt = chart(points(0.25), 600, 2).alt();
        assertTrue(alt.contains("600 at 900, highest 600 at 300"), alt);
    }

    @Test
    void limitsAndPlacesLieAboveZero() {
        assertWrong("the peak is 0", () -> chart(points(0.25), 0, 10));
        assertWrong("the bandwidth is NaN", () -> chart(points(0.25), 60, Double.NaN));
        assertWrong("the place of 'thin, threads = 2' is 0", () -> chart(points(0), 60, 10));
    }

    private static void assertWrong(String part, Runnable wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
