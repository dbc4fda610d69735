package parlab.notebook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import parlab.timing.Estimate;

/**
 * The claims that a lesson tests, with their verdicts.
 *
 * <pre>{@code
 * lesson.claim("A2").jvm(coresJvm).cpython(coresCpython);
 * lesson.claims();
 * }</pre>
 *
 * <p>Figures count if their interval covers the true value with a probability of 90 % at least, as that of five samples
 * does. A cell that is run again replaces its claims, which keep their place. Safe for use by several threads, but a
 * {@link Draft} belongs to the thread that opened it.
 */
public final class Claims {
    /** The MIME type of the form for programs, which {@code make run} collects. */
    static final String MIME = "application/vnd.parlab.claims+json";

    /** What readers of many verdicts must know. */
    static final String ERROR_RATE =
            "A verdict's error rate is that of one claim: an interval misses the true value in up"
                    + " to one run of ten, so of many verdicts a few may be wrong by chance. Run again what matters to you.";

    private final String lesson;
    private final SequencedMap<String, Draft> drafts = new LinkedHashMap<>();

    private Claims(String lesson) {
        this.lesson = lesson;
    }

    /** Returns an empty list of claims of the lesson of that number, such as {@code 01}. */
    static Claims lesson(String lesson) {
        if (lesson.isBlank()) {
            throw new IllegalArgumentException("a lesson needs its number, got a blank text");
        }
        return new Claims(lesson);
    }

    /**
     * Opens a claim, which is in the list from now on; one of the same id, a capital letter and a number, is replaced.
     */
    synchronized Draft claim(String id, String claim) {
        Draft draft = new Draft(Objects.requireNonNull(id, "id"), Objects.requireNonNull(claim, "claim"));
        drafts.put(id, draft);
        return draft;
    }

    /** Opens a claim of the book, complete but for what was found. */
    synchronized Draft open(ClaimBook.Entry entry, int workers) {
        Draft draft = claim(entry.id(), entry.claim()).article(entry.article());
        draft.rule(entry.measured().replace("{workers}", String.valueOf(workers)), Rule.parse(entry.rule(), workers));
        draft.speed = entry.speed();
        draft.aboutLock = entry.aboutLock();
        return draft;
    }

    /**
     * Sets the figures of all claims about speed aside where something stood in the way, as {@link Draft#unless} does; a
     * claim that has an obstacle of its own keeps it.
     */
    synchronized void unless(String obstacle) {
        drafts.values().stream()
                .filter(draft -> draft.speed && draft.obstacle.isBlank())
                .forEach(draft -> draft.unless(obstacle));
    }

    /** All claims, in the order in which they were opened first; fails if one is not complete. */
    synchronized List<Claim> list() {
        return drafts.values().stream().map(Draft::complete).toList();
    }

    /**
     * Shows the claims in one display: a table for people and, as {@code application/vnd.parlab.claims+json}, a list
     * for programs, in which each claim has id, claim, article, jvm, cpython, rule, verdict and reason as text, and the
     * numbers of either side where it was measured.
     *
     * @throws IllegalStateException if there is no claim, or one that is not complete; the message says what it lacks
     * @throws IllegalArgumentException if a claim's parts do not fit each other, such as a figure and a rule for
     *     observations, or two sides with different units
     * @throws NoFrontEndException if there is nowhere to show them
     */
    void show() {
        List<Claim> claims = list();
        if (claims.isEmpty()) {
            throw new IllegalStateException("lesson " + lesson + " has no claim to show yet");
        }
        String caption = "The claims of lesson " + lesson + ", measured on this machine";
        List<String> others = claims.stream()
                .flatMap(claim -> claim.others().keySet().stream())
                .distinct()
                .toList();
        List<List<String>> rows = new ArrayList<>();
        StringBuilder text = new StringBuilder(caption);
        for (Claim c : claims) {
            String title = c.id() + ": " + c.claim();
            String verdict = c.verdictText();
            List<String> row = new ArrayList<>(
                    List.of(title, c.article(), c.jvm().text(), c.cpython().text(), c.ruleText(), verdict));
            others.forEach(side -> row.add(c.on(side)));
            rows.add(row);
            text.append("\n\n%s\n    %s\n    article: %s\n    JVM:     %s\n    CPython: %s\n    rule:    %s"
                    .formatted(
                            title,
                            verdict,
                            c.article(),
                            c.jvm().text(),
                            c.cpython().text(),
                            c.ruleText()));
            c.others().keySet().forEach(side -> text.append("\n    %s: %s".formatted(side, c.on(side))));
        }
        List<String> headers =
                new ArrayList<>(List.of("Claim", "Article", "JVM here", "CPython here", "It holds where", "Verdict"));
        headers.addAll(others);
        FrontEnd.current()
                .show(Bundle.text(text + "\n\n" + ERROR_RATE)
                        .withHtml(Grid.ofWords(caption, headers, rows).html() + "<p>" + ERROR_RATE + "</p>")
                        .with(MIME, claims.stream().map(Claim::toMap).toList()));
    }

