package parlab.notebook.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One thing in several renderings, as Jupyter's display messages carry it. Always has a {@code text/plain}.
 *
 * @param data MIME type to content: text, base64 for pictures, maps and lists for JSON
 * @param metadata MIME type to what its renderer should know
 */
public record Bundle(Map<String, Object> data, Map<String, Object> metadata) {

    /** The MIME type that every bundle has. */
    public static final String PLAIN = "text/plain";

    /** Copies both maps, whose order is kept. */
    public Bundle {
        if (!(data.get(PLAIN) instanceof String)) {
            throw new IllegalArgumentException("a bundle needs text/plain, got " + data.keySet());
        }
        data = new LinkedHashMap<>(data);
        metadata = new LinkedHashMap<>(metadata);
    }

    /**
     * A bundle of text only.
     *
     * @param text what to show
     * @return the bundle
     */
    public static Bundle text(String text) {
        return new Bundle(Map.of(PLAIN, text), Map.of());
    }

    /**
     * This bundle and one more rendering.
     *
     * @param mime the rendering's type
     * @param content its content
     * @return a new bundle
     */
    public Bundle with(String mime, Object content) {
        Map<String, Object> more = new LinkedHashMap<>(data);
        more.put(mime, Objects.requireNonNull(content, mime));
        return new Bundle(more, metadata);
    }

    /**
     * This bundle below a label, in words and as HTML. Other renderings have no place for one and are as they were.
     *
     * @param label stands above the content
     * @return a new bundle
     */
    public Bundle under(String label) {
        String html = data.get("text/html") instanceof String page
                ? page
                : "<pre style=\"margin:0\">" + Grid.escape(text()) + "</pre>";
        Map<String, Object> labelled = new LinkedHashMap<>(data);
        labelled.put(PLAIN, label + "\n" + text());
        labelled.put("text/html", "<div>" + Grid.escape(label) + "</div>" + html);
        return new Bundle(labelled, metadata);
    }

    /**
     * The text for people without a screen that could do better.
     *
     * @return the {@code text/plain} rendering
     */
    public String text() {
        return (String) data.get(PLAIN);
    }
}
