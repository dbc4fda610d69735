package parlab.notebook;

import java.util.List;
import java.util.Objects;
import parlab.results.Tables;
import parlab.results.Tabular;
import tech.tablesaw.api.Table;

/**
 * Shows things where the reader looks: in the cell under JJava and IJava, on standard output elsewhere.
 *
 * <p>Under a kernel, a chart becomes a picture with alt text, a Tablesaw table and a list of records become a table,
 * and all of these show themselves as a cell's value too: from the start under JJava, from the first call of any method
 * here under IJava. In plain {@code jshell} a table prints as text and a chart is written to a file that stays, whose
 * path is printed.
 *
 * <p>Thread-safe. Whatever shows something must do so before its cell ends: later there is no place for it, and every
 * method here but {@link #progress} and {@link #live} then throws {@link NoFrontEndException}.
 */
public final class Notebook {
    private Notebook() {}

    /** Returns where things are shown: a kernel's name and version, {@code jshell} or {@code console}. */
    public static String frontEnd() {
        return FrontEnd.current().name();
    }

    /**
     * Shows values, each in a display of its own: {@link parlab.charts.Figure} and XChart charts, Tablesaw tables,
     * lists of records, anything {@link Tabular}; other values as the kernel itself would show them, null as such.
     */
    public static void show(Object... values) {
        FrontEnd frontEnd = FrontEnd.current();
        for (Object value : values == null ? new Object[1] : values) {
            if (value == null) {
                frontEnd.show(Bundle.text("null"));
            } else {
                frontEnd.show(value);
            }
        }
    }

    /** Makes a table without a caption, see {@link #table(String, List)}. */
    public static Table table(List<?> rows) {
        return table("", rows);
    }

    /**
     * Makes a Tablesaw table of records of one class or maps, one or more: a row for each, a column for each component,
     * named as the component is. Whole numbers become a column of longs, other numbers one of doubles, in which NaN
     * counts as missing, as everywhere in Tablesaw; a null becomes a missing value, an {@link
     * parlab.timing.Estimate} its text, a Duration a text with a fitting unit, a list of more than six its length. Of
     * maps the keys name the columns; where a map lacks a key the value is missing.
     */
    public static Table table(String name, List<?> rows) {
        return Tables.of(Objects.requireNonNull(name, "name"), rows);
    }

    /** Shows text in Markdown that was put together by code, such as a sentence with measured figures. */
    public static void markdown(String text) {
        FrontEnd.current().show(Bundle.text(text).with("text/markdown", text));
    }

    /** Begins sentences that depend on what was measured, see {@link Finding}; the first one, maybe empty, always shows. */
    public static Finding finding(String text, Object... figures) {
        return Finding.of(text, figures);
    }

    /** Opens a live progress bar, which appears at its first report and is to be closed in the cell that opened it. */
    public static Progress progress(String label) {
        return new Progress(label, FrontEnd.current().ticker(), System::nanoTime);
    }

    /**
     * Opens a display whose content is replaced while the cell runs.
     *
     * <pre>{@code
     * try (var best = live("best so far")) {
     *     for (var trial : Tasks.asCompleted(pool, candidates, this::measure)) {
     *         ranking.add(trial.get());
     *         best.update(ranking.top(5));
     *     }
     * }
     * }</pre>
     *
     * @param label what it shows; stands above the content
     * @return a display that appears at its first content, to be closed in the cell that opened it
     */
    public static Live live(String label) {
        return new Live(label, FrontEnd.current().board());
    }
}
