package parlab.claims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import parlab.notebook.internal.Bundle;
import parlab.notebook.internal.FrontEnds;
import parlab.notebook.internal.Grid;
import parlab.timing.Estimate;

/**
 * The claims that a lesson tests, with their verdicts.
 *
 * <pre>{@code
 * Claims claims = Claims.lesson("01");
 * claims.claim("A2", "CPU-bound threads do not use more than one core")
 *         .article("12 % -> 15 % of 8 cores")
 *         .rule("cores used by 2 threads", Rule.below(1.2))
 *         .jvm(coresJvm)
 *         .cpython(coresCpython);
 * claims.show();
 * }</pre>
 *
 * <p>A cell that is run again replaces its claims, which keep their place. Safe for use by several threads, but a
 * {@link Draft} belongs to the thread that opened it.
 */
public final class Claims {

    /** The MIME type of {@link #show()}'s machine-readable form. */
    public static final String MIME = "application/vnd.parlab.claims+json";

    /** Five samples: their range covers the true median with a probability of 94 %. */
    private static final double DEFAULT_CONFIDENCE = 0.9;

    private final String lesson;
    private final double minimumConfidence;
    private final SequencedMap<String, Draft> drafts = new LinkedHashMap<>();

    private Claims(String lesson, double minimumConfidence) {
        this.lesson = lesson;
        this.minimumConfidence = minimumConfidence;
    }

    /**
     * An empty list. Figures count if their interval covers the true value with a probability of 90 % at least, as five
     * samples give it.
     *
     * @param lesson the lesson's number, such as {@code 01}
     * @return the list
     * @throws IllegalArgumentException if the number is blank
     */
    public static Claims lesson(String lesson) {
        return lesson(lesson, DEFAULT_CONFIDENCE);
    }

    /**
     * An empty list with another demand on the figures.
     *
     * @param lesson the lesson's number, such as {@code 01}
     * @param minimumConfidence how sure an interval must be to count, from 0 to 1: 0.75 admits three samples, 0 any number
     * @return the list
     * @throws IllegalArgumentException if the number is blank, or if the confidence is not from 0 to 1
     */
    public static Claims lesson(String lesson, double minimumConfidence) {
        if (lesson.isBlank()) {
            throw new IllegalArgumentException("a lesson needs its number, got a blank text");
        }
        if (!(minimumConfidence >= 0 && minimumConfidence <= 1)) {
            throw new IllegalArgumentException("confidence must be from 0 to 1, got " + minimumConfidence);
        }
        return new Claims(lesson, minimumConfidence);
    }

    /**
     * Opens a claim, which is in the list from now on; one of the same id is replaced.
     *
     * @param id a capital letter and a number
     * @param claim what is claimed, in a few words
     * @return the claim, to be completed
     */
    public synchronized Draft claim(String id, String claim) {
        Draft draft =
                new Draft(Objects.requireNonNull(id, "id"), Objects.requireNonNull(claim, "claim"), minimumConfidence);
        drafts.put(id, draft);
        return draft;
    }

    /**
     * All claims.
     *
     * @return an immutable list, in the order in which they were opened first
     * @throws IllegalStateException if one is not complete; the message names it and what it lacks
     */
    public synchronized List<Claim> list() {
        return drafts.values().stream().map(Draft::complete).toList();
    }

    /**
     * All claims for programs: maps with id, claim, article, jvm, cpython, rule, verdict and reason, and with the numbers
     * of either side where it was measured.
     *
     * @return a map per claim
     * @throws IllegalStateException if one is not complete
     */
    public List<Map<String, Object>> toMaps() {
        return list().stream().map(Claim::toMap).toList();
    }

    /**
     * Shows the claims: one display, a table for people and, under {@link #MIME}, the list for programs.
     *
     * @throws IllegalStateException if there is no claim, or one that is not complete
     * @throws parlab.notebook.NoFrontEndException if there is nowhere to show them
     */
    public void show() {
        List<Claim> claims = list();
        if (claims.isEmpty()) {
            throw new IllegalStateException("lesson " + lesson + " has no claim to show yet");
        }
        List<List<String>> rows = new ArrayList<>();
        StringBuilder text = new StringBuilder(caption());
        for (Claim c : claims) {
            String verdict = c.verdict() + (c.reason().isEmpty() ? "" : " (" + c.reason() + ")");
            rows.add(List.of(
                    c.id() + ": " + c.claim(),
                    c.article(),
                    c.jvm().text(),
                    c.cpython().text(),
                    c.ruleText(),
                    verdict));
            text.append("\n\n%s: %s\n    %s\n    article: %s\n    JVM:     %s\n    CPython: %s\n    rule:    %s"
                    .formatted(
                            c.id(),
                            c.claim(),
                            verdict,
                            c.article(),
                            c.jvm().text(),
                            c.cpython().text(),
                            c.ruleText()));
        }
        List<String> headers = List.of("Claim", "Article", "JVM here", "CPython here", "It holds where", "Verdict");
        List<Boolean> right = List.of(false, false, false, false, false, false);
        Grid grid = new Grid(caption(), headers, right, rows, 0);
        FrontEnds.current()
                .show(Bundle.text(text.toString())
                        .with("text/html", grid.html())
                        .with(MIME, toMaps()));
    }

