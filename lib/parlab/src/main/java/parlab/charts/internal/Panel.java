package parlab.charts.internal;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;

/**
 * An XChart chart in ParLab's look: XChart places and paints the series; around them this class draws what
 * XChart has no means for: axes that name places, logarithmic axes with readable ticks, a legend that wraps,
 * long titles; and on top of them painters draw bars, intervals and notes.
 *
 * <p>Set up once, then only painted. Not thread-safe, as XChart is not.
 */
public final class Panel extends XYChart {

    /** How a legend's entry looks. */
    public enum Glyph {
        /** A filled box. */
        BOX,
        /** A box for waiting; see {@link Key#variant}. */
        WAIT,
        /** A line with the series' marker. */
        LINE,
        /** The marker alone. */
        POINT,
        /** A dashed line. */
        DASHES,
        /** A dotted line. */
        DOTS
    }

    /**
     * An entry of the legend.
     *
     * @param label its text
     * @param colour its colour
     * @param glyph its look
     * @param marker the series' marker; null for none
     * @param variant which hatching of several
     */
    public record Key(String label, Color colour, Glyph glyph, Marker marker, int variant) {}

    /** Draws inside the plot. */
    @FunctionalInterface
    public interface Painter {
        /**
         * Draws.
         *
         * @param g with its origin at the plot's upper left corner, in logical pixels
         * @param plot the plot's size and axes
         */
        void paint(Graphics2D g, Plot plot);
    }

    /**
     * The rectangle between the axes.
     *
     * @param xAxis from left to right
     * @param yAxis from bottom to top
     * @param width logical pixels
     * @param height logical pixels
     */
    public record Plot(Axis xAxis, Axis yAxis, int width, int height) {
        /**
         * A place on the x-axis.
         *
         * @param value the value
         * @return logical pixels from the left edge
         */
        public double x(double value) {
            return xAxis.position(value) * width;
        }

        /**
         * A place on the y-axis.
         *
         * @param value the value
         * @return logical pixels from the upper edge
         */
        public double y(double value) {
            return (1 - yAxis.position(value)) * height;
        }

        /** The largest plot of that shape that lies within this one. */
        private Plot shaped(double ratio) {
            return new Plot(xAxis, yAxis, (int) Math.max(1, Math.min(width, Math.round(height * ratio))), (int)
                    Math.max(1, Math.min(height, Math.round(width / ratio))));
        }
    }

    private static final int MARGIN = 12;
    private static final int KEY_WIDTH = 26;
    private static final int KEY_GAP = 18;
    private static final int TICK = 5;
    private static final double MAX_NAME_WIDTH = 190;
    private static final double MAX_SLANTED_WIDTH = 170;
    private static final Color CLEAR = new Color(255, 255, 255, 0);

    private final Axis xAxis;
    private final Axis yAxis;
    private final List<Key> keys;
    private final List<Painter> below = new ArrayList<>();
    private final List<Painter> above = new ArrayList<>();
    private double besides;
    private double aspect;

    /**
     * A panel without data.
     *
     * @param width logical pixels
     * @param height logical pixels
     * @param title the title
     * @param xAxis from left to right
     * @param yAxis from bottom to top
     * @param legend its entries; none for no legend
     */
    public Panel(int width, int height, String title, Axis xAxis, Axis yAxis, List<Key> legend) {
        super(width, height);
        this.xAxis = xAxis;
        this.yAxis = yAxis;
        this.keys = List.copyOf(legend);
        setTitle(title);
        setXAxisTitle(xAxis.title());
        setYAxisTitle(yAxis.title());
        XYStyler styler = getStyler();
        styler.setAntiAlias(true);
        styler.setChartTitleVisible(false)
                .setLegendVisible(false)
                .setChartPadding(0)
                .setPlotContentSize(1);
        styler.setPlotBackgroundColor(CLEAR).setPlotBorderVisible(false);
        styler.setAxisTitlesVisible(false).setAxisTicksVisible(false).setPlotMargin(0);
        styler.setPlotGridLinesVisible(false).setPlotTicksMarksVisible(false);
        styler.setXAxisMin(xAxis.min()).setXAxisMax(xAxis.max());
        styler.setYAxisMin(yAxis.min()).setYAxisMax(yAxis.max());
        styler.setXAxisLogarithmic(xAxis.log()).setYAxisLogarithmic(yAxis.log());
        // XChart would compute ticks that nobody sees, at times without end; equal labels keep it from that.
        styler.setXAxisTickLabelsFormattingFunction(x -> "").setYAxisTickLabelsFormattingFunction(y -> "");
        styler.setMarkerSize(8);
    }

