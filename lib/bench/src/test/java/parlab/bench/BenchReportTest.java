package parlab.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.timing.Estimate;

final class BenchReportTest {

    private final BenchReport report = new BenchReport("title");

    @Test
    void theFileHoldsTheRowsAndItsFoldersAreMade(@TempDir Path folder) throws IOException {
        report.add("speed", 10, 5, "MB/s", new Estimate(2, 1.5, 2.5, 0.95, 6, "x"), 3);
        Path file = folder.resolve("a/b/speed.json");
        report.write(file);
        report.write(file);
        JsonNode json = new ObjectMapper().readTree(Files.readString(file));
        assertEquals(
                new ObjectMapper()
                        .readTree("[{\"name\":\"speed\",\"ours\":10.0,\"peer\":5.0,\"unit\":\"MB/s\",\"ratio\":2.0,"
                                + "\"low\":1.5,\"high\":2.5,\"target\":3.0}]"),
                json);
    }

    @Test
    void theTableTellsWhichTargetWasMissed() {
        report.add("good", 10, 5, "MB/s", Estimate.exact(2, "x"), 2);
        report.add("bad", 10, 5, "MB/s", Estimate.exact(2, "x"), 2.1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        report.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        List<String> missed = out.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("missed"))
                .toList();
        assertEquals(1, missed.size(), out.toString(StandardCharsets.UTF_8));
        assertTrue(missed.getFirst().startsWith("bad"), missed.toString());
    }

    @Test
    void whatJsonCanNotHoldIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> report.add("x", Double.NaN, 1, "s", Estimate.exact(1, "x"), 1));
        assertEquals(List.of(), report.rows());
    }

    @Test
    void agreementIsOneAtBestWhicheverSideIsLarger() {
        assertAgreement(0.8, 0.75, 0.9, 0.8, 0.75, 0.9);
        assertAgreement(1.25, 1.2, 1.6, 0.8, 0.625, 1 / 1.2);
        assertAgreement(0.98, 0.8, 1.1, 0.98, 0.8, 1);
        assertAgreement(1.02, 0.95, 1.25, 1 / 1.02, 0.8, 1);
    }

    private static void assertAgreement(
            double value, double low, double high, double wanted, double wantedLow, double wantedHigh) {
        Estimate e = TimingBench.agreement(new Estimate(value, low, high, 0.95, 6, "x"));
        assertEquals(wanted, e.value(), 1e-12);
        assertEquals(wantedLow, e.low(), 1e-12);
        assertEquals(wantedHigh, e.high(), 1e-12);
    }
}
