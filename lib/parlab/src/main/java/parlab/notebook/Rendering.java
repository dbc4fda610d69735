package parlab.notebook;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import parlab.charts.Figure;
import parlab.results.Tables;
import parlab.results.Tabular;
import tech.tablesaw.api.Table;

/** How the values that no kernel knows are rendered, the same in every front end. */
final class Rendering {
    private Rendering() {}

    /** A value that asks a kernel whether it knows our renderers: whoever knows them gives the answer. */
    enum Probe {
        ASK;

        static final String ANSWER = "parlab is attached";
    }

    /** The types to register with a kernel. Of the lists only those of records are rendered. */
    static List<Class<?>> types() {
        return List.of(
                Probe.class,
                Figure.class,
                Chart.class,
                Table.class,
                Tabular.class,
                Machine.class,
                Finding.class,
                List.class);
    }

    /** The renderings of one of our types; empty where the front end's own way is good enough. */
    static Optional<Bundle> of(Object value) {
        return switch (value) {
            case Figure figure -> Optional.of(picture(figure));
            case Chart<?, ?> chart -> Optional.of(picture(Figure.of(chart)));
            case Table table -> Optional.of(Grid.of(table).bundle());
            case Tabular tabular -> Optional.of(Grid.of(tabular.table()).bundle());
            case Finding finding ->
                Optional.of(Bundle.text(finding.toString()).with("text/markdown", finding.toString()));
            case Machine machine -> Optional.of(machine.grid().bundle());
            case List<?> list
            when isOfRecords(list) -> Optional.of(Grid.of(Tables.of("", list)).bundle());
            case Probe probe -> Optional.of(Bundle.text(Probe.ANSWER));
            default -> Optional.empty();
        };
    }

    private static boolean isOfRecords(List<?> list) {
        return !list.isEmpty()
                && list.getFirst() instanceof Record first
                && list.stream().allMatch(item -> item != null && item.getClass() == first.getClass());
    }

    /**
     * Content under a label, for a place where it is replaced: text as Markdown, our types as everywhere, anything else as
     * its text; of content that cannot be rendered an error's message, as the job that is being watched must go on.
     */
    static Bundle live(String label, Object content) {
        try {
            if (content instanceof CharSequence text) {
                return Bundle.text(label + "\n" + text)
                        .with("text/markdown", label.replaceAll("[\\\\`*_\\[\\]<>#|]", "\\\\$0") + "\n\n" + text);
            }
            return of(content)
                    .orElseGet(() -> Bundle.text(String.valueOf(content)))
                    .under(label);
        } catch (RuntimeException e) {
            return Bundle.text("this could not be shown: " + e).under(label);
        }
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
        return new Bundle(
                Bundle.text(figure.alt()).withHtml(html).with("image/png", png).data(),
                Map.of("image/png", Map.of("width", figure.width(), "height", figure.height(), "alt", figure.alt())));
    }
}
