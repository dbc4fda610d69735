package parlab.notebook;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import parlab.notebook.Rule.Answer;
import parlab.timing.Estimate;

/**
 * A claim, the rule that decides on it, and what was measured. The verdict follows from these and is no component: it
 * cannot be set.
 *
 * @param id such as {@code A2}
 * @param article the figure that its source prints; a dash where it prints none
 * @param measured what is measured to decide on it
 * @param others what was found on further sides, by their names, each of which has a verdict of its own
 */
record Claim(
        String id,
        String claim,
        String article,
        String measured,
        Rule rule,
        Side jvm,
        Side cpython,
        SequencedMap<String, Side> others) {
    /** How sure an estimate's interval must be to count: five samples' range covers the true median with 94 %. */
    static final double MINIMUM_CONFIDENCE = 0.9;

    Claim {
        if (!id.matches("[A-Z]\\d+")) {
            throw new IllegalArgumentException("a claim's id is a capital letter and a number, got \"" + id + "\"");
        }
        if (claim.isBlank() || article.isBlank() || measured.isBlank()) {
            throw new IllegalArgumentException(
                    "claim " + id + " needs its words, the article's figure or a dash, and what"
                            + " is measured: one of them is blank");
        }
        others = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(others));
        List<Side> sides = new ArrayList<>(List.of(jvm, cpython));
        sides.addAll(others.values());
        for (Side side : sides) {
            if (rule.isAboutFact() ? side instanceof Side.Measured : side instanceof Side.Fact) {
                throw new IllegalArgumentException("claim " + id + ": the rule \"" + rule + "\" cannot judge "
                        + (rule.isAboutFact() ? "a figure" : "an observation") + " (" + side.text() + ")");
            }
        }
        List<Estimate> figures = sides.stream()
                .filter(Side.Measured.class::isInstance)
                .map(side -> ((Side.Measured) side).figure())
                .toList();
        for (Estimate figure : figures) {
            Estimate first = figures.getFirst();
            if (!figure.unit().equals(first.unit())) {
                throw new IllegalArgumentException("claim " + id + ": one threshold cannot judge " + first + " and "
                        + figure + ", for their units differ");
            }
        }
    }

    /** What follows from the findings. */
    Verdict verdict() {
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
                figure.confidence() < MINIMUM_CONFIDENCE ? Answer.UNDECIDED : rule.judge(figure);
            case Side.Fact(boolean holds, String text) -> rule.judge(Estimate.exact(holds ? 1 : 0, ""));
            case Side.Untested untested -> Answer.UNDECIDED;
            case Side.NotApplicable elsewhere -> Answer.NO;
        };
    }

    /** Why the verdict is undecided: a sentence for each side that stands in the way; empty for any other verdict. */
    String reason() {
        return Stream.of(explain("JVM", jvm), explain("CPython", cpython))
                .filter(reason -> !reason.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private String explain(String platform, Side side) {
        if (answer(side) != Answer.UNDECIDED) {
            return "";
        }
        if (!(side instanceof Side.Measured(Estimate figure))) {
            return platform + ": " + side.text();
        }
        if (figure.confidence() >= MINIMUM_CONFIDENCE) {
            return platform + ": " + figure + " lies on both sides of \"" + rule + "\"";
        }
        return String.format(
                Locale.ROOT,
                "%s: %d %s give an interval with %.0f %% confidence; %.0f %% is required",
                platform,
                figure.samples(),
                figure.samples() == 1 ? "sample" : "samples",
                100 * figure.confidence(),
                100 * MINIMUM_CONFIDENCE);
    }

    /** The verdict for people, with the reason where it is undecided. */
    String verdictText() {
        String reason = reason();
        return verdict() + (reason.isEmpty() ? "" : " (" + reason + ")");
    }

    /** What was found on a further side, and what follows from that there alone; empty if nothing was. */
    String on(String name) {
        if (!others.containsKey(name)) {
            return "";
        }
        Side side = others.get(name);
        return switch (answer(side)) {
            case YES -> side.text() + ": holds";
            case NO -> side.text() + ": does not hold";
            case UNDECIDED -> side.text() + ": undecided here";
        };
    }

    /** The rule in full, with its unit, such as {@code cores used by 2 threads < 1.2 cores}. */
    String ruleText() {
        String unit = Stream.of(jvm, cpython)
                .map(side -> side instanceof Side.Measured(Estimate figure) ? figure.unit() : "")
                .filter(text -> !text.isEmpty())
                .findFirst()
                .map(text -> " " + text)
                .orElse("");
        return measured + " " + rule + unit;
    }

    /** The claim for programs: text for people, every one there if only empty, and the numbers behind it. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        map.put("claim", claim);
        map.put("article", article);
        map.put("jvm", jvm.text());
        map.put("cpython", cpython.text());
        map.put("rule", ruleText());
        map.put("verdict", verdict().toString());
        map.put("reason", reason());
        putNumbers(map, "jvm_numbers", jvm);
        putNumbers(map, "cpython_numbers", cpython);
        if (!others.isEmpty()) {
            Map<String, String> further = new LinkedHashMap<>();
            others.keySet().forEach(name -> further.put(name, on(name)));
            map.put("others", further);
        }
        return map;
    }

    private static void putNumbers(Map<String, Object> map, String key, Side side) {
        if (side instanceof Side.Measured(Estimate figure)) {
            map.put(key, new ObjectMapper().convertValue(figure, Map.class));
        }
    }
}
