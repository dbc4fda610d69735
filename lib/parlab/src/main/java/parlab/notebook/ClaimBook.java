package parlab.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** What {@code notebooks/claims.yml} states, once for lessons, ledger and guide. Immutable and thread-safe. */
record ClaimBook(List<Entry> entries) {
    private static final Set<String> FIELDS =
            Set.of("lesson", "id", "claim", "article", "measured", "rule", "speed", "about");

    /**
     * One claim in one lesson, as written.
     *
     * @param rule see {@link Rule#parse}
     * @param speed whether the verdict stays open where something keeps speed-up from being measured
     * @param aboutLock whether it is about CPython's global lock
     */
    record Entry(
            String lesson,
            String id,
            String claim,
            String article,
            String measured,
            String rule,
            boolean speed,
            boolean aboutLock) {}

    ClaimBook {
        entries = List.copyOf(entries);
    }

    /** Reads the clone's book; fails if it is not there. */
    static ClaimBook ofClone() {
        return read(Path.of(System.getProperty("parlab.home", ".."), "notebooks", "claims.yml"));
    }

    static ClaimBook read(Path file) {
        try {
            Object tree = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
            if (!(tree instanceof List<?> list)) {
                throw new IllegalArgumentException(file + " is not a list of claims");
            }
            Map<String, Entry> entries = new LinkedHashMap<>();
            for (Object item : list) {
                Entry entry = entry(item, file);
                if (entries.put(entry.lesson + " " + entry.id, entry) != null) {
                    throw new IllegalArgumentException(
                            file + " has claim " + entry.id + " of lesson " + entry.lesson + " twice");
                }
            }
            return new ClaimBook(List.copyOf(entries.values()));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: it states the claims that lessons test", e);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException(file + " is not YAML: " + e.getMessage(), e);
        }
    }

    private static Entry entry(Object item, Path file) {
        if (!(item instanceof Map<?, ?> map) || !FIELDS.containsAll(map.keySet())) {
            throw new IllegalArgumentException(file + " has a claim with other fields than " + FIELDS + ": " + item);
        }
        Object about = map.containsKey("about") ? map.get("about") : "";
        boolean isFlag = !map.containsKey("speed") || map.get("speed") instanceof Boolean;
        if (!isFlag || !(about.equals("") || about.equals("lock"))) {
            throw new IllegalArgumentException(
                    file + ": speed is true or false, about is lock or left out, but a claim has " + map);
        }
        Entry entry = new Entry(
                text(map, "lesson", file),
                text(map, "id", file),
                text(map, "claim", file),
                text(map, "article", file),
                text(map, "measured", file),
                text(map, "rule", file),
                Boolean.TRUE.equals(map.get("speed")),
                about.equals("lock"));
        Rule.parse(entry.rule, 2);
        return entry;
    }

    private static String text(Map<?, ?> map, String field, Path file) {
        if (map.get(field) instanceof String text && !text.isBlank()) {
            return text;
        }
        throw new IllegalArgumentException(file + ": a claim needs \"" + field + "\" as text, but there is " + map);
    }

    /** Returns the claim of that id in that lesson, such as 01. */
    Entry find(String lesson, String id) {
        List<Entry> ofLesson =
                entries.stream().filter(entry -> entry.lesson.equals(lesson)).toList();
        return ofLesson.stream()
                .filter(entry -> entry.id.equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("notebooks/claims.yml has no claim " + id + " of lesson " + lesson
                                + ", only " + ofLesson.stream().map(Entry::id).toList()));
    }
}
