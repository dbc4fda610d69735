package parlab.charts.internal;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import parlab.timing.Numbers;
import parlab.timing.Timeline.Kind;
import parlab.timing.Timeline.Span;

/** A timeline as a Gantt chart: a row for each worker, a bar for each task, waiting apart. Immutable. */
public final class Gantt {

    private static final double NANOS_PER_MILLI = 1e6;

    /** "thread-2" before "thread-10": runs of digits compare as numbers. */
    static final Comparator<String> NATURAL = Gantt::compareNaturally;

    private final String title;
    private final long origin;
    private final long end;
    private final SortedSet<String> workers = new TreeSet<>(NATURAL);
    private final Map<String, List<Span>> runs = new TreeMap<>(NATURAL);
    private final Map<String, List<Span>> waits = new TreeMap<>(NATURAL);

    /** Why there was waiting, in the order of how long. */
    private final List<String> reasons;

    /**
     * A chart of the spans.
     *
     * @param title the title
     * @param spans at least one
     */
    public Gantt(String title, List<Span> spans) {
        this.title = title;
        this.origin = spans.stream().mapToLong(Span::startNanos).min().orElseThrow();
        this.end = spans.stream().mapToLong(Span::endNanos).max().orElseThrow();
        Map<String, Long> waited = new LinkedHashMap<>();
        for (Span span : spans) {
            workers.add(span.worker());
            Map<String, List<Span>> kind = span.kind() == Kind.RUN ? runs : waits;
            kind.computeIfAbsent(span.worker(), w -> new ArrayList<>()).add(span);
            if (span.kind() == Kind.WAIT) {
                waited.merge(span.why(), span.nanos(), Long::sum);
            }
        }
        // A longer span that starts with a shorter one lies beneath it.
        Comparator<Span> order = Comparator.comparingLong(Span::startNanos)
                .thenComparing(Comparator.comparingLong(Span::nanos).reversed());
        runs.values().forEach(list -> list.sort(order));
        waits.values().forEach(list -> list.sort(order));
        this.reasons = waited.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * The panel, as high as the workers need.
     *
     * @param width logical pixels
     * @return a new panel
     */
    public Panel panel(int width) {
        List<String> names = List.copyOf(workers);
        int n = names.size();
        double row = n <= 6 ? 46 : n <= 12 ? 34 : n <= 24 ? 25 : n <= 64 ? 18 : Math.max(3, 1152.0 / n);
        int height = (int) Math.min(4000, Math.max(220, 110 + (reasons.isEmpty() ? 0 : 22) + n * row));
        List<Panel.Key> legend = new ArrayList<>();
        if (!reasons.isEmpty()) {
            boolean running = !runs.isEmpty();
            if (running) {
                legend.add(new Panel.Key(
                        n == 1 ? "running" : "running, a colour for each worker",
                        Palette.series(0),
                        Panel.Glyph.BOX,
                        null,
                        0));
            }
            for (int i = 0; i < Math.min(reasons.size(), Waiting.VARIANTS); i++) {
                boolean rest = i == Waiting.VARIANTS - 1 && reasons.size() > Waiting.VARIANTS;
                String why = rest ? "other reasons" : reasons.get(i).isBlank() ? "no reason given" : reasons.get(i);
                legend.add(new Panel.Key("waiting: " + why, Palette.WAIT, Panel.Glyph.WAIT, null, i));
            }
        }
        double millis = (end - origin) / NANOS_PER_MILLI;
        Axis x = new Axis.Scale(
                "time since the first start (ms)",
                // A little room, so that a short bar does not hide behind the axis.
                millis > 0 ? -0.006 * millis : -0.006,
                millis > 0 ? 1.012 * millis : 1,
                false,
                false,
                false);
        Panel panel = new Panel(width, height, title, x, new Axis.Categories("worker", names, false), legend);
        panel.below((g, plot) -> paint(g, plot, names));
        return panel;
    }

    private void paint(Graphics2D g, Panel.Plot plot, List<String> names) {
        double pitch = (double) plot.height() / names.size();
        double thickness = Math.max(1, Math.rint(2 * Math.min(0.72 * pitch, 30)) / 2);
        for (int i = 0; i < names.size(); i++) {
            double middle = plot.y(names.size() - i);
            double top = Math.rint(2 * (middle - thickness / 2)) / 2;
            Color colour = Palette.series(i);
            List<Span> running = runs.getOrDefault(names.get(i), List.of());
            List<Span> waiting = waits.getOrDefault(names.get(i), List.of());
            g.setColor(colour);
            for (Span span : running) {
                g.fill(box(plot, span, top, thickness));
            }
            double inset = running.isEmpty() ? 0.1 * thickness : 0.22 * thickness;
            for (Span span : waiting) {
                Rectangle2D box = box(plot, span, top + inset, thickness - 2 * inset);
                Waiting.paint(g, box, Math.min(reasons.indexOf(span.why()), Waiting.VARIANTS - 1));
            }
            if (thickness >= 13) {
                paintTasks(g, plot, running, waiting, colour, middle);
            }
        }
    }

    /** At least so wide that it can be seen; a wider one leaves a gap to the next, so that both can be seen. */
    private Rectangle2D box(Panel.Plot plot, Span span, double top, double thickness) {
        double from = plot.x((span.startNanos() - origin) / NANOS_PER_MILLI);
        double to = plot.x((span.endNanos() - origin) / NANOS_PER_MILLI);
        if (to - from > 2.5) {
            from = Math.rint(2 * from) / 2;
            to = Math.rint(2 * to) / 2 - 1;
        }
        return new Rectangle2D.Double(from, top, Math.max(1.5, to - from), thickness);
    }

    /** A task's name in the widest part of its bar that no waiting covers, if it fits. */
    private void paintTasks(
            Graphics2D g, Panel.Plot plot, List<Span> running, List<Span> waiting, Color colour, double middle) {
        Font font = Text.SMALL;
        g.setColor(Palette.inkOn(colour));
        for (int r = 0; r < running.size(); r++) {
            Span span = running.get(r);
            Rectangle2D box = box(plot, span, 0, 1);
            if (box.getWidth() < 12 || span.task().isBlank()) {
                continue;
            }
            // What lies above this bar: waiting, and tasks within the task.
            double[] free = {box.getX(), box.getX()};
            double at = box.getX();
            List<Span> covers = new ArrayList<>();
            waiting.stream().filter(w -> overlap(w, span)).forEach(covers::add);
            running.subList(r + 1, running.size()).stream()
                    .filter(w -> overlap(w, span))
                    .forEach(covers::add);
            covers.sort(Comparator.comparingLong(Span::startNanos));
            for (Span cover : covers) {
                Rectangle2D over = box(plot, cover, 0, 1);
                if (over.getX() - at > free[1] - free[0]) {
                    free = new double[] {at, over.getX()};
                }
                at = Math.max(at, over.getMaxX());
            }
            if (box.getMaxX() - at > free[1] - free[0]) {
                free = new double[] {at, box.getMaxX()};
            }
            double room = free[1] - free[0] - 6;
            if (Text.width(span.task(), font) <= room) {
                Text.draw(g, span.task(), font, (free[0] + free[1]) / 2, middle + Text.capHeight(font) / 2, 0.5);
            }
        }
    }

    private static boolean overlap(Span a, Span b) {
        return a.startNanos() < b.endNanos() && b.startNanos() < a.endNanos();
    }

    /**
     * The chart in words.
     *
     * @return who ran how many tasks for how long, and waited for what
     */
    public String alt() {
        double wall = Math.max(1, end - origin);
        List<String> parts = new ArrayList<>();
        for (String worker : workers) {
            List<Span> running = runs.getOrDefault(worker, List.of());
            List<Span> waiting = waits.getOrDefault(worker, List.of());
            StringBuilder text = new StringBuilder(Text.cut(worker, 40)).append(": ");
            text.append(running.size()).append(running.size() == 1 ? " task, " : " tasks, ");
            text.append("in tasks ")
                    .append(Math.round(100 * covered(running) / wall))
                    .append(" %");
            if (!waiting.isEmpty()) {
                text.append(", waiting ")
                        .append(Math.round(100 * covered(waiting) / wall))
                        .append(" %");
            }
            parts.add(text.toString());
        }
        if (!reasons.isEmpty()) {
            String why = String.join(
                    ", ",
                    reasons.stream()
                            .limit(3)
                            .map(r -> r.isBlank() ? "no reason given" : r)
                            .toList());
            parts.addFirst("Waited for " + why);
        }
        String axes = workers.size() + (workers.size() == 1 ? " worker over " : " workers over ")
                + Numbers.plain((end - origin) / NANOS_PER_MILLI) + " ms";
        return AltText.join("Timeline", title, axes, parts);
    }

    /** Nanoseconds that are covered by at least one of the spans, which are sorted by their starts. */
    private static double covered(List<Span> spans) {
        long sum = 0;
        long until = Long.MIN_VALUE;
        for (Span span : spans) {
            long from = Math.max(until, span.startNanos());
            if (span.endNanos() > from) {
                sum += span.endNanos() - from;
            }
            until = Math.max(until, span.endNanos());
        }
        return sum;
    }

    private static int compareNaturally(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() && j < b.length()) {
            if (isDigit(a.charAt(i)) && isDigit(b.charAt(j))) {
                int i0 = i;
                int j0 = j;
                while (i < a.length() && isDigit(a.charAt(i))) {
                    i++;
                }
                while (j < b.length() && isDigit(b.charAt(j))) {
                    j++;
                }
                String x = a.substring(i0, i).replaceFirst("^0+(?=.)", "");
                String y = b.substring(j0, j).replaceFirst("^0+(?=.)", "");
                int difference = x.length() != y.length() ? x.length() - y.length() : x.compareTo(y);
                if (difference != 0) {
                    return difference;
                }
            } else {
                int difference = Character.compare(a.charAt(i), b.charAt(j));
                if (difference != 0) {
                    return difference;
                }
                i++;
                j++;
            }
        }
        int rest = (a.length() - i) - (b.length() - j);
        return rest != 0 ? rest : a.compareTo(b);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
