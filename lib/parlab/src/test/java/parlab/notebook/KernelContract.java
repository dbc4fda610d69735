package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import parlab.charts.Figure;
import parlab.results.Tabular;
import parlab.timing.Estimate;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** What every kernel's adapter must do, as seen in the messages that the kernel would send. */
abstract class KernelContract {

    record Planet(String name, double mass, int moons) {}

    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G'};

    private final List<JsonObject> messages = new ArrayList<>();

    /** Called by the kernel's environment with whatever is published. */
    final void published(Object content) {
        JsonObject message = (JsonObject) new Gson().toJsonTree(content);
        message.addProperty("message", content.getClass().getSimpleName());
        message.addProperty("interrupted", Thread.currentThread().isInterrupted());
        messages.add(message);
    }

    /** What the kernel makes of a cell's value. */
    final JsonObject asValue(Object value) {
        return (JsonObject) new Gson().toJsonTree(evaluate(value));
    }

    abstract Object evaluate(Object value);

    abstract void endCell();

    abstract String kernelName();

    private JsonObject only() {
        assertEquals(1, messages.size(), messages.toString());
        return messages.getFirst();
    }

    private static JsonObject data(JsonObject message) {
        return message.getAsJsonObject("data");
    }

    private static XYChart chart() {
        XYChart chart = new XYChartBuilder()
                .width(200)
                .height(100)
                .title("x < y & \"z\"")
                .build();
        chart.addSeries("s", new double[] {1, 2}, new double[] {3, 4});
        return chart;
    }

    private static void assertPicture(JsonObject bundle) {
        String alt = Figure.of(chart()).alt();
        String base64 = data(bundle).get("image/png").getAsString();
        byte[] png = Base64.getDecoder().decode(base64);
        assertArrayEquals(PNG_SIGNATURE, java.util.Arrays.copyOf(png, 4));
        assertEquals(alt, data(bundle).get("text/plain").getAsString());

        String html = data(bundle).get("text/html").getAsString();
        assertTrue(html.contains(" alt=\"" + Grid.escape(alt) + "\""), html.substring(0, 200));
        assertTrue(html.contains(" src=\"data:image/png;base64," + base64 + "\""));
        assertTrue(html.contains(" width=\"200\" height=\"100\""));

        JsonObject metadata = bundle.getAsJsonObject("metadata").getAsJsonObject("image/png");
        assertEquals(200, metadata.get("width").getAsInt());
        assertEquals(100, metadata.get("height").getAsInt());
        assertEquals(alt, metadata.get("alt").getAsString());
    }

    @Test
    void theKernelIsNamed() {
        assertEquals(kernelName(), Notebook.frontEnd());
    }

    @Test
    void aShownChartIsAPictureWithAltText() {
        Notebook.show(chart());
        assertEquals("PublishDisplayData", only().get("message").getAsString());
        assertPicture(only());
    }

    @Test
    void aChartShowsItselfAsACellsValue() {
        assertPicture(asValue(chart()));
        assertPicture(asValue(Figure.of(chart())));
        assertTrue(messages.isEmpty());
    }

    @Test
    void aTableIsATableInBothWays() {
        Table table =
                Table.create("Pla<nets", StringColumn.create("na<me", "a&b", null), IntColumn.create("moons", 1, 23));
        String html = "<table><caption style=\"text-align:left\">Pla&lt;nets</caption><thead><tr>"
                + "<th scope=\"col\" style=\"text-align:left\">na&lt;me</th>"
                + "<th scope=\"col\" style=\"text-align:right\">moons</th></tr></thead><tbody>"
                + "<tr><td style=\"text-align:left\">a&amp;b</td><td style=\"text-align:right\">1</td></tr>"
                + "<tr><td style=\"text-align:left\"></td><td style=\"text-align:right\">23</td></tr>"
                + "</tbody></table>";
        assertEquals(html, data(asValue(table)).get("text/html").getAsString());
        Notebook.show(table);
        assertEquals(html, data(only()).get("text/html").getAsString());
        assertTrue(data(only()).get("text/plain").getAsString().startsWith("Pla<nets\nna<me  moons\n"));
    }

