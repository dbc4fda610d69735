package parlab.claims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import parlab.timing.Estimate;

/**
 * A claim, the rule that decides on it, and what was measured. The verdict follows from these and is no component: it
 * cannot be set. Immutable and thread-safe.
 *
 * @param id the claim's number, such as {@code A2}
 * @param claim what is claimed, in a few words
 * @param article the figure that its source prints; a dash where it prints none
 * @param measured what is measured to decide on it
 * @param rule when the claim counts as true
 * @param jvm the finding on the JVM
 * @param cpython the finding on CPython
 * @param minimumConfidence how sure an estimate's interval must be to count, from 0 to 1
 */
public record Claim(
        String id,
        String claim,
        String article,
        String measured,
        Rule rule,
        Side jvm,
        Side cpython,
        double minimumConfidence) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the id is no capital letter with a number, if a text is blank, if the rule is one
     *     for facts and a side has a figure or the other way round, if the two sides' figures differ in their unit, if both
     *     sides are not applicable, or if the minimum confidence is not from 0 to 1
     */
    public Claim {
        if (!id.matches("[A-Z]\\d+")) {
            throw new IllegalArgumentException("a claim's id is a capital letter and a number, got \"" + id + "\"");
        }
        requireText(claim, id, "its words");
        requireText(article, id, "the article's figure, or a dash");
        requireText(measured, id, "what is measured");
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(jvm, "jvm");
        Objects.requireNonNull(cpython, "cpython");
        if (!(minimumConfidence >= 0 && minimumConfidence <= 1)) {
            throw new IllegalArgumentException("confidence must be from 0 to 1, got " + minimumConfidence);
        }
        for (Side side : List.of(jvm, cpython)) {
            if (rule.isAboutFact() ? side instanceof Side.Measured : side instanceof Side.Fact) {
                throw new IllegalArgumentException("claim " + id + ": the rule \"" + rule.text() + "\" cannot judge "
                        + (rule.isAboutFact() ? "a figure" : "an observation") + " (" + side.text() + ")");
            }
        }
        if (jvm instanceof Side.Measured(Estimate a)
                && cpython instanceof Side.Measured(Estimate b)
                && !a.unit().equals(b.unit())) {
            throw new IllegalArgumentException(
                    "claim " + id + ": one threshold cannot judge " + a + " and " + b + ", for their units differ");
        }
        if (jvm instanceof Side.NotApplicable && cpython instanceof Side.NotApplicable) {
            throw new IllegalArgumentException("claim " + id + " must apply to one side at least");
        }
    }

    private static void requireText(String text, String id, String what) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("claim " + id + " needs " + what + ", got a blank text");
        }
    }

    /**
     * What follows from the findings.
     *
     * @return never null
     */
    public Verdict verdict() {
        Answer onJvm = answer(jvm);
        Answer onCpython = answer(cpython);
        if (onJvm == Answer.UNDECIDED || onCpython == Answer.UNDECIDED) {
            return Verdict.UNDECIDED;
        }
        if (onJvm == Answer.YES) {
            return onCpython == Answer.YES ? Verdict.HOLDS : Verdict.JVM_ONLY;
        }
        return onCpython == Answer.YES ? Verdict.CPYTHON_ONLY : Verdict.DOES_NOT_HOLD;
    }

    private Answer answer(Side side) {
        return switch (side) {
            case Side.Measured(Estimate figure) ->
                figure.confidence() < minimumConfidence ? Answer.UNDECIDED : rule.judge(figure);
            case Side.Fact(boolean holds, String text) -> rule.judge(Estimate.exact(holds ? 1 : 0, ""));
            case Side.Untested untested -> Answer.UNDECIDED;
            case Side.NotApplicable elsewhere -> Answer.NO;
        };
    }

    /**
     * Why the verdict is undecided.
     *
     * @return a sentence per side that stands in the way; empty for any other verdict
     */
    public String reason() {
        List<String> reasons = new ArrayList<>();
        explain("JVM", jvm, reasons);
        explain("CPython", cpython, reasons);
        return String.join("; ", reasons);
    }

    private void explain(String platform, Side side, List<String> reasons) {
        if (answer(side) != Answer.UNDECIDED) {
            return;
        }
        reasons.add(platform + ": "
                + switch (side) {
                    case Side.Measured(Estimate figure)
                    when figure.confidence() < minimumConfidence ->
                        String.format(
                                Locale.ROOT,
                                "%d %s give an interval that is %.0f %% sure, and %.0f %% are wanted",
                                figure.samples(),
                                figure.samples() == 1 ? "sample" : "samples",
                                100 * figure.confidence(),
                                100 * minimumConfidence);
                    case Side.Measured(Estimate figure) -> figure + " reaches to both sides of \"" + rule.text() + "\"";
                    default -> side.text();
                });
    }

    /**
     * The rule in full, with its unit.
     *
     * @return such as {@code cores used by 2 threads < 1.2 cores}
     */
    public String ruleText() {
        String unit = List.of(jvm, cpython).stream()
                .map(side -> side instanceof Side.Measured(Estimate figure) ? figure.unit() : "")
                .filter(Predicate.not(String::isEmpty))
                .findFirst()
                .map(u -> " " + u)
                .orElse("");
        return measured + " " + rule.text() + unit;
    }

    /**
     * The claim for programs: text for people, and the numbers behind it where there are some.
     *
     * @return names to text, and {@code jvm_numbers} and {@code cpython_numbers} to maps; every text is there, if only empty
     */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        map.put("claim", claim);
        map.put("article", article);
        map.put("jvm", jvm.text());
        map.put("cpython", cpython.text());
        map.put("rule", ruleText());
        map.put("verdict", verdict().text());
        map.put("reason", reason());
        putNumbers(map, "jvm_numbers", jvm);
        putNumbers(map, "cpython_numbers", cpython);
        return map;
    }

    private static void putNumbers(Map<String, Object> map, String key, Side side) {
        if (side instanceof Side.Measured(Estimate figure)) {
            Map<String, Object> numbers = new LinkedHashMap<>();
            numbers.put("value", figure.value());
            numbers.put("low", figure.low());
            numbers.put("high", figure.high());
            numbers.put("unit", figure.unit());
            numbers.put("confidence", figure.confidence());
            numbers.put("samples", figure.samples());
            map.put(key, numbers);
        }
    }

    /** For people: the id, the verdict, and why it is undecided where it is. */
    @Override
    public String toString() {
        String reason = reason();
        return id + " " + verdict() + (reason.isEmpty() ? "" : " (" + reason + ")");
    }
}
