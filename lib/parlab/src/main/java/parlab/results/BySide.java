package parlab.results;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import parlab.timing.Estimate;
import tech.tablesaw.api.Table;

/**
 * One figure on each side of an experiment, such as the JVM and CPython; shows itself as a table. Immutable and
 * thread-safe.
 *
 * @param figures by the side's name, in the order in which the sides were measured; at least one
 */
public record BySide(SequencedMap<String, Estimate> figures) implements Tabular {
    /** The side on which this program runs. */
    public static final String JVM = "JVM";

    /** The interpreter that the environment names. */
    public static final String CPYTHON = "CPython";

    /** A CPython without its global lock. */
    public static final String NO_LOCK = "CPython, no lock";

    /** A CPython whose threads run in interpreters with a lock each. */
    public static final String SUBINTERPRETERS = "CPython, subinterpreters";

    public BySide {
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("a comparison needs at least one side, got none");
        }
        figures = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(figures));
    }

    /** Returns the figures of two sides. */
    public static BySide of(Estimate jvm, Estimate cpython) {
        SequencedMap<String, Estimate> figures = new LinkedHashMap<>();
        figures.put(JVM, jvm);
        figures.put(CPYTHON, cpython);
        return new BySide(figures);
    }

    /** Returns the figure on that side; fails if it was not measured there. */
    public Estimate of(String side) {
        return find(side)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no figure for the side \"" + side + "\", only for " + figures.keySet()));
    }

    /** Returns the figure on that side, empty if it was not measured there. */
    public Optional<Estimate> find(String side) {
        return Optional.ofNullable(figures.get(side));
    }

    /** Returns whether the figure's whole interval on that side lies above a threshold; false if it was not measured. */
    public boolean isAbove(String side, double threshold) {
        return find(side).stream().anyMatch(figure -> figure.isAbove(threshold));
    }

    /** Returns whether it lies below a threshold; false if it was not measured. */
    public boolean isBelow(String side, double threshold) {
        return find(side).stream().anyMatch(figure -> figure.isBelow(threshold));
    }

    /** Returns the JVM's figure. */
    public Estimate jvm() {
        return of(JVM);
    }

    /** Returns the figure of the environment's own CPython. */
    public Estimate cpython() {
        return of(CPYTHON);
    }

    /** Returns the figures in another unit: times a positive, finite factor. */
    public BySide times(double factor, String unit) {
        SequencedMap<String, Estimate> scaled = new LinkedHashMap<>();
        figures.forEach((side, figure) -> scaled.put(side, figure.times(factor, unit)));
        return new BySide(scaled);
    }

    @Override
    public Table table() {
        List<Map<String, Object>> rows = figures.entrySet().stream()
                .<Map<String, Object>>map(entry -> Results.row("side", entry.getKey(), "figure", entry.getValue()))
                .toList();
        return Tables.of("", rows);
    }

    /** Returns it for people: {@code JVM 1.93 x [1.88, 1.97], CPython 0.98 x [0.95, 1.01]}. */
    @Override
    public String toString() {
        return String.join(
                ", ",
                figures.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .toList());
    }
}
