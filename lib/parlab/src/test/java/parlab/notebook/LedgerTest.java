package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.results.BySide;
import parlab.timing.Estimate;

class LedgerTest {
    @TempDir
    private Path home;

    private static List<Map<String, Object>> claims(String lesson, String id, double jvm) {
        Claims claims = Claims.lesson(lesson);
        var draft = claims.claim(id, "threads do not help")
                .article("12 %")
                .rule("cores", Rule.below(1.2))
                .jvm(Estimate.median(new double[] {jvm, jvm, jvm, jvm, jvm, jvm}, "cores"))
                .cpython(Estimate.exact(1, "cores"));
        assertEquals(id, draft.complete().id());
        return claims.list().stream().map(Claim::toMap).toList();
    }

    private void write(String file, Object value) throws IOException {
        Path path = home.resolve(file);
        Files.createDirectories(path.getParent());
        new ObjectMapper().writeValue(path.toFile(), value);
    }

    private void recorded(int processors, Map<String, Object> lessons) throws IOException {
        write(
                "notebooks/recorded/claims-" + processors + "-processors.json",
                Map.of("machine", "a machine of " + processors, "processors", processors, "lessons", lessons));
    }

    @Test
    void theLastRunCountsAndWhereThereIsNoneTheNearestRecordedOne() throws IOException {
        recorded(2, Map.of("01-a", claims("01", "A1", 1.5), "02-b", claims("02", "B1", 1.9)));
        recorded(
                16,
                Map.of("01-a", claims("01", "A1", 14), "02-b", claims("02", "B1", 15), "03-c", claims("03", "C1", 9)));
        write("build/notebooks/claims.json", Map.of("01-a", claims("01", "A1", 1.7)));
        Ledger ledger = Ledger.in(home, 4);
        assertEquals(
                List.of("A1", "B1", "C1"),
                ledger.entries().stream().map(Ledger.Entry::id).toList());
        Ledger.Entry here = ledger.find("A1").getFirst();
        assertEquals("the last run here", here.source());
        assertEquals("1.70 cores", here.jvm());
        assertEquals("holds on CPython only", here.verdict());
        Ledger.Entry near = ledger.find("B1").getFirst();
        assertEquals("recorded on 2 processors (a machine of 2)", near.source());
        assertTrue(ledger.find("C1").getFirst().source().contains("16 processors"));
        assertEquals(List.of(), ledger.find("Z9"));
        assertEquals("3 claims of 3 lessons", ledger.toString());
        assertEquals(
                "lesson 01: the last run here; lesson 02: recorded on 2 processors (a machine of 2); lesson 03: recorded on"
                        + " 16 processors (a machine of 16)",
                ledger.sources());
        assertEquals("A1: 1.70 cores", ledger.figure("A1", "JVM"));
        assertEquals("A1: 1.00 cores", ledger.figure("A1", "CPython"));
        var few = ledger.table().where(t -> t.stringColumn("lesson").isEqualTo("02"));
        assertEquals(
                List.of("B1: threads do not help"), few.stringColumn("claim").asList());
    }

    @Test
    void nothingRunIsAnEmptyLedger() {
        Ledger ledger = Ledger.in(home, 2);
        assertEquals(List.of(), ledger.entries());
        assertEquals("E3: not run yet", ledger.figure("E3", "JVM"));
        assertTrue(ledger.table().get(0, 0).toString().contains("make run"));
    }

    @Test
    void aFileThatIsSomethingElseIsNamed() throws IOException {
        for (Object wrong : List.of("text", Map.of("01-a", List.of(Map.of("id", "A1"))))) {
            write("build/notebooks/claims.json", wrong);
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> Ledger.in(home, 2));
            assertTrue(e.getMessage().contains("claims.json"), e.getMessage());
        }
        Files.writeString(home.resolve("build/notebooks/claims.json"), "{ not JSON");
        assertThrows(UncheckedIOException.class, () -> Ledger.in(home, 2));
    }

    @Test
    void furtherSidesAreKeptWhereARunHasThem() throws IOException {
        List<Map<String, Object>> without = claims("02", "B1", 1.9);
        Claims claims = Claims.lesson("01");
        claims.open(new ClaimBook.Entry("01", "A1", "words", "-", "cores", "< 1.2", false, true), 2)
                .jvm(Estimate.exact(2, "cores"))
                .cpython(Estimate.exact(1, "cores"))
                .on(BySide.NO_LOCK, Estimate.exact(2, "cores"));
        write(
                "build/notebooks/claims.json",
                Map.of("01-a", claims.list().stream().map(Claim::toMap).toList(), "02-b", without));
        Ledger ledger = Ledger.in(home, 2);
        assertEquals(
                Map.of(BySide.NO_LOCK, "2.00 cores: does not hold"),
                ledger.find("A1").getFirst().others());
        assertEquals(Map.of(), ledger.find("B1").getFirst().others());
    }
}
