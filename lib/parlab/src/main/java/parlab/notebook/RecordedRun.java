package parlab.notebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/**
 * The main figures of a run of a lesson on another machine, to be shown beside those of this one. A lesson hands out
 * its own by {@link #emit}; {@code make record} keeps them in {@code notebooks/recorded}, where {@link Lesson#recorded} finds them.
 * Immutable and thread-safe.
 *
 * @param machine the processor's model and the JVM, separated by a comma
 * @param figures all that the lesson handed out, by name, in their order
 */
record RecordedRun(int processors, String machine, Map<String, Object> figures) {
    /** The MIME type under which a lesson hands its figures out. */
    static final String MIME = "application/vnd.parlab.record+json";

    private static final JsonMapper MAPPER = new JsonMapper();

    RecordedRun {
        if (processors < 1) {
            throw new IllegalArgumentException("a machine has 1 processor at least, got " + processors);
        }
        if (machine.isBlank()) {
            throw new IllegalArgumentException("a recorded run must tell its machine, got a blank text");
        }
        figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    }

    /** The runs of a lesson, such as 01, in a folder, those with fewer processors first; none if there is no folder. */
    static List<RecordedRun> in(Path folder, String lesson) {
        return files(folder, lesson + "-*.json").stream()
                .map(RecordedRun::read)
                .sorted(Comparator.comparingInt(RecordedRun::processors))
                .toList();
    }

    /** A folder's files whose names fit a glob, in their order, as a folder lists its own in any; none without a folder. */
    static List<Path> files(Path folder, String glob) {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, glob)) {
                found.forEach(files::add);
            } catch (IOException | DirectoryIteratorException e) {
                throw new UncheckedIOException(new IOException(folder + " cannot be listed", e));
            }
        }
        Collections.sort(files);
        return files;
    }

    private static RecordedRun read(Path file) {
        try {
            Map<String, Object> fields = MAPPER.readValue(Files.readString(file), new TypeReference<>() {});
            if (fields != null
                    && fields.remove("processors") instanceof Integer processors
                    && fields.remove("machine") instanceof String machine) {
                return new RecordedRun(processors, machine, fields);
            }
            throw new IllegalArgumentException("it lacks a number of processors or a machine");
        } catch (IllegalArgumentException | JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is not a recorded run: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /**
     * Hands figures of this run out to {@code make record}, with the number of processors and the machine: numbers,
     * text, lists and maps, by name.
     *
     * @throws IllegalArgumentException if a name is {@code processors} or {@code machine}, or if a figure has no form
     *     in JSON, such as NaN
     */
    static void emit(Map<String, ?> figures) {
        Machine here = Machine.here();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("processors", here.processors());
        all.put("machine", here.cpu() + ", " + here.jvm());
        figures.forEach((name, value) -> {
            if (all.putIfAbsent(name, Objects.requireNonNull(value, name)) != null) {
                throw new IllegalArgumentException("the figure '" + name + "' is added by itself: leave it out");
            }
        });
        Object tree = MAPPER.convertValue(all, Object.class);
        checkNumbers(tree, "$");
        FrontEnd.current()
                .show(Bundle.text("figures for a recorded run: " + figures.keySet())
                        .with(MIME, tree));
    }

    /** Hands out tables. */
    static void emitTables(Map<String, Table> tables) {
        emit(rowsOf(tables));
    }

    /** Tables as lists of rows, which lack what is missing. */
    static Map<String, Object> rowsOf(Map<String, Table> tables) {
        Map<String, Object> figures = new LinkedHashMap<>();
        tables.forEach((name, table) -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 0; i < table.rowCount(); i++) {
                Map<String, Object> row = new LinkedHashMap<>();
                for (String column : table.columnNames()) {
                    if (!table.column(column).isMissing(i)) {
                        row.put(column, table.get(i, table.columnIndex(column)));
                    }
                }
                rows.add(row);
            }
            figures.put(name, rows);
        });
        return figures;
    }

    /** The rows of that name in all runs of a lesson, with a column that names the run; no row if there is none. */
    static Table table(Path folder, String lesson, String name) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (RecordedRun run : in(folder, lesson)) {
            if (run.figures.get(name) instanceof List<?> list) {
                for (Object item : list) {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("run", run.label());
                    ((Map<?, ?>) item).forEach((column, value) -> row.put(String.valueOf(column), value));
                    rows.add(row);
                }
            }
        }
        return rows.isEmpty() ? Tables.of("", List.of(Map.of())) : Tables.of("", rows);
    }

    private static void checkNumbers(Object node, String path) {
        switch (node) {
            case Map<?, ?> map -> map.forEach((key, child) -> checkNumbers(child, path + "." + key));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    checkNumbers(list.get(i), path + "[" + i + "]");
                }
            }
            case Number number
            when !Double.isFinite(number.doubleValue()) ->
                throw new IllegalArgumentException("JSON has no " + number + ", but there is one at " + path);
            case null, default -> {}
        }
    }

    /** Returns what a chart calls this run, such as {@code recorded, 2 processors (Intel(R) Xeon(R) Processor)}. */
    String label() {
        return "recorded, " + processors + (processors == 1 ? " processor (" : " processors (")
                + machine.split(",", 2)[0] + ")";
    }
}
