package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parlab.results.BySide;
import parlab.timing.Estimate;

final class ClaimsTest {

    private static Estimate figure(double low, double high) {
        return new Estimate((low + high) / 2, low, high, 0.97, 6, "x");
    }

    @ParameterizedTest
    @CsvSource({
        // low, high: above 2, below 2, between 2 and 4, between 2 and 2
        "1.0, 1.9, NO, YES, NO, NO",
        "1.0, 2.0, NO, UNDECIDED, UNDECIDED, UNDECIDED",
        "1.5, 2.5, UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED",
        "2.0, 2.0, NO, NO, YES, YES",
        "2.0, 3.0, UNDECIDED, NO, YES, UNDECIDED",
        "2.1, 3.0, YES, NO, YES, NO",
        "2.1, 5.0, YES, NO, UNDECIDED, NO",
        "4.1, 5.0, YES, NO, NO, NO",
        "1.0, 9.0, UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED",
    })
    void aRuleJudgesTheWholeInterval(
            double low, double high, Rule.Answer above, Rule.Answer below, Rule.Answer between, Rule.Answer equal) {
        Estimate figure = figure(low, high);
        assertEquals(above, Rule.above(2).judge(figure), "above");
        assertEquals(below, Rule.below(2).judge(figure), "below");
        assertEquals(between, Rule.between(2, 4).judge(figure), "between");
        assertEquals(equal, Rule.between(2, 2).judge(figure), "equal");
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.1, 1.0, 1.1, holds",
        "1.8, 1.9, 1.0, 1.1, holds on CPython only",
        "1.0, 1.1, 1.8, 1.9, holds on the JVM only",
        "1.8, 1.9, 1.8, 1.9, does not hold",
        "1.0, 1.9, 1.0, 1.1, undecided here",
        "1.8, 1.9, 1.0, 1.9, undecided here",
    })
    void theVerdictFollowsFromBothSides(double jvmLow, double jvmHigh, double pyLow, double pyHigh, String verdict) {
        Claim claim = Claims.lesson("01")
                .claim("A2", "words")
                .article("-")
                .rule("cores", Rule.below(1.2))
                .jvm(figure(jvmLow, jvmHigh))
                .cpython(figure(pyLow, pyHigh))
                .complete();
        assertEquals(verdict, claim.verdict().toString());
        assertEquals(claim.verdict() == Verdict.UNDECIDED, !claim.reason().isEmpty(), claim.reason());
    }

    private static Claims.Draft draft() {
        return Claims.lesson("01").claim("A2", "words").article("-").rule("cores", Rule.below(1.2));
    }

    @Test
    void whereSomethingStoodInTheWayFiguresDoNotCount() {
        Claim claim = draft().jvm(figure(1, 1.1))
                .unless("others were busy")
                .cpython(figure(1, 1.1))
                .complete();
        assertEquals(Verdict.UNDECIDED, claim.verdict());
        assertEquals(new Side.Untested("others were busy"), claim.jvm());
        assertEquals(new Side.Untested("others were busy"), claim.cpython());
        Claim free =
                draft().unless("").jvm(figure(1, 1.1)).cpython(figure(1, 1.1)).complete();
        assertEquals(Verdict.HOLDS, free.verdict());
        Claim other = draft().unless("others were busy")
                .jvmNotApplicable("no lock")
                .cpythonUntested("not here")
                .complete();
        assertEquals(new Side.NotApplicable("no lock"), other.jvm());
        assertEquals(new Side.Untested("not here"), other.cpython());
    }

    @Test
    void anUndecidedClaimSaysWhichSideAndWhy() {
        Claim claim = draft().jvm(figure(1, 1.5))
                .cpythonUntested("there is no Python here")
                .complete();
        assertEquals(Verdict.UNDECIDED, claim.verdict());
        assertEquals(
                "JVM: 1.25 x [1.00, 1.50] lies on both sides of \"< 1.2\"; CPython: not tested: there is no Python here",
                claim.reason());
    }

    @Test
    void tooFewSamplesDecideNothing() {
        Estimate three = Estimate.median(new double[] {1, 1, 1.1}, "x");
        Claim strict = draft().jvm(three).cpython(figure(1, 1.1)).complete();
        assertEquals(Verdict.UNDECIDED, strict.verdict());
        assertEquals("JVM: 3 samples give an interval with 75 % confidence; 90 % is required", strict.reason());
        Estimate five = Estimate.median(new double[] {1, 1, 1, 1, 1.1}, "x");
        assertEquals(
                Verdict.HOLDS,
                draft().jvm(five).cpython(figure(1, 1.1)).complete().verdict());
    }

    @Test
    void whereAClaimDoesNotApplyTheOtherSideDecides() {
        assertEquals(
                Verdict.CPYTHON_ONLY,
                draft().jvmNotApplicable("no global lock")
                        .cpython(figure(1, 1.1))
                        .complete()
                        .verdict());
        assertEquals(
                Verdict.DOES_NOT_HOLD,
                draft().jvmNotApplicable("no global lock")
                        .cpython(figure(2, 3))
                        .complete()
                        .verdict());
    }

    @Test
    void factsAreJudgedByTheirOwnRule() {
        Claims claims = Claims.lesson("01");
        Claims.Draft fact = claims.claim("A5", "tells")
                .article("3.12+")
                .rule("the function exists", Rule.isTrue())
                .jvm(false, "there is none")
                .cpython(true, "3.13: yes");
        assertEquals(Verdict.CPYTHON_ONLY, fact.complete().verdict());
        assertThrows(
                IllegalArgumentException.class, () -> fact.jvm(figure(1, 2)).complete());
        assertThrows(
                IllegalArgumentException.class,
                () -> draft().jvm(true, "x").cpython(figure(1, 2)).complete());
    }

    @Test
    void oneThresholdIsNotComparedWithTwoUnits() {
        IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class,
                () -> draft().jvm(Estimate.exact(1, "s"))
                        .cpython(Estimate.exact(1, "ms"))
                        .complete());
        assertTrue(error.getMessage().contains("1.00 ms"), error.getMessage());
    }

    @Test
    void anIncompleteClaimSaysWhatItLacks() {
        Claims claims = Claims.lesson("01");
        Claims.Draft draft = claims.claim("A2", "words").article("-").jvm(figure(1, 2));
        assertEquals("A2 lacks rule(..), cpython(..)", draft.toString());
        IllegalStateException error = assertThrows(IllegalStateException.class, claims::list);
        assertTrue(error.getMessage().contains("claim A2"), error.getMessage());
        assertTrue(error.getMessage().contains("rule(..), cpython(..)"), error.getMessage());
        assertThrows(IllegalStateException.class, () -> Claims.lesson("01").show());
    }

    @Test
    void aCellThatIsRunAgainReplacesItsClaimInPlace() {
        Claims claims = Claims.lesson("01");
        for (String words : List.of("first", "second")) {
            for (String id : List.of("A1", "A2")) {
                claims.claim(id, words)
                        .article("-")
                        .rule("cores", Rule.below(1))
                        .jvmUntested("x")
                        .cpythonUntested("y");
            }
        }
        assertEquals(
                List.of("A1 second", "A2 second"),
                claims.list().stream().map(c -> c.id() + " " + c.claim()).toList());
    }

    @Test
    void theMachineReadableFormHasTextAndNumbers() {
        Claims claims = Claims.lesson("01");
        claims.claim("A2", "words")
                .article("12 %")
                .rule("cores", Rule.below(1.2))
                .jvm(new Estimate(1.9, 1.8, 2, 0.97, 6, "cores"))
                .cpythonUntested("no Python");
        Map<String, Object> map = claims.list().getFirst().toMap();
        assertEquals(
                List.of("id", "claim", "article", "jvm", "cpython", "rule", "verdict", "reason", "jvm_numbers"),
                List.copyOf(map.keySet()));
        assertEquals("1.90 cores [1.80, 2.00]", map.get("jvm"));
        assertEquals("cores < 1.2 cores", map.get("rule"));
        assertEquals("undecided here", map.get("verdict"));
        assertEquals(
                Map.of("value", 1.9, "low", 1.8, "high", 2.0, "unit", "cores", "confidence", 0.97, "samples", 6),
                map.get("jvm_numbers"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a2", "2", "A", "A2b", "AA2"})
    void anIdIsALetterAndANumber(String id) {
        Claims.Draft draft = Claims.lesson("01")
                .claim(id, "words")
                .article("-")
                .rule("x", Rule.above(1))
                .jvmUntested("x")
                .cpythonUntested("y");
        assertThrows(IllegalArgumentException.class, draft::complete);
    }

    @Test
    void badRulesAndReasonsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Rule.above(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Rule.below(Double.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> Rule.between(3, 2));
        assertThrows(IllegalArgumentException.class, () -> draft().jvmUntested(" "));
        assertThrows(
                IllegalArgumentException.class,
                () -> draft().jvm(new Estimate(1, 0, Double.POSITIVE_INFINITY, 1, 9, "")));
        assertThrows(IllegalArgumentException.class, () -> Claims.lesson(" "));
        assertFalse(Rule.above(1).isAboutFact());
    }

    private static Claims.Draft ofTheBook(boolean aboutLock) {
        var entry = new ClaimBook.Entry("01", "A2", "words", "-", "cores", "< 1.2", true, aboutLock);
        return Claims.lesson("01").open(entry, 2).jvm(figure(1.8, 1.9)).cpython(figure(1.0, 1.1));
    }

    @Test
    void aClaimAboutTheLockHasAVerdictOnEachFurtherSide() {
        Claim claim = ofTheBook(true).on(BySide.NO_LOCK, figure(1.7, 1.9)).complete();
        assertEquals(Verdict.CPYTHON_ONLY, claim.verdict(), "two sides decide, as in every other claim");
        assertEquals("1.80 x [1.70, 1.90]: does not hold", claim.on(BySide.NO_LOCK));
        assertEquals(
                Map.of(BySide.NO_LOCK, claim.on(BySide.NO_LOCK)), claim.toMap().get("others"));
        assertEquals("", claim.on("another"));

        assertEquals(
                Map.of(),
                ofTheBook(false).on(BySide.NO_LOCK, figure(1.7, 1.9)).complete().others());
    }

    @Test
    void anObstacleKeepsTheVerdictOfAFurtherSideOpen() {
        Claim claim = ofTheBook(true)
                .on(BySide.NO_LOCK, figure(1.7, 1.9))
                .unless("one processor")
                .complete();
        assertEquals("not tested: one processor: undecided here", claim.on(BySide.NO_LOCK));
        Claim untested =
                ofTheBook(true).untestedOn(BySide.NO_LOCK, "no second core").complete();
        assertEquals("not tested: no second core: undecided here", untested.on(BySide.NO_LOCK));
    }

    @Test
    void aFurtherSideMustFitTheRule() {
        Claims.Draft fact = ofTheBook(true).on(BySide.NO_LOCK, true, "seen");
        assertThrows(IllegalArgumentException.class, fact::complete);
        Estimate seconds = new Estimate(1, 1, 1, 0.97, 6, "s");
        assertThrows(
                IllegalArgumentException.class,
                () -> ofTheBook(true).on(BySide.NO_LOCK, seconds).complete());
    }
}
