package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * What surrounds the plot of every chart: title, legend, axes, grid. Immutable.
 *
 * <p>It is drawn here and not by XChart (4.0.3), whose charts lack what this course needs: error bars with two
 * different ends, which the intervals of medians have; logarithmic axes labelled between the powers of ten and at
 * powers of two; legends, titles and names of bars that wrap; values beside their error bar and not across it; and a
 * heat map whose legend does not take half of the picture.
 *
 * @param data drawn between the grid and the axes, and cut at the plot's edge
 * @param notes drawn above them, also beside the plot
 * @param roomRight logical pixels to keep free right of the plot, for notes
 * @param aspect the plot's width over its height; 0 if it takes what room there is
 */
record Frame(
        String title,
        Axis xAxis,
        Axis yAxis,
        List<Key> legend,
        Painter data,
        Painter notes,
        double roomRight,
        double aspect)
        implements Figure.Painting {
    /** Draws into a plot, at whose upper left corner the origin is. */
    @FunctionalInterface
    interface Painter {
        Painter NOTHING = (g, plot) -> {};

        void paint(Graphics2D g, Plot plot);
    }

    record Key(String label, Glyph glyph) {
        static Key box(String label, Color colour) {
            return new Key(label, (g, x, middle) -> {
                g.setColor(colour);
                g.fill(new Rectangle2D.Double(x + 4, Math.rint(middle) - 6, KEY_WIDTH - 8.0, 12));
            });
        }

        static Key hatched(String label, int hatching) {
            return new Key(
                    label,
                    (g, x, middle) -> Plot.paintHatched(
                            g, new Rectangle2D.Double(x + 2, Math.rint(middle) - 5, KEY_WIDTH - 4.0, 10), hatching));
        }
    }

    /** Draws what stands before a legend's text: from x on, {@link #KEY_WIDTH} wide. */
    @FunctionalInterface
    interface Glyph {
        void paint(Graphics2D g, double x, double middle);
    }

    static final int KEY_WIDTH = 26;
    static final int TICK = 5;
    private static final int MARGIN = 12;
    private static final int KEY_GAP = 18;
    private static final double MAX_NAME_WIDTH = 190;

    Frame(String title, Axis xAxis, Axis yAxis, List<Key> legend, Painter data, Painter notes) {
        this(title, xAxis, yAxis, legend, data, notes, 0, 0);
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);

        // From the outside inwards: what is left is the plot's.
        double top = MARGIN;
        g.setColor(Palette.INK);
        for (String line : Text.wrap(title, Text.TITLE, width - 2 * MARGIN, 2)) {
            Text.draw(g, line, Text.TITLE, MARGIN, top + Text.TITLE.getSize(), 0);
            top += Text.lineHeight(Text.TITLE);
        }
        double titleEnd = top;
        top = paintLegend(g, top + 4, width - 2.0 * MARGIN) + 6;
        YLabels yLabels = YLabels.of(yAxis, height);
        int left = (int) Math.ceil(MARGIN + Text.lineHeight(Text.AXIS) + 6 + yLabels.width + TICK + 4);
        int right = (int) (width - MARGIN - 8 - roomRight);
        XLabels xLabels = XLabels.of(xAxis, right - left);
        if (xLabels.slanted()) {
            left = Math.max(left, (int) Math.ceil(xLabels.overhang() + 4));
        } else {
            right = Math.min(right, (int) (width - 4 - xLabels.overhang()));
        }
        double xTitle = xAxis.title().isEmpty() ? 0 : Text.lineHeight(Text.AXIS) + 4;
        int plotTop = (int) Math.ceil(top);
        Plot plot = plot(right - left, height - plotTop - xTitle, xLabels);
        if (aspect > 0) {
            // The labels were laid out for the wider plot; the narrower one may need others, which take more height.
            xLabels = XLabels.of(xAxis, plot.shaped(aspect).width());
            plot = plot(right - left, height - plotTop - xTitle, xLabels).shaped(aspect);
        }

        AffineTransform origin = g.getTransform();
        g.translate(left, plotTop);
        paintGrid(g, plot, xLabels, yLabels);
        String below = Text.fit(xAxis.title(), Text.AXIS, width - 2.0 * MARGIN);
        double baseline = plot.height() + TICK + 4 + xLabels.height() + xTitle;
        double middle = centre(plot.width(), below, MARGIN - left, width - left - MARGIN);
        Text.draw(g, below, Text.AXIS, middle, baseline, 0.5);
        String beside = Text.fit(yAxis.title(), Text.AXIS, height - titleEnd - MARGIN);
        middle = centre(plot.height(), beside, titleEnd - plotTop, height - plotTop - MARGIN);
        double x = MARGIN - left + Text.AXIS.getSize() - 2.0;
        Text.drawTurned(g, beside, Text.AXIS, x, middle, 0.5, Math.PI / 2);
        paintInside(g, plot);
        g.setTransform(origin);
    }

    private Plot plot(double width, double height, XLabels labels) {
        double room = height - MARGIN - labels.height() - TICK - 4;
        return new Plot(xAxis, yAxis, (int) Math.max(40, width), (int) Math.max(40, room));
    }

    private void paintInside(Graphics2D g, Plot plot) {
        Shape clip = g.getClip();
        g.clip(new Rectangle2D.Double(0, 0, plot.width(), plot.height()));
        data.paint(g, plot);
        g.setClip(clip);
        g.setColor(Palette.AXIS);
        g.setStroke(new BasicStroke(1.5f));
        g.draw(new Line2D.Double(0, plot.height(), plot.width(), plot.height()));
        g.draw(new Line2D.Double(0, 0, 0, plot.height()));
        notes.paint(g, plot);
    }

    private void paintGrid(Graphics2D g, Plot plot, XLabels xLabels, YLabels yLabels) {
        g.setStroke(new BasicStroke(1));
        for (Axis.Tick tick : yLabels.ticks) {
            double y = plot.y(tick.value());
            if (yAxis instanceof Axis.Scale) {
                g.setColor(Palette.GRID);
                g.draw(new Line2D.Double(0, Plot.snap(y), plot.width(), Plot.snap(y)));
                g.setColor(Palette.AXIS);
                g.draw(new Line2D.Double(-TICK, Plot.snap(y), 0, Plot.snap(y)));
            }
            g.setColor(Palette.SOFT_INK);
            Text.draw(g, tick.label(), yLabels.font, -TICK - 4, y + Text.capHeight(yLabels.font) / 2, 1);
        }
        for (Axis.Tick tick : xLabels.ticks()) {
            double x = plot.x(tick.value());
            g.setColor(Palette.GRID);
            g.draw(new Line2D.Double(Plot.snap(x), 0, Plot.snap(x), plot.height()));
            g.setColor(Palette.AXIS);
            g.draw(new Line2D.Double(Plot.snap(x), plot.height(), Plot.snap(x), plot.height() + TICK));
            g.setColor(Palette.SOFT_INK);
            Text.draw(g, tick.label(), Text.LABEL, x, plot.height() + TICK + 4 + Text.LABEL.getSize(), 0.5);
        }
        g.setColor(Palette.INK);
        xLabels.paintNames(g, plot);
    }

    /** The place nearest to the middle of a length at which a text's middle leaves it between the limits. */
    private static double centre(double length, String text, double low, double high) {
        double half = Math.min(Text.width(text, Text.AXIS), high - low) / 2;
        return Math.clamp(length / 2, low + half, high - half);
    }

    /** Draws the legend in as many rows as it needs and returns where it ends. */
    private double paintLegend(Graphics2D g, double top, double width) {
        double x = 0;
        double y = top;
        double row = Text.lineHeight(Text.LABEL) + 4;
        for (Key key : legend) {
            String label = Text.fit(key.label, Text.LABEL, width - KEY_WIDTH - 6);
            double w = KEY_WIDTH + 6 + Text.width(label, Text.LABEL);
            if (x > 0 && x + w > width) {
                x = 0;
                y += row;
            }
            double middle = y + Text.lineHeight(Text.LABEL) / 2;
            key.glyph.paint(g, MARGIN + x, middle);
            g.setColor(Palette.INK);
            Text.draw(g, label, Text.LABEL, MARGIN + x + KEY_WIDTH + 6, middle + Text.capHeight(Text.LABEL) / 2, 0);
            x += w + KEY_GAP;
        }
        return legend.isEmpty() ? top : y + row;
    }

    /** The y-axis's labels and the room that they need. */
    private record YLabels(List<Axis.Tick> ticks, Font font, double width) {
        static YLabels of(Axis axis, int height) {
            List<Axis.Tick> ticks = new ArrayList<>();
            Font font = Text.LABEL;
            switch (axis) {
                case Axis.Scale scale ->
                    // The plot's height is not known yet, for it depends on the legend; this much is certain.
                    ticks.addAll(scale.ticks((int) Math.clamp(Math.max(80, height - 150.0) / 38, 2, 12)));
                case Axis.Categories names -> {
                    double pitch = (height - 110.0) / names.names().size();
                    font = pitch < 17 ? Text.SMALL : Text.LABEL;
                    int every = (int) Math.max(1, Math.ceil(13 / pitch));
                    for (int i = 0; i < names.names().size(); i += every) {
                        String name = Text.fit(names.names().get(i), font, MAX_NAME_WIDTH);
                        ticks.add(new Axis.Tick(names.place(i), name));
                    }
                }
            }
            double width = Text.widest(ticks.stream().map(Axis.Tick::label).toList(), font);
            return new YLabels(ticks, font, width);
        }
    }
}
