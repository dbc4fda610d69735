package parlab.notebook;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import parlab.results.BySide;
import parlab.results.Results;
import parlab.results.Tables;
import parlab.results.Tabular;
import tech.tablesaw.api.Table;

/**
 * The claims of all lessons in one list, with the findings and verdicts of the last {@code make run}; of a lesson that was
 * not run on this machine, those of a recorded run, which each entry says. Immutable and thread-safe.
 */
public final class Ledger implements Tabular {
    /**
     * One claim in one lesson, in words; others are the findings and verdicts on further sides, and
     * the source is the last run here, or a recorded one of a machine that is named.
     */
    public record Entry(
            String lesson,
            String id,
            String claim,
            String article,
            String jvm,
            String cpython,
            String verdict,
            Map<String, String> others,
            String source) {}

    private final List<Entry> entries;

    private Ledger(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Reads the ledger of the clone that the notebook runs in; it has no entry if nothing was run or recorded.
     *
     * @throws UncheckedIOException if a file cannot be read, or holds something else
     */
    public static Ledger ofLessons() {
        return in(
                Path.of(System.getProperty("parlab.home", "..")),
                Runtime.getRuntime().availableProcessors());
    }

    /** Reads any clone's; of recorded runs, the one on a machine with the nearest number of processors is taken. */
    static Ledger in(Path home, int processors) {
        try {
            SortedMap<String, List<Entry>> lessons = new TreeMap<>();
            List<Path> recorded =
                    RecordedRun.files(home.resolve("notebooks").resolve("recorded"), "claims-*-processors.json");
            // The farthest first, so that the nearer ones replace what they have too.
            Comparator<Path> nearer = Comparator.comparingInt(file -> -Math.abs(processorsOf(file) - processors));
            for (Path file : recorded.stream().sorted(nearer).toList()) {
                JsonNode run = read(file);
                String source = "recorded on %d processors (%s)"
                        .formatted(processorsOf(file), run.path("machine").asText("an unnamed machine"));
                addAll(lessons, run.path("lessons"), source, file);
            }
            Path last = home.resolve("build").resolve("notebooks").resolve("claims.json");
            if (Files.exists(last)) {
                addAll(lessons, read(last), "the last run here", last);
            }
            return new Ledger(lessons.values().stream().flatMap(List::stream).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int processorsOf(Path file) {
        String digits = file.getFileName().toString().replaceAll("\\D", "");
        return digits.isEmpty() || digits.length() > 6 ? 0 : Integer.parseInt(digits);
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new IOException(file + " is not what a run writes: " + e.getOriginalMessage(), e);
        }
    }

    private static void addAll(SortedMap<String, List<Entry>> lessons, JsonNode run, String source, Path file)
            throws IOException {
        if (!run.isObject()) {
            throw new IOException(file + " is not what a run writes: it has no lessons");
        }
        for (var lesson : run.properties()) {
            List<Entry> entries = new ArrayList<>();
            for (JsonNode claim : lesson.getValue()) {
                entries.add(new Entry(
                        lesson.getKey(),
                        text(claim, "id", file),
                        text(claim, "claim", file),
                        text(claim, "article", file),
                        text(claim, "jvm", file),
                        text(claim, "cpython", file),
                        text(claim, "verdict", file),
                        others(claim),
                        source));
            }
            lessons.put(lesson.getKey(), entries);
        }
    }

    /** Runs that were recorded before there were further sides have none. */
    private static Map<String, String> others(JsonNode claim) {
        Map<String, String> others = new LinkedHashMap<>();
        claim.path("others")
                .properties()
                .forEach(side -> others.put(side.getKey(), side.getValue().asText()));
        return others;
    }

    private static String text(JsonNode claim, String name, Path file) throws IOException {
        JsonNode value = claim.get(name);
        if (value == null || !value.isTextual()) {
            throw new IOException(file + " is not what a run writes: a claim has no " + name);
        }
        return value.asText();
    }

    /** Returns all entries, in the order of the lessons, and of the claims in each. */
    public List<Entry> entries() {
        return entries;
    }

    /** Returns what the lessons found about one claim, such as {@code A2}: an entry for each lesson that tests it. */
    List<Entry> find(String id) {
        return entries.stream().filter(entry -> entry.id().equals(id)).toList();
    }

    /** Returns where the entries were measured, each place once: {@code lessons 01, 02: the last run here; ...}. */
    public String sources() {
        SequencedMap<String, SequencedSet<String>> lessons = new LinkedHashMap<>();
        entries.forEach(entry -> lessons.computeIfAbsent(entry.source(), source -> new LinkedHashSet<>())
                .add(number(entry)));
        return lessons.entrySet().stream()
                .map(entry -> (entry.getValue().size() == 1 ? "lesson " : "lessons ")
                        + String.join(", ", entry.getValue()) + ": " + entry.getKey())
                .collect(Collectors.joining("; "));
    }

    /** Returns the figure that a side has for a claim in the last lesson that tests it; says so where none has run. */
    public String figure(String id, String side) {
        List<Entry> found = find(id);
        if (found.isEmpty()) {
            return id + ": not run yet";
        }
        Entry last = found.getLast();
        return id + ": "
                + switch (side) {
                    case BySide.JVM -> last.jvm();
                    case BySide.CPYTHON -> last.cpython();
                    default -> last.others().getOrDefault(side, "not measured");
                };
    }

    /** Returns all entries as a table to be filtered: lesson, claim, article, JVM, CPython, verdict, further sides. */
    @Override
    public Table table() {
        List<Map<String, Object>> rows = new ArrayList<>();
        SequencedSet<String> others = new LinkedHashSet<>();
        entries.forEach(entry -> others.addAll(entry.others().keySet()));
        for (Entry entry : entries) {
            SequencedMap<String, Object> row = Results.row(
                    "lesson", number(entry),
                    "claim", entry.id() + ": " + entry.claim(),
                    "article", entry.article(),
                    "JVM", entry.jvm(),
                    "CPython", entry.cpython(),
                    "verdict", entry.verdict());
            others.forEach(side -> row.put(side, entry.others().getOrDefault(side, "")));
            rows.add(row);
        }
        return rows.isEmpty()
                ? Tables.of("", List.of(Map.of("claims", "no lesson was run yet, and none recorded: see make run")))
                : Tables.of("The claims of all lessons", rows);
    }

    private static String number(Entry entry) {
        return entry.lesson().substring(0, Math.min(2, entry.lesson().length()));
    }

    /** Returns how many claims there are of how many lessons. */
    @Override
    public String toString() {
        return entries.size() + " claims of "
                + entries.stream().map(Entry::lesson).distinct().count() + " lessons";
    }
}
