package parlab.notebook;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import parlab.notebook.internal.Bundle;
import parlab.notebook.internal.Columns;
import parlab.notebook.internal.FrontEnd;
import parlab.notebook.internal.FrontEnds;
import parlab.notebook.internal.Json;
import tech.tablesaw.api.Table;

/**
 * Shows things where the reader looks: in the cell under JJava and IJava, on standard output elsewhere.
 *
 * <p>Under a kernel, a chart becomes a picture with alt text, a Tablesaw table and a list of records become a table, and
 * all of these show themselves as a cell's value too: from the start under JJava, from the first use of this class under
 * IJava. In plain {@code jshell} a table prints as text and a chart is written to a file that stays, whose path is
 * printed.
 *
 * <p>Thread-safe. Whatever shows something must do so before its cell ends: later there is no place for it, and every
 * method here but {@link #progress} and {@link #live} then throws {@link NoFrontEndException}.
 */
public final class Notebook {

    private static final Pattern MIME = Pattern.compile("[\\w.+-]+/[\\w.+-]+");

    private Notebook() {}

    /**
     * Makes the kernel, if there is one, render charts, tables and lists of records when they are a cell's value. Every
     * other method does this too; under JJava it has happened before the first cell. Any number of calls do no more than
     * one.
     */
    public static void attach() {
        FrontEnds.current();
    }

    /**
     * The name of the place where things are shown.
     *
     * @return a kernel's name and version, {@code jshell} or {@code console}
     */
    public static String frontEnd() {
        return FrontEnds.current().name();
    }

    /**
     * Shows values, each in a display of its own: {@link parlab.charts.Figure} and XChart charts, Tablesaw tables, lists
     * of records, results of twins; anything else as the kernel itself would show it.
     *
     * @param values what to show, in this order; null shows as such
     * @throws NoFrontEndException if there is nowhere to show them
     */
    public static void show(Object... values) {
        FrontEnd frontEnd = FrontEnds.current();
        if (values == null) {
            frontEnd.show(Bundle.text("null"));
            return;
        }
        for (Object value : values) {
            if (value == null) {
                frontEnd.show(Bundle.text("null"));
            } else {
                frontEnd.show(value);
            }
        }
    }

    /**
     * A table without a caption of its own.
     *
     * @param records at least one record, all of one class
     * @return a new table
     * @throws IllegalArgumentException if there is none, or if they are of several classes
     * @see #table(String, List)
     */
    public static Table table(List<? extends Record> records) {
        return table("", records);
    }

    /**
     * Makes a Tablesaw table: a row per record, a column per component, named as the component is. Whole numbers become a
     * column of longs, other numbers one of doubles; an empty Optional or null becomes a missing value, an
     * {@link parlab.timing.Estimate} its text, a Duration a text with a fitting unit, a list of more than six its length.
     *
     * @param name the table's caption
     * @param records at least one record, all of one class
     * @return a new table, which shows itself as a cell's value
     * @throws IllegalArgumentException if there is none, or if they are of several classes
     */
    public static Table table(String name, List<? extends Record> records) {
        return Columns.ofRecords(Objects.requireNonNull(name, "name"), Objects.requireNonNull(records, "records"))
                .toTable();
    }

    /**
     * Shows text that was put together by code, such as a sentence with measured figures.
     *
     * @param text Markdown
     * @throws NoFrontEndException if there is nowhere to show it
     */
    public static void markdown(String text) {
        FrontEnds.current().show(Bundle.text(text).with("text/markdown", text));
    }

    /**
     * Opens a live progress bar.
     *
     * @param label what is being done
     * @return a bar that appears at its first report, to be closed in the cell that opened it
     */
    public static Progress progress(String label) {
        return new Progress(label, FrontEnds.current().ticker(), System::nanoTime);
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
        return new Live(label, FrontEnds.current().board());
    }

    /**
     * Emits data for programs that read the notebook: a JSON structure, not a text, under a MIME type. On a page it leaves
     * one short line; a console prints the JSON.
     *
     * @param mime such as {@code application/vnd.parlab.claims+json}
     * @param value records, maps, lists, numbers, booleans and text, nested as you like
     * @throws IllegalArgumentException if mime is not {@code type/subtype}, or if the value has a part without a JSON
     *     form, such as NaN
     * @throws NoFrontEndException if there is nowhere to show it
     */
    public static void json(String mime, Object value) {
        if (!MIME.matcher(mime).matches()) {
            throw new IllegalArgumentException("a MIME type looks like application/json, got \"" + mime + "\"");
        }
        Object tree = Json.tree(Objects.requireNonNull(value, "value"));
        String summary = mime + ": "
                + switch (tree) {
                    case List<?> list -> "a list of " + list.size();
                    case Map<?, ?> map -> "an object with " + map.keySet();
                    default -> tree;
                };
        FrontEnd frontEnd = FrontEnds.current();
        frontEnd.show(
                frontEnd.isConsole()
                        ? Bundle.text(Json.pretty(tree))
                        : Bundle.text(summary).with(mime, tree));
    }
}
