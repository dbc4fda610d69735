package parlab.notebook;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Stream;
import parlab.charts.BarChart;
import parlab.charts.Charts;
import parlab.results.Results;
import parlab.results.Tables;
import parlab.timing.Numbers;
import tech.tablesaw.api.Table;

/**
 * The guesses of one lesson, kept in a file beside the notebooks that git ignores. Where it cannot be written they last as
 * long as the kernel. Thread-safe.
 */
final class Guesses {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** One prediction; a null stands for what is not known yet. */
    record Kept(String what, String unit, Double guess, Double measured) {
        /** The guess as a multiple of what was measured, or NaN where there is none. */
        double factor() {
            return guess == null || measured == null || measured == 0 ? Double.NaN : guess / measured;
        }
    }

    private final Path file;
    private final SequencedMap<String, Kept> kept = new LinkedHashMap<>();

    private Guesses(Path file) {
        this.file = file;
    }

    /** Those of a lesson in a folder; what an earlier run kept is there again. */
    static Guesses of(Path folder, String lesson) {
        Guesses guesses = new Guesses(folder.resolve("guesses-" + lesson + ".json"));
        try {
            read(guesses.file).forEach(guess -> guesses.kept.put(guess.what, guess));
        } catch (IOException e) {
            // None was kept, or the file is broken: it is written anew.
        }
        return guesses;
    }

    static List<Kept> read(Path file) throws IOException {
        try {
            List<Kept> list = MAPPER.readValue(Files.readAllBytes(file), new TypeReference<List<Kept>>() {});
            if (list == null || list.stream().anyMatch(guess -> guess == null || guess.what == null)) {
                throw new IOException(file + " is not a list of guesses");
            }
            return list;
        } catch (JacksonException e) {
            throw new IOException(file + " is not a list of guesses: " + e.getOriginalMessage(), e);
        }
    }

    /** Takes a guess; null leaves the one of an earlier run as it is. */
    synchronized Guess take(String what, String unit, Double number) {
        if (number != null && !Double.isFinite(number)) {
            throw new IllegalArgumentException("a guess is a number, got " + number);
        }
        Kept before = kept.get(what);
        Double guess = number != null ? number : before == null ? null : before.guess;
        kept.put(what, new Kept(what, unit, guess, before == null ? null : before.measured));
        save();
        return new Guess(this, what, unit);
    }

    synchronized OptionalDouble guessed(String what) {
        Double guess = kept.get(what).guess;
        return guess == null ? OptionalDouble.empty() : OptionalDouble.of(guess);
    }

    synchronized void measured(String what, double measured) {
        Kept before = kept.get(what);
        kept.put(what, new Kept(what, before.unit, before.guess, measured));
        save();
    }

    private void save() {
        if (kept.values().stream().allMatch(guess -> guess.guess == null)) {
            return; // nobody guesses here: no file
        }
        try {
            Path part = Files.createTempFile(file.toAbsolutePath().getParent(), "guesses", ".part");
            Files.write(part, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(kept.values()));
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // They are never needed: a folder that cannot be written must not stop a lesson.
        }
    }

    /** Shows all guesses against what was measured, and which kind is over- or underestimated. */
    synchronized void show() {
        List<Kept> compared =
                kept.values().stream().filter(guess -> guess.factor() > 0).toList();
        if (compared.isEmpty()) {
            Finding.of(
                            "No guess was typed in: put a number in the place of `___` at a prediction, and run on from there.")
                    .show();
            return;
        }
        Table table = Tables.of(
                "",
                compared.stream()
                        .map(guess -> Results.row("what", guess.what, "guess / measured", guess.factor()))
                        .toList());
        Notebook.show(chart("Your guesses, as multiples of what was measured", table), tendency(compared));
    }

    private static BarChart chart(String title, Table table) {
        return Charts.bars(title, table, "what", "guess / measured").logY().horizontal(1, "as measured");
    }

    /** A sentence for each unit, as the unit says what kind of figure it was. */
    private static Finding tendency(List<Kept> compared) {
        Map<String, List<Kept>> kinds = new LinkedHashMap<>();
        compared.forEach(guess ->
                kinds.computeIfAbsent(guess.unit, u -> new ArrayList<>()).add(guess));
        Finding finding = Finding.of("");
        for (var kind : kinds.entrySet()) {
            double factor = Math.exp(kind.getValue().stream()
                    .mapToDouble(guess -> Math.log(guess.factor()))
                    .average()
                    .orElseThrow());
            String of = "Of %s you %s, on average by a factor of %s (%d %s).";
            int n = kind.getValue().size();
            finding = finding.also("")
                    .when(factor > 0.8 && factor < 1.25, "Figures in *%s* you guessed well.", kind.getKey())
                    .otherwise(
                            of,
                            "figures in *" + kind.getKey() + "*",
                            factor > 1 ? "expect too much" : "expect too little",
                            Numbers.shortText(Math.max(factor, 1 / factor)),
                            n,
                            n == 1 ? "guess" : "guesses");
        }
        return finding;
    }

    /**
     * Puts the guesses that a class handed in, {@code guesses-*.json} anywhere below a folder, into one chart: arguments are
     * the folder and the picture to write. Prints what it read, and what it could not.
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("two arguments are wanted, the folder and the picture to write");
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(Path.of(arguments[0]))) {
            files = walk.filter(path -> path.getFileName().toString().matches("guesses-.*[.]json"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            String lesson = file.getFileName().toString().replaceAll("guesses-|[.]json", "");
            try {
                read(file).stream()
                        .filter(guess -> guess.factor() > 0)
                        .forEach(guess -> rows.add(
                                Results.row("what", lesson + " " + guess.what, "guess / measured", guess.factor())));
            } catch (IOException e) {
                System.out.println("left out: " + e.getMessage());
            }
        }
        if (rows.isEmpty()) {
            System.out.println("no guess was found below " + arguments[0]
                    + ": students hand in the files guesses-*.json that lie beside their notebooks");
            return;
        }
        Table table = Tables.of("", rows);
        System.out.println(Results.summary(table, "guess / measured", "what").printAll());
        Files.write(
                Path.of(arguments[1]),
                chart("What the class guessed, as multiples of what was measured", table)
                        .png());
        System.out.println(files.size() + " files, " + rows.size() + " guesses: " + arguments[1]);
    }
}