    /**
     * Draws between the grid and XChart's series.
     *
     * @param painter what to draw
     */
    public void below(Painter painter) {
        below.add(painter);
    }

    /**
     * Draws above XChart's series.
     *
     * @param painter what to draw
     */
    public void above(Painter painter) {
        above.add(painter);
    }

    /**
     * Keeps room to the right of the plot, for what a painter draws above the series.
     *
     * @param room logical pixels
     */
    public void keepRoomRight(double room) {
        besides = room;
    }

    /**
     * Makes the plot only as wide or as high as its shape allows.
     *
     * @param ratio its width over its height, above 0
     */
    public void keepAspect(double ratio) {
        aspect = ratio;
    }

    @Override
    protected void paintBackground(Graphics2D g) {
        // The whole panel's background is painted before the plot's share of it.
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        AffineTransform origin = g.getTransform();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);

        // From the outside inwards: what is left is the plot's.
        List<String> title = Text.wrap(getTitle(), Text.TITLE, width - 2 * MARGIN, 2);
        double top = MARGIN;
        g.setColor(Palette.INK);
        for (String line : title) {
            Text.draw(g, line, Text.TITLE, MARGIN, top + Text.TITLE.getSize(), 0);
            top += Text.lineHeight(Text.TITLE);
        }
        double titleEnd = top;
        top += 4;
        YLabels yLabels = YLabels.of(yAxis, height);
        int left = (int) Math.ceil(MARGIN + Text.lineHeight(Text.AXIS) + 6 + yLabels.width + TICK + 4);
        List<List<Key>> rows = legendRows(width - 2 * MARGIN);
        for (List<Key> row : rows) {
            paintLegendRow(g, row, MARGIN, top);
            top += Text.lineHeight(Text.LABEL) + 4;
        }
        top += 6;
        int right = (int) (width - MARGIN - 8 - besides);
        XLabels xLabels = XLabels.of(xAxis, right - left);
        if (xLabels.slanted) {
            left = Math.max(left, (int) Math.ceil(xLabels.overhang + 4));
        } else {
            right = Math.min(right, (int) (width - 4 - xLabels.overhang));
        }
        double xTitle = xAxis.title().isEmpty() ? 0 : Text.lineHeight(Text.AXIS) + 4;
        int bottom = (int) (height - MARGIN - xTitle - xLabels.height - TICK - 4);
        int plotTop = (int) Math.ceil(top);
        Plot plot = new Plot(xAxis, yAxis, Math.max(40, right - left), Math.max(40, bottom - plotTop));
        if (aspect > 0) {
            // The labels were laid out for the wider plot; the narrower one may need other ones, and is as high or
            // less.
            plot = plot.shaped(aspect);
            xLabels = XLabels.of(xAxis, plot.width);
            bottom = (int) (height - MARGIN - xTitle - xLabels.height - TICK - 4);
            plot = new Plot(xAxis, yAxis, plot.width, Math.min(plot.height, Math.max(40, bottom - plotTop)))
                    .shaped(aspect);
        }