    /** Returns the lesson's number, and the verdict of each claim or what it lacks. */
    @Override
    public synchronized String toString() {
        return "lesson " + lesson + ": " + drafts.values();
    }

    /** A claim that is being put together; the verdict follows as soon as all is there. Not thread-safe. */
    public static final class Draft {
        private final String id;
        private final String claim;
        private String article;
        private String measured;
        private Rule rule;
        private Side jvm;
        private Side cpython;
        private final SequencedMap<String, Side> others = new LinkedHashMap<>();
        private String obstacle = "";
        private boolean speed;
        private boolean aboutLock;

        private Draft(String id, String claim) {
            this.id = id;
            this.claim = claim;
        }

        /** Sets the figure in the claim's source, as printed there; a dash where there is none. */
        Draft article(String figure) {
            article = Objects.requireNonNull(figure, "figure");
            return this;
        }

        /** States what is measured, such as {@code cores used by 2 threads}, and when the claim holds. */
        Draft rule(String measured, Rule rule) {
            this.measured = Objects.requireNonNull(measured, "measured");
            this.rule = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Sets figures aside where something stood in the way, such as {@link Machine#obstacle()}; blank where nothing
         * does. On both sides, no matter whether they are given before or after this, the verdict stays open for that
         * reason. Observations and what was untested or not applicable anyway stay as they are.
         */
        Draft unless(String obstacle) {
            this.obstacle = Objects.requireNonNull(obstacle, "obstacle");
            return this;
        }

        /** Sets the figure on the JVM, whose ends are finite. */
        public Draft jvm(Estimate figure) {
            jvm = new Side.Measured(figure);
            return this;
        }

        /** Sets the observation on the JVM, for {@link Rule#isTrue()}: whether it is so, and what was seen. */
        public Draft jvm(boolean holds, String seen) {
            jvm = new Side.Fact(holds, seen);
            return this;
        }

        /** Says why it could not be found out on the JVM: the verdict stays open. */
        public Draft jvmUntested(String reason) {
            jvm = new Side.Untested(reason);
            return this;
        }

        /** Says why the claim is about something that the JVM does not have: CPython alone decides. */
        public Draft jvmNotApplicable(String reason) {
            jvm = new Side.NotApplicable(reason);
            return this;
        }

        /** Sets the figure on CPython, whose ends are finite. */
        public Draft cpython(Estimate figure) {
            cpython = new Side.Measured(figure);
            return this;
        }

        /** Sets the observation on CPython, for {@link Rule#isTrue()}: whether it is so, and what was seen. */
        public Draft cpython(boolean holds, String seen) {
            cpython = new Side.Fact(holds, seen);
            return this;
        }

        /** Says why it could not be found out on CPython: the verdict stays open. */
        public Draft cpythonUntested(String reason) {
            cpython = new Side.Untested(reason);
            return this;
        }

        /**
         * Sets the figure on a further side, such as {@link parlab.results.BySide#NO_LOCK}, whose ends are finite. It has
         * a verdict of its own where the claim is about the lock, and is not kept otherwise.
         */
        public Draft on(String side, Estimate figure) {
            return on(side, new Side.Measured(figure));
        }

        /** Sets the observation on a further side: whether it is so, and what was seen there. */
        public Draft on(String side, boolean holds, String seen) {
            return on(side, new Side.Fact(holds, seen));
        }

        /** Says why it could not be found out on a further side: its verdict stays open. */
        public Draft untestedOn(String side, String reason) {
            return on(side, new Side.Untested(reason));
        }

        private Draft on(String side, Side found) {
            if (aboutLock) {
                others.put(side, found);
            }
            return this;
        }

        /** The claim with its verdict; fails if something was not given, or if the parts do not fit each other. */
        Claim complete() {
            List<String> missing = missing();
            if (!missing.isEmpty()) {
                throw new IllegalStateException(
                        "claim " + id + " is not complete: call " + String.join(", ", missing) + " on it");
            }
            SequencedMap<String, Side> further = new LinkedHashMap<>();
            others.forEach((name, side) -> further.put(name, counted(side)));
            return new Claim(id, claim, article, measured, rule, counted(jvm), counted(cpython), further);
        }

        private Side counted(Side side) {
            return side instanceof Side.Measured && !obstacle.isBlank() ? new Side.Untested(obstacle) : side;
        }

        private List<String> missing() {
            Map<String, Object> needed = new LinkedHashMap<>();
            needed.put("article(..)", article);
            needed.put("rule(..)", rule);
            needed.put("jvm(..)", jvm);
            needed.put("cpython(..)", cpython);
            return needed.keySet().stream()
                    .filter(call -> needed.get(call) == null)
                    .toList();
        }

        /** Returns the claim's id and verdict, or what it lacks. */
        @Override
        public String toString() {
            List<String> missing = missing();
            return id + (missing.isEmpty() ? " " + complete().verdictText() : " lacks " + String.join(", ", missing));
        }
    }
}
