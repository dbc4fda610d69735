package parlab.pipelines;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import parlab.results.Cells;
import parlab.results.Results;
import parlab.results.Tables;
import tech.tablesaw.api.Table;

/** What became of a pipeline's images, as tables. Stateless and thread-safe. */
public final class ImageTables {
    private static final int MOST_WORKERS = 8;
    private static final int DOWNLOADS_SHOWN = 6;

    private ImageTables() {}

    /**
     * Returns a row for each image that succeeded: name, worker, and in seconds since the first download began start (s),
     * arrived (s), begun (s) and end (s).
     */
    public static Table times(List<Processed> images) {
        long origin = images.stream().mapToLong(Processed::startNanos).min().orElse(0);
        return Tables.of(
                "",
                images.stream()
                        .filter(image -> image.pixels() != null)
                        .map(image -> Results.row(
                                "name", image.name(),
                                "worker", image.worker(),
                                "start (s)", (image.startNanos() - origin) / 1e9,
                                "arrived (s)", (image.arrivedNanos() - origin) / 1e9,
                                "begun (s)", (image.scaleNanos() - origin) / 1e9,
                                "end (s)", (image.endNanos() - origin) / 1e9))
                        .toList());
    }

    /** Returns the mean colour of each image that succeeded: name, and red, green and blue from 0 to 255. */
    public static Table colours(List<Processed> images) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Processed image : images) {
            if (image.pixels() != null) {
                double[] mean = image.pixels().meanColour();
                rows.add(Results.row("name", image.name(), "red", mean[0], "green", mean[1], "blue", mean[2]));
            }
        }
        return Tables.of("", rows);
    }

    /**
     * Returns the spans of a timeline of the first moments: who scaled which image, and who waited for which download.
     * Eight workers are shown at most; where downloads have threads of their own, six of those, whose names are made up.
     *
     * @param images as {@link #times} gives them
     * @param own whether each worker downloads for itself
     * @param seconds the length that is shown, above 0
     */
    public static Table spans(Table images, boolean own, double seconds) {
        List<Cells> rows = IntStream.range(0, images.rowCount())
                .mapToObj(i -> new Cells(images, i))
                .sorted(Comparator.comparingDouble(row -> row.number("start (s)")))
                .toList();
        Set<String> shown = new HashSet<>(rows.stream()
                .sorted(Comparator.comparingDouble(row -> row.number("begun (s)")))
                .map(row -> row.text("worker"))
                .distinct()
                .limit(MOST_WORKERS)
                .toList());
        List<Map<String, Object>> spans = new ArrayList<>();
        double[] free = new double[DOWNLOADS_SHOWN];
        for (Cells row : rows) {
            String worker = row.text("worker");
            if (shown.contains(worker)) {
                add(spans, row, worker, "begun (s)", "end (s)", "", seconds);
            }
            double start = row.number("start (s)");
            int lane = IntStream.range(0, free.length)
                    .filter(k -> free[k] <= start)
                    .findFirst()
                    .orElse(-1);
            if (own ? shown.contains(worker) : lane >= 0) {
                String who = own ? worker : "download " + (lane + 1);
                add(spans, row, who, "start (s)", "arrived (s)", "download", seconds);
                free[Math.max(lane, 0)] = row.number("arrived (s)");
            }
        }
        return Tables.of("", spans);
    }

    private static void add(
            List<Map<String, Object>> spans, Cells row, String who, String from, String to, String why, double end) {
        if (row.number(from) < end) {
            spans.add(Results.row(
                    "worker", who,
                    "task", row.text("name"),
                    "start (s)", row.number(from),
                    "end (s)", Math.min(end, row.number(to)),
                    "waits for", why));
        }
    }
}
