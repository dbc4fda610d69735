package parlab.notebook;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing in several renderings, as Jupyter's display messages carry it: content by MIME type, and metadata for its
 * renderer. Text, base64 for pictures, maps and lists for JSON; always a {@code text/plain}.
 */
record Bundle(Map<String, Object> data, Map<String, Object> metadata) {
    private static final String PLAIN = "text/plain";
    private static final String HTML = "text/html";

    static Bundle text(String text) {
        return new Bundle(Map.of(PLAIN, text), Map.of());
    }

    /** Returns this bundle and one more rendering. */
    Bundle with(String mime, Object content) {
        Map<String, Object> more = new LinkedHashMap<>(data);
        more.put(mime, content);
        return new Bundle(more, metadata);
    }

    Bundle withHtml(String html) {
        return with(HTML, html);
    }

    /** Returns this bundle below a label, in words and as HTML. Other renderings have no place for one. */
    Bundle under(String label) {
        Object html = data.getOrDefault(HTML, "<pre style=\"margin:0\">" + Grid.escape(text()) + "</pre>");
        return with(PLAIN, label + "\n" + text()).withHtml("<div>" + Grid.escape(label) + "</div>" + html);
    }

    /** Returns the rendering for those who have nothing but text. */
    String text() {
        return (String) data.get(PLAIN);
    }
}
