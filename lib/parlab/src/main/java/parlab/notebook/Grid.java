package parlab.notebook;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parlab.timing.Numbers;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.FloatColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A table's cells as text, laid out for a page and for a console. Tablesaw's own {@code print} shows all digits of a
 * number and has no HTML.
 *
 * @param caption what the table shows; may be empty
 * @param right for each column, whether it is aligned to the right, as numbers are
 * @param more how many further rows there are than those that are shown
 */
record Grid(String caption, List<String> headers, List<Boolean> right, List<List<String>> rows, int more) {
    /** More rows than this help nobody on a page. */
    private static final int MAX_ROWS = 100;

    private static final Pattern STARTS_AS_NUMBER = Pattern.compile("[-+−]?[.\\d].*", Pattern.DOTALL);

    /** A grid of words, all columns aligned to the left. */
    static Grid ofWords(String caption, List<String> headers, List<List<String>> rows) {
        return new Grid(caption, headers, Collections.nCopies(headers.size(), false), rows, 0);
    }

    /**
     * The first rows of a Tablesaw table. Numbers keep the format that their column was given; where it was given
     * none, floating-point numbers are shortened. A missing one is NaN to Tablesaw, and shown so, as pandas does it; any
     * other missing cell is empty.
     */
    static Grid of(Table table) {
        int shown = Math.min(table.rowCount(), MAX_ROWS);
        List<Boolean> right = table.columns().stream().map(Grid::isFigures).toList();
        List<List<String>> rows = IntStream.range(0, shown)
                .mapToObj(row -> table.columns().stream()
                        .map(column -> cell(column, row))
                        .toList())
                .toList();
        String caption = table.name() == null ? "" : table.name();
        return new Grid(caption, table.columnNames(), right, rows, table.rowCount() - shown);
    }

    /** Figures with a unit, such as "1.93 x [1.88, 1.97]", are text, and yet belong to the right. */
    private static boolean isFigures(Column<?> column) {
        List<String> cells = IntStream.range(0, Math.min(column.size(), MAX_ROWS))
                .mapToObj(row -> cell(column, row))
                .filter(cell -> !cell.isEmpty())
                .toList();
        return column instanceof NumericColumn<?>
                || (!cells.isEmpty()
                        && cells.stream()
                                .allMatch(cell -> STARTS_AS_NUMBER.matcher(cell).matches()));
    }

    private static String cell(Column<?> column, int row) {
        String text = column.getString(row);
        boolean floating = column instanceof DoubleColumn || column instanceof FloatColumn;
        if (column.isMissing(row)) {
            return floating && text.isEmpty() ? "NaN" : text;
        }
        if (column.get(row) instanceof Double value && Double.isFinite(value)) {
            // A column does not tell whether it was given a format; a fresh one shows what it would do without.
            String unformatted = DoubleColumn.create("", value).getString(0);
            return text.equals(unformatted) ? Numbers.plain(value) : text;
        }
        return text;
    }

    /** The table in both renderings. */
    Bundle bundle() {
        return Bundle.text(text()).withHtml(html());
    }

    /** The table for a page, everything in it escaped. */
    String html() {
        StringBuilder html = new StringBuilder("<table>");
        if (!caption.isBlank()) {
            html.append("<caption style=\"text-align:left\">")
                    .append(escape(caption))
                    .append("</caption>");
        }
        html.append("<thead>")
                .append(row("<th scope=\"col\"", headers, "</th>"))
                .append("</thead><tbody>");
        rows.forEach(row -> html.append(row("<td", row, "</td>")));
        html.append("</tbody></table>");
        return more > 0 ? html + "<p>" + andMore() + "</p>" : html.toString();
    }

    /** Alignment is written on every cell because JupyterLab's own style sheet puts all cells to the right. */
    private String row(String open, List<String> cells, String close) {
        return IntStream.range(0, cells.size())
                .mapToObj(i -> open + " style=\"text-align:" + (right.get(i) ? "right" : "left") + "\">"
                        + escape(cells.get(i)) + close)
                .collect(Collectors.joining("", "<tr>", "</tr>"));
    }

    private String andMore() {
        return "and " + more + (more == 1 ? " more row" : " more rows");
    }

    /** The table for a console: lines of text, columns two spaces apart. */
    String text() {
        int[] width = IntStream.range(0, headers.size())
                .map(i -> Stream.concat(Stream.of(headers), rows.stream())
                        .mapToInt(row -> row.get(i).length())
                        .max()
                        .orElse(0))
                .toArray();
        List<String> lines = new ArrayList<>();
        if (!caption.isBlank()) {
            lines.add(caption);
        }
        lines.add(line(headers, width));
        lines.add(line(IntStream.of(width).mapToObj("-"::repeat).toList(), width));
        rows.forEach(row -> lines.add(line(row, width)));
        if (more > 0) {
            lines.add(andMore());
        }
        return String.join("\n", lines);
    }

    private String line(List<String> cells, int[] width) {
        return IntStream.range(0, cells.size())
                .mapToObj(i -> {
                    String padding = " ".repeat(width[i] - cells.get(i).length());
                    return right.get(i) ? padding + cells.get(i) : cells.get(i) + padding;
                })
                .collect(Collectors.joining("  "))
                .stripTrailing();
    }

    /** Text as it may stand in HTML, in an attribute too. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
