package parlab.charts;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The labels below the plot and the room that they need: numbers, as many as fit beside each other, or names, wrapped
 * into lines, and slanted where three are too few. The overhang is how far the last number reaches beyond the plot's
 * right edge, or the first slanted name beyond its left.
 */
record XLabels(
        List<Axis.Tick> ticks, List<List<String>> names, Font font, boolean slanted, double height, double overhang) {
    private static final double SLANT = Math.toRadians(35);
    private static final double MAX_SLANTED_WIDTH = 170;

    static XLabels of(Axis axis, double width) {
        return switch (axis) {
            case Axis.Scale scale -> numbers(scale, width);
            case Axis.Categories categories -> names(categories.names(), width);
        };
    }

    private static XLabels numbers(Axis.Scale scale, double width) {
        int most = 12;
        List<Axis.Tick> ticks = scale.ticks(most);
        while (most > 2 && !fit(scale, ticks, width)) {
            ticks = scale.ticks(--most);
        }
        Axis.Tick last = ticks.getLast();
        double overhang = Text.width(last.label(), Text.LABEL) / 2 - (1 - scale.position(last.value())) * width;
        return new XLabels(ticks, List.of(), Text.LABEL, false, Text.lineHeight(Text.LABEL), Math.max(0, overhang));
    }

    private static boolean fit(Axis.Scale scale, List<Axis.Tick> ticks, double width) {
        for (int i = 1; i < ticks.size(); i++) {
            Axis.Tick a = ticks.get(i - 1);
            Axis.Tick b = ticks.get(i);
            double apart = (scale.position(b.value()) - scale.position(a.value())) * width;
            if (apart <= 12 + (Text.width(a.label(), Text.LABEL) + Text.width(b.label(), Text.LABEL)) / 2) {
                return false;
            }
        }
        return true;
    }

    private static XLabels names(List<String> names, double width) {
        // A blank name leaves its room to its neighbours.
        double slot = width / names.size() * apart(names) - 8;
        for (Font font : List.of(Text.LABEL, Text.SMALL)) {
            List<List<String>> lines =
                    names.stream().map(name -> Text.wrap(name, font, slot, 3)).toList();
            if (words(lines.stream().flatMap(List::stream).toList()).equals(words(names))) {
                int most = lines.stream().mapToInt(List::size).max().orElse(1);
                return new XLabels(List.of(), lines, font, false, most * Text.lineHeight(font), 0);
            }
        }
        List<String> fitted = names.stream()
                .map(name -> Text.fitEnds(name, Text.NOTE, MAX_SLANTED_WIDTH))
                .toList();
        double height = Text.widest(fitted, Text.NOTE) * Math.sin(SLANT) + Text.lineHeight(Text.NOTE) * Math.cos(SLANT);
        double overhang = Text.width(fitted.getFirst(), Text.NOTE) * Math.cos(SLANT) - width / names.size() / 2;
        return new XLabels(List.of(), fitted.stream().map(List::of).toList(), Text.NOTE, true, height, overhang);
    }

    private static String words(List<String> texts) {
        return texts.stream().map(text -> text.replace(" ", "")).collect(Collectors.joining());
    }

    /** How many places two names are apart at least. */
    private static int apart(List<String> names) {
        int least = names.size();
        int last = -names.size();
        for (int i = 0; i < names.size(); i++) {
            if (!names.get(i).isBlank()) {
                least = Math.min(least, i - last);
                last = i;
            }
        }
        return least;
    }

    /** Draws names; ticks are the frame's, for they have grid lines. */
    void paintNames(Graphics2D g, Plot plot) {
        for (int i = 0; i < names.size(); i++) {
            double x = plot.x(i + 1.0);
            double y = plot.height() + Frame.TICK;
            if (slanted) {
                Text.drawTurned(g, names.get(i).getFirst(), font, x + 4, y + Text.capHeight(font), 1, SLANT);
                continue;
            }
            y += font.getSize();
            for (String line : names.get(i)) {
                Text.draw(g, line, font, x, y, 0.5);
                y += Text.lineHeight(font);
            }
        }
    }
}
