package parlab.notebook;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Sentences that a run computes: conditions and texts, one a line, of which the first that is true is shown.
 *
 * {@snippet :
 * Notebook.finding("Threads took %s of the serial time. ", ratio)
 *         .when(ratio.isBelow(0.8), "They ran at the same time.")
 *         .when(ratio.isAbove(1.05), "They were in each other's way.")
 *         .otherwise("Whether that is a difference, this run cannot tell.")
 * }
 *
 * <p>Texts are Markdown with the placeholders of {@link java.util.Formatter} for figures: {@code %s} for an estimate, a
 * count or a name, {@code %.1f} for a number, {@code %%} for a per cent sign. A figure may be an {@link Optional}: where
 * it is empty, for a side lacks what it takes to measure it, the sentence is left out. As a cell's value a finding shows
 * itself. Immutable and thread-safe.
 */
public final class Finding {
    private final List<String> sentences;
    private final Branch branch;

    /** Where a choice stands: none begun, still looking, or found. */
    private enum Branch {
        NONE,
        OPEN,
        FOUND
    }

    private Finding(List<String> sentences, Branch branch) {
        this.sentences = sentences;
        this.branch = branch;
    }

    static Finding of(String text, Object... figures) {
        return new Finding(List.of(), Branch.NONE).plus(Branch.NONE, text, figures);
    }

    /** Adds the sentence if the condition is true and none of those before it in this choice was. */
    public Finding when(boolean condition, String text, Object... figures) {
        if (condition && branch != Branch.FOUND) {
            return plus(Branch.FOUND, text, figures);
        }
        return new Finding(sentences, branch == Branch.FOUND ? Branch.FOUND : Branch.OPEN);
    }

    /** Ends the choice: adds the sentence, empty for nothing, if no condition was true. */
    public Finding otherwise(String text, Object... figures) {
        if (branch == Branch.NONE) {
            throw new IllegalStateException("otherwise(..) ends a choice that when(..) began: there is none");
        }
        return branch == Branch.OPEN ? plus(Branch.NONE, text, figures) : new Finding(sentences, Branch.NONE);
    }

    /** Adds a sentence that is always shown, after the choice before it has ended; another choice may follow. */
    public Finding also(String text, Object... figures) {
        requireEnded();
        return plus(Branch.NONE, text, figures);
    }

    /** Shows it now; for a finding that is not its cell's last value. */
    public void show() {
        Notebook.show(this);
    }

    private Finding plus(Branch next, String text, Object... figures) {
        Objects.requireNonNull(text, "text");
        List<String> more = new ArrayList<>(sentences);
        if (!Arrays.asList(figures).contains(Optional.empty())) {
            Object[] known = Arrays.stream(figures)
                    .map(figure -> figure instanceof Optional<?> measured ? measured.get() : figure)
                    .toArray();
            more.add(String.format(Locale.ROOT, text, known));
        }
        return new Finding(List.copyOf(more), next);
    }

    private void requireEnded() {
        if (branch != Branch.NONE) {
            throw new IllegalStateException(
                    "a choice needs its otherwise(..), which says what is shown where none of the"
                            + " conditions is true; so far: " + String.join(" ", sentences));
        }
    }

    /** Returns the sentences as Markdown; fails if a choice lacks its end. */
    @Override
    public String toString() {
        requireEnded();
        return String.join(
                " ",
                sentences.stream()
                        .map(String::strip)
                        .filter(text -> !text.isEmpty())
                        .toList());
    }
}
