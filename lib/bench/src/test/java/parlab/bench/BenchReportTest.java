package parlab.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.timing.Estimate;

final class BenchReportTest {

    private static final Duration PLENTY = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Path file;
    private BenchReport report;

    @BeforeEach
    void open() throws IOException {
        file = folder.resolve("a/b/speed.json");
        report = new BenchReport("title", file, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @Test
    void eachRowIsPrintedAndWrittenAsItIsMeasured() throws IOException {
        assertEquals("[]", json().toString());
        report.add("speed", 10, 5, "MB/s", new Estimate(2, 1.5, 2.5, 0.95, 6, "x"), 3);
        assertEquals(
                new ObjectMapper()
                        .readTree("[{\"name\":\"speed\",\"ours\":10.0,\"peer\":5.0,\"unit\":\"MB/s\",\"ratio\":2.0,"
                                + "\"low\":1.5,\"high\":2.5,\"target\":3.0}]"),
                json());
        assertTrue(text().contains("speed"), text());
        report.add("more", 1, 1, "s", Estimate.exact(1, "x"), 1);
        assertEquals(2, json().size());
    }

    @Test
    void aPartThatFailsLeavesTheOthersRows() throws Exception {
        report.part("first", PLENTY, () -> row("one"));
        report.part("second", PLENTY, () -> {
            row("two");
            throw new IOException("no peer");
        });
        report.part("third", PLENTY, () -> {
            throw new AssertionError("wrong sum");
        });
        report.part("fourth", PLENTY, () -> row("four"));
        assertEquals(List.of("one", "two", "four"), names());
        String message = assertThrows(IllegalStateException.class, report::end).getMessage();
        assertTrue(message.contains("2 of the parts"), message);
        assertTrue(message.contains("second failed: java.io.IOException: no peer"), message);
        assertTrue(message.contains("third failed: java.lang.AssertionError: wrong sum"), message);
    }

    @Test
    void aPartEndsAfterItsTimeWithTheProcessesThatItStarted() throws Exception {
        Process[] child = new Process[1];
        CountDownLatch ended = new CountDownLatch(1);
        // The read cannot be interrupted: it ends with the process.
        report.part("endless", Duration.ofMillis(500), () -> {
            child[0] = new ProcessBuilder("sleep", "600").start();
            int read = child[0].getInputStream().read();
            assertEquals(-1, read);
            ended.countDown();
        });
        assertTrue(ended.await(1, TimeUnit.MINUTES));
        assertTrue(child[0].waitFor(1, TimeUnit.MINUTES));
        report.part("next", PLENTY, () -> row("next"));
        assertEquals(List.of("next"), names());
        String message = assertThrows(IllegalStateException.class, report::end).getMessage();
        assertTrue(message.contains("endless was ended after 500 ms"), message);
        assertFalse(message.contains("still runs"), message);
    }

    @Test
    void anInterruptedPeerIsEnded() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptPeer peer = new ScriptPeer("sleep", "600")) {
            Thread thread = Thread.ofPlatform().daemon().start(() -> {
                asked.countDown();
                assertThrows(IOException.class, () -> peer.ask("anything"));
            });
            asked.await();
            thread.interrupt();
            assertTrue(thread.join(Duration.ofMinutes(1)));
            peer.handle().onExit().get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void timesAndRatesSayHowMuchBetterOursIs() throws IOException {
        double[] ours = {1, 2, 3};
        double[] peer = {2, 4, 6};
        report.addTime("time", 1e3, "ms", ours, peer, 1);
        report.addRate("rate", 10, "1/s", ours, peer, 1);
        assertEquals(2000, json().get(0).get("ours").asDouble());
        assertEquals(4000, json().get(0).get("peer").asDouble());
        assertEquals(5, json().get(1).get("ours").asDouble());
        assertEquals(2.5, json().get(1).get("peer").asDouble());
        assertEquals(2, json().get(0).get("ratio").asDouble());
        assertEquals(2, json().get(1).get("ratio").asDouble());
    }

    @Test
    void theTableTellsWhichTargetWasMissed() {
        report.add("good", 10, 5, "MB/s", Estimate.exact(2, "x"), 2);
        report.add("bad", 10, 5, "MB/s", Estimate.exact(2, "x"), 2.1);
        List<String> missed =
                text().lines().filter(line -> line.contains("missed")).toList();
        assertEquals(1, missed.size(), text());
        assertTrue(missed.getFirst().endsWith("bad"), text());
    }

    @Test
    void whatJsonCannotHoldIsRefused() throws IOException {
        assertThrows(
                IllegalArgumentException.class, () -> report.add("x", Double.NaN, 1, "s", Estimate.exact(1, "x"), 1));
        assertEquals(0, json().size());
    }

    @Test
    void sidesTakeTurnsAndWarmUpsDoNotCount() throws Exception {
        List<String> turns = new ArrayList<>();
        var seconds = new Rounds()
                .add("a", () -> turns.add("a") ? turns.size() : 0)
                .add("b", () -> turns.add("b") ? turns.size() : 0)
                .run(1, 2);
        assertEquals(List.of("b", "a", "a", "b", "b", "a"), turns);
        assertEquals(List.of("a", "b"), List.copyOf(seconds.keySet()));
        assertEquals(3, seconds.get("a")[0]);
        assertEquals(6, seconds.get("a")[1]);
        assertEquals(2, seconds.get("b").length);
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

    private void row(String name) {
        report.add(name, 1, 1, "s", Estimate.exact(1, "x"), 1);
    }

    private List<String> names() throws IOException {
        return json().findValuesAsText("name");
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(Files.readString(file));
    }

    private String text() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