    @Test
    void aListOfRecordsIsATableAndAnyOtherListIsLeftAlone() {
        JsonObject planets = data(asValue(List.of(new Planet("Mars", 0.107, 2))));
        assertTrue(planets.get("text/html").getAsString().contains(">0.107</td>"));
        Tabular tabular = () -> Notebook.table(List.of(new Planet("Mars", 0.107, 2)));
        assertEquals(planets, data(asValue(tabular)));
        for (List<?> list : List.of(List.of(), List.of(1, 2), List.of(new Planet("x", 1, 2), "y"))) {
            JsonObject other = data(asValue(list));
            assertEquals(list.toString(), other.get("text/plain").getAsString());
            assertFalse(other.has("text/html"), list.toString());
        }
    }

    @Test
    void otherValuesAreShownAsTheKernelDoesIt() {
        Notebook.show(42, "text", null);
        assertEquals(
                List.of("42", "text", "null"),
                messages.stream()
                        .map(message -> data(message).get("text/plain").getAsString())
                        .toList());
    }

    @Test
    void attachingAgainChangesNothing() {
        Notebook.frontEnd();
        Notebook.frontEnd();
        Object[] calls = {0};
        Figure figure = Figure.of(chart());
        List<Planet> counting = new java.util.AbstractList<>() {
            @Override
            public Planet get(int index) {
                calls[0] = (int) calls[0] + 1;
                return new Planet("x", 1, 2);
            }

            @Override
            public int size() {
                return 1;
            }
        };
        asValue(counting);
        int once = (int) calls[0];
        Notebook.frontEnd();
        asValue(counting);
        assertEquals(2 * once, (int) calls[0], "a second renderer was at work");
        assertPicture(asValue(figure));
    }

    @Test
    void computedTextIsMarkdown() {
        Notebook.markdown("**2.1 x**");
        assertEquals("**2.1 x**", data(only()).get("text/markdown").getAsString());
        assertEquals("**2.1 x**", data(only()).get("text/plain").getAsString());
    }

    @Test
    void recordedFiguresAreAStructureOnTheWire() {
        RecordedRun.emit(Map.of("planets", List.of(new Planet("Mars", 0.5, 2), Map.of("k", List.of(true)))));
        JsonObject run = data(only()).get(RecordedRun.MIME).getAsJsonObject();
        assertTrue(run.get("processors").getAsInt() > 0 && run.has("machine"), run.toString());
        JsonArray list = run.get("planets").getAsJsonArray();
        assertEquals(JsonParser.parseString("{\"name\":\"Mars\",\"mass\":0.5,\"moons\":2}"), list.get(0));
        assertEquals(JsonParser.parseString("{\"k\":[true]}"), list.get(1));
        assertTrue(data(only()).has("text/plain"));
    }

    @Test
    void figuresThatJsonCannotExpressAreRefused() {
        IllegalArgumentException nan = assertThrows(
                IllegalArgumentException.class, () -> RecordedRun.emit(Map.of("a", List.of(1.0, Double.NaN))));
        assertTrue(nan.getMessage().contains("$.a[1]"), nan.getMessage());
        assertTrue(messages.isEmpty());
    }

    /** One display, and after it nothing but updates of it: one at least, and more where the machine is slow. */
    private void assertOneDisplay() {
        assertTrue(messages.size() >= 2, messages.toString());
        JsonObject first = messages.getFirst();
        assertEquals("PublishDisplayData", first.get("message").getAsString());
        String id = first.getAsJsonObject("transient").get("display_id").getAsString();
        assertFalse(id.isBlank());
        for (JsonObject update : messages.subList(1, messages.size())) {
            assertEquals("PublishUpdateDisplayData", update.get("message").getAsString());
            assertEquals(
                    id, update.getAsJsonObject("transient").get("display_id").getAsString());
        }
    }