        g.translate(left, plotTop);
        paintGrid(g, plot, xLabels, yLabels);
        g.setColor(Palette.INK);
        Text.draw(
                g,
                Text.fit(xAxis.title(), Text.AXIS, width - 2.0 * MARGIN),
                Text.AXIS,
                centre(plot.width / 2.0, Text.width(xAxis.title(), Text.AXIS), -left + MARGIN, width - left - MARGIN),
                aspect > 0 ? plot.height + TICK + 4 + xLabels.height + xTitle : height - plotTop - MARGIN,
                0.5);
        paintYTitle(g, plot, left, plotTop, height, titleEnd);
        paintInside(g, plot);
        g.setTransform(origin);
        setWidth(width);
        setHeight(height);
    }

    private void paintInside(Graphics2D g, Plot plot) {
        AffineTransform here = g.getTransform();
        java.awt.Shape clip = g.getClip();
        g.clip(new Rectangle2D.Double(0, 0, plot.width, plot.height));
        below.forEach(painter -> painter.paint(g, plot));
        g.setClip(clip);
        if (!getSeriesCollection().isEmpty()) {
            super.paint(g, plot.width, plot.height);
            g.setTransform(here);
            g.setClip(clip);
        }
        g.setColor(Palette.AXIS);
        g.setStroke(new BasicStroke(1.5f));
        g.draw(new Line2D.Double(0, plot.height, plot.width, plot.height));
        g.draw(new Line2D.Double(0, 0, 0, plot.height));
        above.forEach(painter -> painter.paint(g, plot));
        g.setTransform(here);
        g.setClip(clip);
        g.setComposite(AlphaComposite.SrcOver);
    }

    private void paintGrid(Graphics2D g, Plot plot, XLabels xLabels, YLabels yLabels) {
        g.setStroke(new BasicStroke(1));
        for (Axis.Tick tick : yLabels.ticks) {
            double y = plot.y(tick.value());
            if (yAxis instanceof Axis.Scale) {
                g.setColor(Palette.GRID);
                g.draw(new Line2D.Double(0, snap(y), plot.width, snap(y)));
                g.setColor(Palette.AXIS);
                g.draw(new Line2D.Double(-TICK, snap(y), 0, snap(y)));
            }
            g.setColor(Palette.SOFT_INK);
            Text.draw(g, tick.label(), yLabels.font, -TICK - 4, y + Text.capHeight(yLabels.font) / 2, 1);
        }
        for (Axis.Tick tick : xLabels.ticks) {
            double x = plot.x(tick.value());
            g.setColor(Palette.GRID);
            g.draw(new Line2D.Double(snap(x), 0, snap(x), plot.height));
            g.setColor(Palette.AXIS);
            g.draw(new Line2D.Double(snap(x), plot.height, snap(x), plot.height + TICK));
            g.setColor(Palette.SOFT_INK);
            Text.draw(g, tick.label(), Text.LABEL, x, plot.height + TICK + 4 + Text.LABEL.getSize(), 0.5);
        }
        g.setColor(Palette.INK);
        xLabels.paintNames(g, plot);
    }

    private void paintYTitle(Graphics2D g, Plot plot, int left, int plotTop, int height, double titleEnd) {
        AffineTransform here = g.getTransform();
        String text = Text.fit(yAxis.title(), Text.AXIS, height - titleEnd - MARGIN);
        double middle =
                centre(plot.height / 2.0, Text.width(text, Text.AXIS), titleEnd - plotTop, height - plotTop - MARGIN);
        g.translate(-left + MARGIN + Text.AXIS.getSize() - 2, middle);
        g.rotate(-Math.PI / 2);
        Text.draw(g, text, Text.AXIS, 0, 0, 0.5);
        g.setTransform(here);
    }

    /** The centre nearest to the wanted one at which a text of this width stays between the limits. */
    private static double centre(double wanted, double width, double low, double high) {
        double half = Math.min(width, high - low) / 2;
        return Math.clamp(wanted, low + half, high - half);
    }

    /** On the middle of a logical pixel, so that a line one pixel wide is sharp at every whole scale. */
    static double snap(double x) {
        return Math.floor(x) + 0.5;
    }

    private List<List<Key>> legendRows(double width) {
        List<List<Key>> rows = new ArrayList<>();
        List<Key> row = new ArrayList<>();
        double x = 0;
        for (Key key : keys) {
            double w = keyWidth(key, width);
            if (!row.isEmpty() && x + w > width) {
                rows.add(row);
                row = new ArrayList<>();
                x = 0;
            }
            row.add(key);
            x += w + KEY_GAP;
        }
        if (!row.isEmpty()) {
            rows.add(row);
        }
        return rows;
    }

    private static double keyWidth(Key key, double width) {
        return Math.min(width, KEY_WIDTH + 6 + Text.width(key.label, Text.LABEL));
    }

    private void paintLegendRow(Graphics2D g, List<Key> row, double left, double top) {
        double x = left;
        double middle = top + Text.lineHeight(Text.LABEL) / 2;
        double available = getWidth() - 2.0 * MARGIN;
        for (Key key : row) {
            paintGlyph(g, key, x, middle);
            g.setColor(Palette.INK);
            String text = Text.fit(key.label, Text.LABEL, available - KEY_WIDTH - 6);
            Text.draw(g, text, Text.LABEL, x + KEY_WIDTH + 6, middle + Text.capHeight(Text.LABEL) / 2, 0);
            x += keyWidth(key, available) + KEY_GAP;
        }
    }

    private void paintGlyph(Graphics2D g, Key key, double x, double middle) {
        g.setColor(key.colour);
        switch (key.glyph) {
            case BOX -> g.fill(new Rectangle2D.Double(x + 4, Math.rint(middle) - 6, KEY_WIDTH - 8.0, 12));
            case WAIT ->
                Waiting.paint(
                        g, new Rectangle2D.Double(x + 2, Math.rint(middle) - 5, KEY_WIDTH - 4.0, 10), key.variant);
            case LINE, DASHES, DOTS -> {
                g.setStroke(key.glyph == Glyph.LINE ? solid() : key.glyph == Glyph.DASHES ? dashed() : dotted());
                g.draw(new Line2D.Double(x, middle, x + KEY_WIDTH, middle));
            }
            case POINT -> {}
        }
        if (key.marker != null) {
            key.marker.paint(g, x + KEY_WIDTH / 2.0, middle, getStyler().getMarkerSize());
        }
    }

    /**
     * The stroke of a measured line.
     *
     * @return two logical pixels wide
     */
    public static BasicStroke solid() {
        return new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);
    }

    /**
     * The stroke of what was not measured.
     *
     * @return dashes
     */
    public static BasicStroke dashed() {
        return new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {7, 5}, 0);
    }

    /**
     * The stroke of an ideal.
     *
     * @return dots
     */
    public static BasicStroke dotted() {
        return new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 3}, 0);
    }

    /** The y-axis's labels and the room that they need. */
    private record YLabels(List<Axis.Tick> ticks, Font font, double width) {

        static YLabels of(Axis axis, int height) {
            List<Axis.Tick> ticks;
            Font font = Text.LABEL;
            // The plot's height is not known yet, for it depends on the legend; this much is certain.
            double space = Math.max(80, height - 150.0);
            if (axis instanceof Axis.Scale scale) {
                ticks = scale.ticks((int) Math.clamp(space / 38, 2, 12));
            } else {
                Axis.Categories names = (Axis.Categories) axis;
                double pitch = (height - 110.0) / names.names().size();
                font = pitch < 17 ? Text.SMALL : Text.LABEL;
                int every = (int) Math.max(1, Math.ceil(13 / pitch));
                ticks = new ArrayList<>();
                for (int i = 0; i < names.names().size(); i += every) {
                    ticks.add(
                            new Axis.Tick(names.place(i), Text.fit(names.names().get(i), font, MAX_NAME_WIDTH)));
                }
            }
            Font chosen = font;
            double width = ticks.stream()
                    .mapToDouble(tick -> Text.width(tick.label(), chosen))
                    .max()
                    .orElse(0);
            return new YLabels(ticks, font, width);
        }
    }

    /** The x-axis's labels and the room that they need. */
    private record XLabels(
            List<Axis.Tick> ticks,
            List<List<String>> names,
            Font font,
            boolean slanted,
            double height,
            double overhang) {

        private static final double SLANT = Math.toRadians(35);

        static XLabels of(Axis axis, double width) {
            if (axis instanceof Axis.Scale scale) {
                return numbers(scale, width);
            }
            Axis.Categories categories = (Axis.Categories) axis;
            // A blank name leaves its room to its neighbours.
            double slot = width / categories.names().size() * apart(categories.names()) - 8;
            for (Font font : new Font[] {Text.LABEL, Text.SMALL}) {
                List<List<String>> names = categories.names().stream()
                        .map(name -> Text.wrap(name, font, slot, 3))
                        .toList();
                boolean whole = true;
                for (int i = 0; i < names.size(); i++) {
                    String joined = String.join("", names.get(i)).replace(" ", "");
                    whole &= joined.equals(categories.names().get(i).replace(" ", ""));
                }
                if (whole) {
                    int lines = names.stream().mapToInt(List::size).max().orElse(1);
                    return new XLabels(List.of(), names, font, false, lines * Text.lineHeight(font), 0);
                }
            }
            List<List<String>> names = categories.names().stream()
                    .map(name -> List.of(Text.fitEnds(name, Text.NOTE, MAX_SLANTED_WIDTH)))
                    .toList();
            double longest = names.stream()
                    .mapToDouble(name -> Text.width(name.getFirst(), Text.NOTE))
                    .max()
                    .orElse(0);
            double height = longest * Math.sin(SLANT) + Text.lineHeight(Text.NOTE) * Math.cos(SLANT);
            // The first name reaches furthest to the left.
            double first = Text.width(names.getFirst().getFirst(), Text.NOTE) * Math.cos(SLANT);
            double lack = first - (width / categories.names().size() / 2);
            return new XLabels(List.of(), names, Text.NOTE, true, height, lack);
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

        private static XLabels numbers(Axis.Scale scale, double width) {
            List<Axis.Tick> ticks = List.of();
            // As many as fit beside each other.
            for (int most = 12; most >= 2; most--) {
                ticks = scale.ticks(most);
                boolean fits = true;
                for (int i = 1; i < ticks.size(); i++) {
                    Axis.Tick a = ticks.get(i - 1);
                    Axis.Tick b = ticks.get(i);
                    double apart = (scale.position(b.value()) - scale.position(a.value())) * width;
                    fits &= apart > 12 + (Text.width(a.label(), Text.LABEL) + Text.width(b.label(), Text.LABEL)) / 2;
                }
                if (fits) {
                    break;
                }
            }
            double overhang = ticks.isEmpty()
                    ? 0
                    : Text.width(ticks.getLast().label(), Text.LABEL) / 2
                            - (1 - scale.position(ticks.getLast().value())) * width;
            return new XLabels(ticks, List.of(), Text.LABEL, false, Text.lineHeight(Text.LABEL), Math.max(0, overhang));
        }

        void paintNames(Graphics2D g, Plot plot) {
            AffineTransform here = g.getTransform();
            for (int i = 0; i < names.size(); i++) {
                double x = plot.x(i + 1);
                if (slanted) {
                    g.translate(x + 4, plot.height + TICK + Text.capHeight(font));
                    g.rotate(-SLANT);
                    Text.draw(g, names.get(i).getFirst(), font, 0, 0, 1);
                    g.setTransform(here);
                } else {
                    double baseline = plot.height + TICK + font.getSize();
                    for (String line : names.get(i)) {
                        Text.draw(g, line, font, x, baseline, 0.5);
                        baseline += Text.lineHeight(font);
                    }
                }
            }
        }
    }
}
