package parlab.charts;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import parlab.timing.Numbers;

/** Bars of parts, one on top of the other. Immutable. */
final class Stack {
    private final String title;
    private final String yLabel;
    private final Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    private final List<String> parts;

    Stack(String title, String yLabel, Map<String, Map<String, Double>> bars) {
        this.title = Checks.text(title, "the title");
        this.yLabel = Checks.text(yLabel, "the y-axis's label");
        if (bars.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + title + "' has no bar: it needs at least one");
        }
        Set<String> names = new LinkedHashSet<>();
        bars.forEach((bar, values) -> {
            Checks.text(bar, "a bar's name");
            if (values.isEmpty()) {
                throw new IllegalArgumentException("bar '" + bar + "' is empty: it needs at least one part");
            }
            values.forEach((part, value) -> {
                Checks.text(part, "the name of a part of bar '" + bar + "'");
                if (!(value >= 0 && value <= 1e300)) {
                    throw new IllegalArgumentException("part '" + part + "' of bar '" + bar + "' is " + value
                            + ": parts are stacked from 0 upwards, each 0 or more and finite");
                }
            });
            names.addAll(values.keySet());
            this.bars.put(bar, new LinkedHashMap<>(values));
        });
        this.parts = List.copyOf(names);
    }

    Figure figure() {
        List<Frame.Key> legend = new ArrayList<>();
        for (String part : parts) {
            legend.add(Frame.Key.box(part, Palette.series(legend.size())));
        }
        double highest = bars.values().stream().mapToDouble(Stack::sum).max().orElse(0);
        Frame frame = new Frame(
                title,
                new Axis.Categories("", List.copyOf(bars.keySet()), true),
                Axis.Scale.linear(yLabel, 0, highest, true, 0, 0.1),
                legend,
                this::paint,
                Frame.Painter.NOTHING);
        return new Figure(frame, alt(), Figure.WIDTH, Figure.HEIGHT);
    }

    private static double sum(Map<String, Double> values) {
        return values.values().stream().mapToDouble(v -> v).sum();
    }

    private void paint(Graphics2D g, Plot plot) {
        double width = Math.rint(Math.min(110, 0.7 * plot.width() / bars.size()));
        int i = 0;
        for (Map<String, Double> values : bars.values()) {
            double middle = plot.x(++i);
            double base = 0;
            for (int p = 0; p < parts.size(); p++) {
                double value = values.getOrDefault(parts.get(p), 0.0);
                if (value > 0) {
                    double bottom = Plot.half(plot.y(base));
                    base += value;
                    double top = Plot.half(plot.y(base));
                    double gap = bottom - top > 3 ? 0.5 : 0;
                    double height = Math.max(0.5, bottom - top - gap);
                    paintPart(
                            g,
                            new Rectangle2D.Double(Plot.half(middle - width / 2), top + gap, width, height),
                            Palette.series(p),
                            Numbers.shortText(value));
                }
            }
            String total = Numbers.shortText(base);
            if (values.size() > 1 && Text.width(total, Text.NOTE) <= plot.width() / (double) bars.size()) {
                g.setColor(Palette.INK);
                Text.draw(g, total, Text.NOTE, middle, plot.y(base) - 5, 0.5);
            }
        }
    }

    private static void paintPart(Graphics2D g, Rectangle2D box, Color colour, String value) {
        g.setColor(colour);
        g.fill(box);
        if (box.getHeight() >= 14 && Text.width(value, Text.SMALL) + 4 <= box.getWidth()) {
            g.setColor(Palette.inkOn(colour));
            double baseline = box.getCenterY() + Text.capHeight(Text.SMALL) / 2;
            Text.draw(g, value, Text.SMALL, box.getCenterX(), baseline, 0.5);
        }
    }

    private String alt() {
        List<String> words = new ArrayList<>();
        bars.forEach((bar, values) -> {
            List<String> list = new ArrayList<>();
            values.forEach((part, value) -> list.add(part + " " + Numbers.plain(value)));
            words.add(Text.cut(bar, 40) + ": " + Numbers.plain(sum(values)) + " of " + String.join(", ", list));
        });
        return AltText.join("Stacked bar chart", title, AltText.axes("", yLabel), words);
    }
}
