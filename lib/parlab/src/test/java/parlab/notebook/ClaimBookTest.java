package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.timing.Estimate;

final class ClaimBookTest {
    private static final String A = "- {lesson: '01', id: A1, claim: c, article: a, measured: m, rule: '> 1'";

    @TempDir
    Path folder;

    private ClaimBook book(String text) throws IOException {
        return ClaimBook.read(Files.writeString(folder.resolve("claims.yml"), text));
    }

    private String refused(String text) {
        return assertThrows(IllegalArgumentException.class, () -> book(text)).getMessage();
    }

    @Test
    void theCommittedBookIsRead() {
        ClaimBook book = ClaimBook.read(Path.of("../../notebooks/claims.yml"));
        ClaimBook.Entry entry = book.find("01", "A2");
        assertTrue(entry.speed() && entry.aboutLock(), entry.toString());
        assertEquals("< 1.25", entry.rule());
        assertFalse(book.find("01", "E10").speed());
        assertTrue(
                book.entries().size() >= 51,
                "claims were lost: " + book.entries().size());
    }

    @Test
    void whatAClaimLacksIsSaid() {
        assertTrue(refused("- {lesson: '01', id: A1}").contains("\"claim\""));
        assertTrue(refused(A + ", unit: s}").contains("unit"));
        assertTrue(refused(A + "}\n" + A + "}").contains("A1 of lesson 01 twice"));
        assertTrue(refused(A + ", speed: maybe}").contains("true or false"));
        assertTrue(refused("text").contains("list of claims"));
        assertTrue(refused("- {").contains("not YAML"));
        assertTrue(refused(A.replace("> 1", "> few") + "}").contains("few"));
        assertThrows(UncheckedIOException.class, () -> ClaimBook.read(folder.resolve("none.yml")));
    }

    @Test
    void anUnknownClaimNamesTheLessonsOwn() throws IOException {
        ClaimBook book = book(A + "}");
        String message = assertThrows(IllegalArgumentException.class, () -> book.find("01", "A2"))
                .getMessage();
        assertTrue(message.contains("[A1]"), message);
    }

    @Test
    void thresholdsMayDependOnTheWorkers() {
        assertEquals(1.6, Threshold.of("1 + 0.2 * (workers - 1)", 4), 1e-12);
        assertEquals(0.3, Threshold.of(" 1.2/workers ", 4), 1e-12);
        assertEquals("> 3.6", Rule.parse("> 0.9 * workers", 4).toString());
        assertEquals(
                "< 0.735", Rule.parse("< 1 / (1 + 0.36 * (workers - 1))", 2).toString());
        assertEquals("from 125 to 250", Rule.parse("125 to 250", 2).toString());
        assertTrue(Rule.parse("is true", 2).isAboutFact());
        assertEquals(Rule.Answer.NO, Rule.parse("> 2", 2).judge(Estimate.exact(2, "")));
        for (String wrong : List.of("> ", "> 1 +", "> (1", "> 1)", "> x", "1", "> 1 / 0", "= 2", "")) {
            assertThrows(IllegalArgumentException.class, () -> Rule.parse(wrong, 2), wrong);
        }
    }
}
