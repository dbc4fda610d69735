package parlab.charts.internal;

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
public final class Stack {

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    private final List<String> parts;

    /**
     * A chart of the bars, whose values have been checked.
     *
     * @param title the title
     * @param xLabel what the bars are
     * @param yLabel what their lengths are, with the unit
     * @param bars parts by name, by bar
     */
    public Stack(String title, String xLabel, String yLabel, Map<String, Map<String, Double>> bars) {
        this.title = Checks.text(title, "the title");
        this.xLabel = xLabel;
        this.yLabel = Checks.text(yLabel, "the y-axis's label");
        Set<String> names = new LinkedHashSet<>();
        if (bars.isEmpty()) {
            throw new IllegalArgumentException("the chart '" + title + "' has no bar: it needs at least one");
        }
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

    /**
     * The panel.
     *
     * @param width logical pixels
     * @param height logical pixels
     * @return a new panel
     */
    public Panel panel(int width, int height) {
        List<Panel.Key> legend = new ArrayList<>();
        for (String part : parts) {
            legend.add(new Panel.Key(part, Palette.series(legend.size()), Panel.Glyph.BOX, null, 0));
        }
        double highest = bars.values().stream().mapToDouble(Stack::sum).max().orElse(0);
        Axis y = Axis.Scale.linear(yLabel, 0, highest, true, 0, 0.1);
        Panel panel = new Panel(
                width, height, title, new Axis.Categories(xLabel, List.copyOf(bars.keySet()), true), y, legend);
        panel.below(this::paint);
        return panel;
    }

    private static double sum(Map<String, Double> values) {
        return values.values().stream().mapToDouble(v -> v).sum();
    }

    private void paint(Graphics2D g, Panel.Plot plot) {
        double bar = Math.rint(Math.min(110, 0.7 * plot.width() / bars.size()));
        int i = 0;
        for (Map<String, Double> values : bars.values()) {
            double left = Math.rint(2 * (plot.x(++i) - bar / 2)) / 2;
            double base = 0;
            for (int p = 0; p < parts.size(); p++) {
                Double value = values.get(parts.get(p));
                if (value == null || value == 0) {
                    continue;
                }
                double bottom = Math.rint(2 * plot.y(base)) / 2;
                base += value;
                double top = Math.rint(2 * plot.y(base)) / 2;
                double gap = bottom - top > 3 ? 0.5 : 0;
                g.setColor(Palette.series(p));
                g.fill(new Rectangle2D.Double(left, top + gap, bar, Math.max(0.5, bottom - top - gap)));
                String text = Numbers.shortText(value);
                if (bottom - top >= 15 && Text.width(text, Text.SMALL) + 4 <= bar) {
                    g.setColor(Palette.inkOn(Palette.series(p)));
                    Text.draw(
                            g,
                            text,
                            Text.SMALL,
                            left + bar / 2,
                            (top + bottom) / 2 + Text.capHeight(Text.SMALL) / 2,
                            0.5);
                }
            }
            String total = Numbers.shortText(base);
            if (values.size() > 1 && Text.width(total, Text.NOTE) <= plot.width() / (double) bars.size()) {
                g.setColor(Palette.INK);
                Text.draw(g, total, Text.NOTE, left + bar / 2, plot.y(base) - 5, 0.5);
            }
        }
    }

    /**
     * The chart in words.
     *
     * @return each bar's total and parts
     */
    public String alt() {
        List<String> words = new ArrayList<>();
        bars.forEach((bar, values) -> {
            List<String> list = new ArrayList<>();
            values.forEach((part, value) -> list.add(part + " " + Numbers.plain(value)));
            words.add(Text.cut(bar, 40) + ": " + Numbers.plain(sum(values)) + " of " + String.join(", ", list));
        });
        return AltText.join(
                "Stacked bar chart",
                title,
                (xLabel.isEmpty() ? "" : "x-axis: " + xLabel + ", ") + "y-axis: " + yLabel,
                words);
    }
}
