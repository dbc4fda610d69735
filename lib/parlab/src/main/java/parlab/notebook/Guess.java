package parlab.notebook;

import java.util.Optional;
import java.util.OptionalDouble;
import parlab.charts.BarChart;
import parlab.charts.LineChart;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/**
 * What a reader expects before a cell runs, or that there is none; see {@link Lesson#guess}. A chart marks it, and {@link
 * #against} tells how far off it was. Thread-safe.
 */
public final class Guess {
    private final Guesses book;
    private final String what;
    private final String unit;

    Guess(Guesses book, String what, String unit) {
        this.book = book;
        this.what = what;
        this.unit = unit;
    }

    /** Returns the number that was typed in; empty if none was. */
    public OptionalDouble value() {
        return book.guessed(what);
    }

    /** Returns the chart with a line at the guess; the same chart if there is none, or if the axis cannot show it. */
    public BarChart on(BarChart chart) {
        return value().isPresent() && value().getAsDouble() > 0
                ? chart.horizontal(value().getAsDouble(), label())
                : chart;
    }

    /** The same for lines, whose y-axis the guess belongs to. */
    public LineChart on(LineChart chart) {
        return value().isPresent() && value().getAsDouble() > 0
                ? chart.horizontal(value().getAsDouble(), label())
                : chart;
    }

    private String label() {
        return "your guess: " + Numbers.plain(value().getAsDouble());
    }

    /** Notes what was measured, and returns how far off the guess was as a finding, which is empty if there is none. */
    public Finding against(Estimate measured) {
        return against(measured.value());
    }

    /** The same for a figure that was perhaps not measured; then nothing is noted, and the finding is empty. */
    public Finding against(Optional<Estimate> measured) {
        return measured.map(figure -> against(figure)).orElseGet(() -> Finding.of(""));
    }

    /** The same for a plain figure. */
    public Finding against(double measured) {
        book.measured(what, measured);
        if (value().isEmpty()) {
            return Finding.of("");
        }
        double guess = value().getAsDouble();
        String said = "*Your guess for %s was %s %s; measured: %s.*";
        Finding finding = Finding.of(said, what, Numbers.plain(guess), unit, Numbers.shortText(measured));
        double factor = guess / measured;
        return finding.when(!(factor > 0 && Double.isFinite(factor)), "*The two cannot be compared as a factor.*")
                .when(factor > 0.8 && factor < 1.25, "*That is close.*")
                .when(factor >= 1.25, "*That is too much, by a factor of %s.*", Numbers.shortText(factor))
                .otherwise("*That is too little, by a factor of %s.*", Numbers.shortText(1 / factor));
    }

    @Override
    public String toString() {
        return value().isPresent()
                ? what + ": " + Numbers.plain(value().getAsDouble()) + " " + unit
                : what + ": no guess";
    }
}
