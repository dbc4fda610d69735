package parlab.charts;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import parlab.timing.Numbers;
import parlab.timing.Timeline.Kind;
import parlab.timing.Timeline.Span;

/** A timeline as a Gantt chart. XChart has no chart whose bars begin elsewhere than at the axis. Immutable. */
final class Gantt {
    /** "thread-2" before "thread-10": runs of digits compare as numbers. */
    static final Comparator<String> NATURAL =
            Comparator.comparing(Gantt::padded).thenComparing(Comparator.naturalOrder());

    private static final Pattern DIGITS = Pattern.compile("\\d+");
    private static final double NANOS_PER_MILLI = 1e6;

    /** What one worker did, each list in the order of starts; a longer span lies beneath one that starts with it. */
    private record Row(List<Span> runs, List<Span> waits) {}

    private final String title;
    private final long origin;
    private final long end;
    private final Map<String, Row> rows = new TreeMap<>(NATURAL);

    private final List<String> reasons;

    Gantt(String title, List<Span> spans) {
        this.title = Checks.text(title, "the title");
        if (spans.isEmpty()) {
            throw new IllegalArgumentException(
                    "the timeline '" + title + "' has no span: it needs at least one task that has ended");
        }
        this.origin = spans.stream().mapToLong(Span::startNanos).min().orElseThrow();
        this.end = spans.stream().mapToLong(Span::endNanos).max().orElseThrow();
        Map<String, Long> waited = new LinkedHashMap<>();
        spans.stream()
                .sorted(Comparator.comparingLong(Span::startNanos)
                        .thenComparing(Comparator.comparingLong(Span::nanos).reversed()))
                .forEach(span -> {
                    Row row = rows.computeIfAbsent(span.worker(), w -> new Row(new ArrayList<>(), new ArrayList<>()));
                    if (span.kind() == Kind.RUN) {
                        row.runs.add(span);
                    } else {
                        row.waits.add(span);
                        waited.merge(span.why(), span.nanos(), Long::sum);
                    }
                });
        this.reasons = waited.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static String padded(String name) {
        return DIGITS.matcher(name)
                .replaceAll(m -> "0".repeat(Math.max(0, 20 - m.group().length())) + m.group());
    }

    /** As high as the workers need. */
    Figure figure() {
        List<String> names = List.copyOf(rows.keySet());
        int n = names.size();
        double row = n <= 6 ? 46 : n <= 12 ? 34 : n <= 24 ? 25 : n <= 64 ? 18 : Math.max(3, 1152.0 / n);
        int height = (int) Math.clamp(110 + (reasons.isEmpty() ? 0 : 22) + n * row, 220, 4000);
        double millis = (end - origin) / NANOS_PER_MILLI;
        // A little room, so that a short bar does not hide behind the axis.
        Axis x = new Axis.Scale(
                "time since the first start (ms)",
                millis > 0 ? -0.006 * millis : -0.006,
                millis > 0 ? 1.012 * millis : 1,
                false,
                Axis.Scale.Labels.ROUND);
        Axis y = new Axis.Categories("worker", names, false);
        Frame frame = new Frame(title, x, y, legend(), this::paint, Frame.Painter.NOTHING);
        return new Figure(frame, alt(), Figure.WIDTH, height);
    }

    /** Only where there was waiting, which must be explained. */
    private List<Frame.Key> legend() {
        List<Frame.Key> legend = new ArrayList<>();
        if (!reasons.isEmpty() && rows.values().stream().anyMatch(row -> !row.runs.isEmpty())) {
            String what = rows.size() == 1 ? "running" : "running, a colour for each worker";
            legend.add(Frame.Key.box(what, Palette.series(0)));
        }
        for (int i = 0; i < Math.min(reasons.size(), Plot.HATCHINGS); i++) {
            boolean rest = i == Plot.HATCHINGS - 1 && reasons.size() > Plot.HATCHINGS;
            legend.add(Frame.Key.hatched("waiting: " + (rest ? "other reasons" : reason(i)), i));
        }
        return legend;
    }

    private String reason(int i) {
        return reasons.get(i).isBlank() ? "no reason given" : reasons.get(i);
    }

    private void paint(Graphics2D g, Plot plot) {
        double pitch = (double) plot.height() / rows.size();
        double thickness = Math.max(1, Plot.half(Math.min(0.72 * pitch, 30)));
        int i = 0;
        for (Row row : rows.values()) {
            double middle = (i + 0.5) * pitch;
            double top = Plot.half(middle - thickness / 2);
            Color colour = Palette.series(i++);
            g.setColor(colour);
            for (Span span : row.runs) {
                g.fill(box(plot, span, top, thickness));
            }
            double inset = row.runs.isEmpty() ? 0.1 * thickness : 0.22 * thickness;
            for (Span span : row.waits) {
                Rectangle2D box = box(plot, span, top + inset, thickness - 2 * inset);
                Plot.paintHatched(g, box, Math.min(reasons.indexOf(span.why()), Plot.HATCHINGS - 1));
            }
            g.setColor(Palette.inkOn(colour));
            for (int r = 0; thickness >= 13 && r < row.runs.size(); r++) {
                paintTask(g, plot, row, r, middle);
            }
        }
    }

    /** At least so wide that it can be seen; a wider one leaves a gap to the next, so that both can be seen. */
    private Rectangle2D box(Plot plot, Span span, double top, double thickness) {
        double from = plot.x((span.startNanos() - origin) / NANOS_PER_MILLI);
        double to = plot.x((span.endNanos() - origin) / NANOS_PER_MILLI);
        if (to - from > 2.5) {
            from = Plot.half(from);
            to = Plot.half(to) - 1;
        }
        return new Rectangle2D.Double(from, top, Math.max(1.5, to - from), thickness);
    }

    /** A task's name in the widest part of its bar that neither waiting nor a task within it covers, if it fits. */
    private void paintTask(Graphics2D g, Plot plot, Row row, int index, double middle) {
        Span span = row.runs.get(index);
        Rectangle2D box = box(plot, span, 0, 1);
        if (box.getWidth() < 12 || span.task().isBlank()) {
            return;
        }
        List<Rectangle2D> covers = Stream.concat(
                        row.waits.stream(), row.runs.subList(index + 1, row.runs.size()).stream())
                .filter(other -> other.startNanos() < span.endNanos() && span.startNanos() < other.endNanos())
                .sorted(Comparator.comparingLong(Span::startNanos))
                .map(other -> box(plot, other, 0, 1))
                .toList();
        double at = box.getX();
        double left = at;
        double room = 0;
        for (int c = 0; c <= covers.size(); c++) {
            double until = c < covers.size() ? covers.get(c).getX() : box.getMaxX();
            if (until - at > room) {
                left = at;
                room = until - at;
            }
            at = c < covers.size() ? Math.max(at, covers.get(c).getMaxX()) : at;
        }
        if (Text.width(span.task(), Text.SMALL) + 6 <= room) {
            double baseline = middle + Text.capHeight(Text.SMALL) / 2;
            Text.draw(g, span.task(), Text.SMALL, left + room / 2, baseline, 0.5);
        }
    }

    /** Who ran how many tasks for how long, and waited for what. */
    private String alt() {
        List<String> parts = new ArrayList<>();
        if (!reasons.isEmpty()) {
            List<String> why = new ArrayList<>();
            for (int i = 0; i < Math.min(3, reasons.size()); i++) {
                why.add(reason(i));
            }
            parts.add("Waited for " + String.join(", ", why));
        }
        rows.forEach((worker, row) -> {
            int tasks = row.runs.size();
            parts.add(Text.cut(worker, 40) + ": " + tasks + (tasks == 1 ? " task" : " tasks") + ", in tasks "
                    + percent(row.runs) + (row.waits.isEmpty() ? "" : ", waiting " + percent(row.waits)));
        });
        String axes = rows.size() + (rows.size() == 1 ? " worker over " : " workers over ")
                + Numbers.plain((end - origin) / NANOS_PER_MILLI) + " ms";
        return AltText.join("Timeline", title, axes, parts);
    }

    /** How much of the time is covered by at least one of the spans, which are sorted by their starts. */
    private String percent(List<Span> spans) {
        long sum = 0;
        long until = Long.MIN_VALUE;
        for (Span span : spans) {
            sum += Math.max(0, span.endNanos() - Math.max(until, span.startNanos()));
            until = Math.max(until, span.endNanos());
        }
        return Math.round(100.0 * sum / Math.max(1, end - origin)) + " %";
    }
}