    private String caption() {
        return "The claims of lesson " + lesson + ", measured on this machine";
    }

    /** How many claims there are, and their verdicts so far. */
    @Override
    public synchronized String toString() {
        return "lesson " + lesson + ": " + drafts.values();
    }

    /** A claim that is being put together; the verdict follows as soon as all is there. Not thread-safe. */
    public static final class Draft {
        private final String id;
        private final String claim;
        private final double minimumConfidence;
        private String article;
        private String measured;
        private Rule rule;
        private Side jvm;
        private Side cpython;
        private String obstacle = "";

        private Draft(String id, String claim, double minimumConfidence) {
            this.id = id;
            this.claim = claim;
            this.minimumConfidence = minimumConfidence;
        }

        /**
         * The figure in the claim's source.
         *
         * @param figure as printed there; a dash where there is none
         * @return this
         */
        public Draft article(String figure) {
            article = Objects.requireNonNull(figure, "figure");
            return this;
        }

        /**
         * When the claim counts as true.
         *
         * @param measured what is measured, such as {@code cores used by 2 threads}
         * @param rule the condition on it
         * @return this
         */
        public Draft rule(String measured, Rule rule) {
            this.measured = Objects.requireNonNull(measured, "measured");
            this.rule = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Whatever is measured does not count where something stood in the way: figures, on both sides and no matter
         * whether they are given before or after this, are set aside, and the verdict stays open for that reason.
         * Observations and what was untested or not applicable anyway stay as they are.
         *
         * @param obstacle why the figures mean nothing; blank where nothing stands in the way
         * @return this
         * @see parlab.notebook.Machine#obstacle()
         */
        public Draft unless(String obstacle) {
            this.obstacle = Objects.requireNonNull(obstacle, "obstacle");
            return this;
        }

        /**
         * The figure on the JVM.
         *
         * @param figure with finite ends
         * @return this
         */
        public Draft jvm(Estimate figure) {
            jvm = new Side.Measured(figure);
            return this;
        }

        /**
         * The observation on the JVM, for {@link Rule#isTrue()}.
         *
         * @param holds whether it is so
         * @param seen what was seen
         * @return this
         */
        public Draft jvm(boolean holds, String seen) {
            jvm = new Side.Fact(holds, seen);
            return this;
        }

        /**
         * It could not be found out on the JVM: the verdict stays open.
         *
         * @param reason why
         * @return this
         */
        public Draft jvmUntested(String reason) {
            jvm = new Side.Untested(reason);
            return this;
        }

        /**
         * The claim is about something that the JVM does not have: CPython alone decides.
         *
         * @param reason why
         * @return this
         */
        public Draft jvmNotApplicable(String reason) {
            jvm = new Side.NotApplicable(reason);
            return this;
        }

        /**
         * The figure on CPython.
         *
         * @param figure with finite ends
         * @return this
         */
        public Draft cpython(Estimate figure) {
            cpython = new Side.Measured(figure);
            return this;
        }

        /**
         * The observation on CPython, for {@link Rule#isTrue()}.
         *
         * @param holds whether it is so
         * @param seen what was seen
         * @return this
         */
        public Draft cpython(boolean holds, String seen) {
            cpython = new Side.Fact(holds, seen);
            return this;
        }

        /**
         * It could not be found out on CPython: the verdict stays open.
         *
         * @param reason why
         * @return this
         */
        public Draft cpythonUntested(String reason) {
            cpython = new Side.Untested(reason);
            return this;
        }

        /**
         * The claim is about something that CPython does not have: the JVM alone decides.
         *
         * @param reason why
         * @return this
         */
        public Draft cpythonNotApplicable(String reason) {
            cpython = new Side.NotApplicable(reason);
            return this;
        }

        /**
         * The claim with its verdict.
         *
         * @return a new claim
         * @throws IllegalStateException if something was not given; the message says what
         * @throws IllegalArgumentException if the parts do not fit each other, as {@link Claim} says
         */
        public Claim complete() {
            List<String> missing = missing();
            if (!missing.isEmpty()) {
                throw new IllegalStateException(
                        "claim " + id + " is not complete: call " + String.join(", ", missing) + " on it");
            }
            return new Claim(id, claim, article, measured, rule, counted(jvm), counted(cpython), minimumConfidence);
        }

        private Side counted(Side side) {
            return side instanceof Side.Measured && !obstacle.isBlank() ? new Side.Untested(obstacle) : side;
        }

        private List<String> missing() {
            List<String> missing = new ArrayList<>();
            if (article == null) {
                missing.add("article(..)");
            }
            if (rule == null) {
                missing.add("rule(..)");
            }
            if (jvm == null) {
                missing.add("jvm(..)");
            }
            if (cpython == null) {
                missing.add("cpython(..)");
            }
            return missing;
        }

        /** The claim's verdict, or what it lacks. */
        @Override
        public String toString() {
            List<String> missing = missing();
            return missing.isEmpty() ? complete().toString() : id + " lacks " + String.join(", ", missing);
        }
    }
}
