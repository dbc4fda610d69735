package parlab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import parlab.timing.Estimate;

/**
 * A benchmark's figures against a peer's: a table for people and a JSON file for programs.
 *
 * <p>Not thread-safe.
 */
public final class BenchReport {

    /**
     * One comparison.
     *
     * @param name what is compared
     * @param ours our figure, in {@code unit}
     * @param peer the peer's figure, in {@code unit}
     * @param unit such as {@code "ns"} or {@code "MB/s"}
     * @param ratio how much better ours is: above 1, ours is better, whatever the unit
     * @param low lower end of the ratio's 95 % interval
     * @param high upper end of the ratio's 95 % interval
     * @param target the ratio that was asked for
     */
    public record Row(
            String name, double ours, double peer, String unit, double ratio, double low, double high, double target) {
        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if a number is NaN or infinite (JSON has no way to write them),
         *     or low, ratio and high are not in this order
         */
        public Row {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(unit, "unit");
            for (double number : new double[] {ours, peer, ratio, low, high, target}) {
                if (!Double.isFinite(number)) {
                    throw new IllegalArgumentException("row \"" + name + "\" has the number " + number);
                }
            }
            if (low > ratio || ratio > high) {
                throw new IllegalArgumentException(
                        "row \"" + name + "\" needs low <= ratio <= high, got " + low + ", " + ratio + ", " + high);
            }
        }

        /**
         * Whether the ratio reaches the target.
         *
         * @return true if {@code ratio >= target}
         */
        public boolean reached() {
            return ratio >= target;
        }
    }

    private final String title;
    private final List<Row> rows = new ArrayList<>();

    /**
     * An empty report.
     *
     * @param title what the table is headed
     */
    public BenchReport(String title) {
        this.title = Objects.requireNonNull(title, "title");
    }

    /**
     * Adds a row.
     *
     * @param name what is compared
     * @param ours our figure
     * @param peer the peer's figure
     * @param unit unit of both figures
     * @param ratio how much better ours is, with its interval
     * @param target the ratio that was asked for
     */
    public void add(String name, double ours, double peer, String unit, Estimate ratio, double target) {
        rows.add(new Row(name, ours, peer, unit, ratio.value(), ratio.low(), ratio.high(), target));
    }

    /**
     * The rows so far.
     *
     * @return an immutable list
     */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /**
     * Prints the table.
     *
     * @param out where to
     */
    public void print(PrintStream out) {
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        String head = "%-" + Math.max(width, 4) + "s  %10s  %10s  %-6s  %7s  %-16s  %6s%n";
        out.println(title);
        out.printf(Locale.ROOT, head, "name", "ours", "peer", "unit", "ratio", "95 % interval", "target");
        for (Row row : rows) {
            String interval = String.format(Locale.ROOT, "[%.3g, %.3g]", row.low(), row.high());
            out.printf(
                    Locale.ROOT,
                    head,
                    row.name(),
                    digits(row.ours()),
                    digits(row.peer()),
                    row.unit(),
                    String.format(Locale.ROOT, "%.3g", row.ratio()),
                    interval,
                    String.format(Locale.ROOT, "%.3g", row.target()) + (row.reached() ? "" : "  missed"));
        }
    }

    /**
     * Writes the rows as a JSON array of objects, and the folders above the file where they are missing.
     *
     * @param file the file, replaced if it is there
     * @throws IOException if it can not be written
     */
    public void write(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        Files.writeString(file, mapper.writeValueAsString(rows) + "\n");
    }

    private static String digits(double x) {
        double magnitude = Math.abs(x);
        int decimals = magnitude == 0 ? 0 : Math.clamp(2 - (long) Math.floor(Math.log10(magnitude)), 0, 5);
        return String.format(Locale.ROOT, "%." + decimals + "f", x);
    }
}
