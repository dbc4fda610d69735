package parlab.notebook.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A table's cells as text, ready to be laid out.
 *
 * @param caption what the table shows; may be empty
 * @param headers one per column
 * @param right per column, whether it is aligned to the right, as numbers are
 * @param rows the cells of the rows that are shown, each as long as headers
 * @param more how many further rows there are
 */
public record Grid(String caption, List<String> headers, List<Boolean> right, List<List<String>> rows, int more) {

    /** More rows than this help nobody on a page. */
    static final int MAX_ROWS = 100;

    private static final Pattern STARTS_AS_NUMBER = Pattern.compile("[-+−]?[.\\d].*", Pattern.DOTALL);

    /** Copies the lists. */
    public Grid {
        headers = List.copyOf(headers);
        right = List.copyOf(right);
        rows = rows.stream().map(List::copyOf).toList();
    }

    /**
     * The first rows of a Tablesaw table. Numbers keep the format that their column was given; where it was given
     * none, floating-point numbers are cut to five significant digits.
     */
    static Grid of(Table table) {
        int shown = Math.min(table.rowCount(), MAX_ROWS);
        List<List<String>> texts = new ArrayList<>();
        List<Boolean> numbers = new ArrayList<>();
        for (Column<?> column : table.columns()) {
            texts.add(
                    IntStream.range(0, shown).mapToObj(row -> cell(column, row)).toList());
            numbers.add(column instanceof NumericColumn<?>);
        }
        String name = table.name() == null ? "" : table.name();
        return of(name, table.columnNames(), texts, numbers, table.rowCount());
    }

    /**
     * Lays out columns of cells.
     *
     * @param texts per column its first cells
     * @param numbers per column whether it has numbers
     * @param rows how many rows there are, shown or not
     */
    static Grid of(String caption, List<String> headers, List<List<String>> texts, List<Boolean> numbers, int rows) {
        List<Boolean> right = new ArrayList<>();
        List<List<String>> lines = new ArrayList<>();
        for (int column = 0; column < texts.size(); column++) {
            List<String> cells = texts.get(column);
            // Figures with a unit, such as "1.93 x [1.88, 1.97]", are text, and yet belong to the right.
            right.add(numbers.get(column)
                    || (!cells.isEmpty()
                            && cells.stream()
                                    .allMatch(cell -> cell.isEmpty()
                                            || STARTS_AS_NUMBER.matcher(cell).matches())));
        }
        int shown = Math.min(rows, MAX_ROWS);
        for (int row = 0; row < shown; row++) {
            List<String> line = new ArrayList<>();
            for (List<String> cells : texts) {
                line.add(cells.get(row));
            }
            lines.add(line);
        }
        return new Grid(caption, headers, right, lines, rows - shown);
    }

    private static String cell(Column<?> column, int row) {
        if (column.isMissing(row)) {
            return "";
        }
        String text = column.getString(row);
        if (column.get(row) instanceof Double value) {
            // A column does not tell whether it was given a format; a fresh one shows what it would do without.
            String unformatted = DoubleColumn.create("", value).getString(0);
            return text.equals(unformatted) ? number(value) : text;
        }
        return text;
    }

    /** Five significant digits, without trailing zeros. */
    static String number(double value) {
        double magnitude = Math.abs(value);
        if (magnitude == 0 || !Double.isFinite(value)) {
            return magnitude == 0 ? "0" : String.valueOf(value);
        }
        if (magnitude >= 1e9 || magnitude < 1e-4) {
            return String.format(Locale.ROOT, "%.4e", value);
        }
        int decimals = Math.clamp(4 - (long) Math.floor(Math.log10(magnitude)), 0, 8);
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
    }

    /**
     * The table for a page. Alignment is written on every cell because JupyterLab's own style sheet puts all cells to
     * the right.
     *
     * @return HTML, everything in it escaped
     */
    public String html() {
        StringBuilder html = new StringBuilder("<table>");
        if (!caption.isBlank()) {
            html.append("<caption style=\"text-align:left\">")
                    .append(escape(caption))
                    .append("</caption>");
        }
        html.append("<thead><tr>");
        for (int column = 0; column < headers.size(); column++) {
            html.append("<th scope=\"col\"")
                    .append(align(column))
                    .append(escape(headers.get(column)))
                    .append("</th>");
        }
        html.append("</tr></thead><tbody>");
        for (List<String> row : rows) {
            html.append("<tr>");
            for (int column = 0; column < row.size(); column++) {
                html.append("<td")
                        .append(align(column))
                        .append(escape(row.get(column)))
                        .append("</td>");
            }
            html.append("</tr>");
        }
        html.append("</tbody></table>");
        if (more > 0) {
            html.append("<p>").append(andMore()).append("</p>");
        }
        return html.toString();
    }

    private String align(int column) {
        return " style=\"text-align:" + (right.get(column) ? "right" : "left") + "\">";
    }

    private String andMore() {
        return "and " + more + (more == 1 ? " more row" : " more rows");
    }

    /**
     * The table for a console.
     *
     * @return lines of text, columns two spaces apart
     */
    public String text() {
        int columns = headers.size();
        int[] width = new int[columns];
        for (int column = 0; column < columns; column++) {
            width[column] = headers.get(column).length();
            for (List<String> row : rows) {
                width[column] = Math.max(width[column], row.get(column).length());
            }
        }
        StringBuilder text = new StringBuilder();
        if (!caption.isBlank()) {
            text.append(caption).append('\n');
        }
        line(text, headers, width);
        List<String> rule = new ArrayList<>();
        for (int w : width) {
            rule.add("-".repeat(w));
        }
        line(text, rule, width);
        rows.forEach(row -> line(text, row, width));
        if (more > 0) {
            text.append(andMore()).append('\n');
        }
        return text.toString().stripTrailing();
    }

    private void line(StringBuilder text, List<String> cells, int[] width) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(width[column] - cell.length());
            line.append(column == 0 ? "" : "  ").append(right.get(column) ? padding + cell : cell + padding);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    /**
     * Text as it may stand in HTML, in an attribute too.
     *
     * @param text any text
     * @return the text, escaped
     */
    public static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