    @Test
    void progressIsOneDisplayThatIsUpdatedInPlace() {
        try (Progress progress = Notebook.progress("counting <all>")) {
            assertTrue(messages.isEmpty(), "nothing to see before the first report");
            progress.started(3);
            progress.advanced(3);
            progress.finished();
        }
        assertOneDisplay();
        JsonObject last = messages.getLast();
        String html = data(last).get("text/html").getAsString();
        assertTrue(html.startsWith("<progress max=\"3\" value=\"3\" aria-label=\"counting &lt;all&gt;\">"), html);
        assertTrue(data(last).get("text/plain").getAsString().startsWith("counting <all>: 3 of 3 in "));
    }

    @Test
    void aLiveDisplayIsReplacedInPlace() {
        try (Live live = Notebook.live("best <so far>")) {
            assertTrue(messages.isEmpty(), "nothing to see before the first content");
            live.update(List.of(new Planet("Mars", 0.107, 2)));
            live.update(List.of(new Planet("Venus", 0.815, 0)));
        }
        assertOneDisplay();
        JsonObject last = messages.getLast();
        String html = data(last).get("text/html").getAsString();
        assertTrue(html.startsWith("<div>best &lt;so far&gt;</div><table>") && html.contains("Venus"), html);
        assertTrue(data(last).get("text/plain").getAsString().startsWith("best <so far>\nname"));
    }

    @Test
    void aLiveDisplayTakesPicturesMarkdownAndAnythingElse() {
        try (Live picture = Notebook.live("chart")) {
            picture.update(chart());
        }
        JsonObject html = data(messages.getFirst());
        assertTrue(html.get("text/html").getAsString().startsWith("<div>chart</div><img alt="), "the picture");
        assertTrue(html.has("image/png"));
        messages.clear();
        try (Live text = Notebook.live("a_b")) {
            text.update("**2.1 x**");
        }
        assertEquals(
                "a\\_b\n\n**2.1 x**",
                data(messages.getLast()).get("text/markdown").getAsString());
        assertFalse(data(messages.getLast()).has("text/html"));
        messages.clear();
        try (Live other = Notebook.live("n")) {
            other.update(List.of("<1>"));
        }
        assertEquals(
                "<div>n</div><pre style=\"margin:0\">[&lt;1&gt;]</pre>",
                data(messages.getLast()).get("text/html").getAsString());
    }

    @Test
    void claimsAreOneDisplayForPeopleAndPrograms() {
        Claims claims = Claims.lesson("01");
        claims.claim("A2", "no more than <one> core")
                .article("12 %")
                .rule("cores", Rule.below(1.2))
                .jvm(new Estimate(1.9, 1.8, 2, 0.97, 6, "cores"))
                .cpython(new Estimate(1, 0.9, 1.1, 0.97, 6, "cores"));
        claims.show();
        JsonObject claim = data(only()).get(Claims.MIME).getAsJsonArray().get(0).getAsJsonObject();
        assertEquals("A2", claim.get("id").getAsString());
        assertEquals("holds on CPython only", claim.get("verdict").getAsString());
        assertEquals(1.8, claim.getAsJsonObject("jvm_numbers").get("low").getAsDouble());
        String html = data(only()).get("text/html").getAsString();
        assertTrue(html.contains("A2: no more than &lt;one&gt; core</td>"), html);
        assertTrue(html.contains("error rate is that of one claim"), html);
    }

    @Test
    void anInterruptedThreadMayShowThingsAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        Notebook.show("x");
        assertTrue(Thread.interrupted());
        assertFalse(only().get("interrupted").getAsBoolean(), "a channel would have been closed");
    }

    @Test
    void withoutACellShowingFailsClearlyAndProgressAndLiveAreSilent() {
        endCell();
        NoFrontEndException error = assertThrows(NoFrontEndException.class, () -> Notebook.show("lost"));
        assertTrue(error.getMessage().contains("join"), error.getMessage());
        assertThrows(NoFrontEndException.class, () -> Notebook.markdown("lost"));
        try (Progress progress = Notebook.progress("unseen");
                Live live = Notebook.live("unseen")) {
            progress.started(1);
            progress.advanced(1);
            live.update("unseen");
        }
        assertTrue(messages.isEmpty());
    }
}
