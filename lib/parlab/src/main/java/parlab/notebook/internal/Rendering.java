package parlab.notebook.internal;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import parlab.charts.Figure;
import parlab.notebook.Machine;
import parlab.twin.TwinResult;
import parlab.twin.TwinRow;
import tech.tablesaw.api.Table;

/** How the values that no kernel knows are rendered, the same in every front end. */
public final class Rendering {

    private Rendering() {}

    /** A value that asks a kernel whether it knows our renderers: whoever knows them gives the answer. */
    enum Probe {
        ASK;

        static final String ANSWER = "parlab is attached";
    }

    /** The types to register with a kernel. Of the lists only those of records are rendered. */
    static List<Class<?>> types() {
        return List.of(
                Probe.class, Figure.class, Chart.class, Table.class, TwinResult.class, Machine.class, List.class);
    }

    /** The renderings of one of our types; empty where the front end's own way is good enough. */
    static Optional<Bundle> of(Object value) {
        return switch (value) {
            case Figure figure -> Optional.of(picture(figure));
            case Chart<?, ?> chart -> Optional.of(picture(Figure.of(chart)));
            case Table table -> Optional.of(grid(Grid.of(table)));
            case TwinResult result ->
                Optional.of(grid(Columns.ofMaps(
                                "", result.rows().stream().map(TwinRow::fields).toList())
                        .toGrid()));
            case Machine machine ->
                Optional.of(grid(Columns.ofPairs("This machine", "what", "value", machine.facts())
                        .toGrid()));
            case List<?> list -> records(list).map(columns -> grid(columns.toGrid()));
            case Probe probe -> Optional.of(Bundle.text(Probe.ANSWER));
            default -> Optional.empty();
        };
    }

    /**
     * Content under a label, for a place where it is replaced.
     *
     * @param label stands above the content
     * @param content text as Markdown, our types as everywhere, anything else as its text
     * @return the renderings; of content that cannot be rendered an error's message
     */
    public static Bundle live(String label, Object content) {
        try {
            if (content instanceof CharSequence text) {
                return Bundle.text(label + "\n" + text)
                        .with("text/markdown", label.replaceAll("[\\\\`*_\\[\\]<>#|]", "\\\\$0") + "\n\n" + text);
            }
            return of(content)
                    .orElseGet(() -> Bundle.text(String.valueOf(content)))
                    .under(label);
        } catch (RuntimeException e) {
            // The job that is being watched must not fail for that.
            return Bundle.text("this could not be shown: " + e).under(label);
        }
    }

    private static Bundle grid(Grid grid) {
        return Bundle.text(grid.text()).with("text/html", grid.html());
    }

    /**
     * HTML first in rank, because it is the only rendering whose alt text reaches JupyterLab's page; the bare picture
     * for those who strip HTML.
     */
    private static Bundle picture(Figure figure) {
        String png = Base64.getEncoder().encodeToString(figure.png());
        String html = "<img alt=\"" + Grid.escape(figure.alt()) + "\" width=\"" + figure.width() + "\" height=\""
                + figure.height() + "\" style=\"max-width:100%;height:auto\" src=\"data:image/png;base64," + png
                + "\">";
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("text/html", html);
        data.put("image/png", png);
        data.put(Bundle.PLAIN, figure.alt());
        return new Bundle(
                data,
                Map.of("image/png", Map.of("width", figure.width(), "height", figure.height(), "alt", figure.alt())));
    }

    /** A table, if the list is one of records of a single class. */
    private static Optional<Columns> records(List<?> list) {
        if (list.isEmpty() || !(list.getFirst() instanceof Record first)) {
            return Optional.empty();
        }
        for (Object item : list) {
            if (item == null || item.getClass() != first.getClass()) {
                return Optional.empty();
            }
        }
        List<Record> records = list.stream().map(Record.class::cast).toList();
        return Optional.of(Columns.ofRecords("", records));
    }
}
