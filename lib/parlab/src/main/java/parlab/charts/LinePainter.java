package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import parlab.timing.Estimate;

/** Draws a line chart's lines, intervals and notes into its plot; the markers are XChart's. */
final class LinePainter {
    private static final List<Marker> MARKERS = List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_DOWN,
            SeriesMarkers.CROSS,
            SeriesMarkers.PLUS);

    private static final int MARKER_SIZE = 8;

    /** Logical pixels between a point and its label. */
    private static final double LABEL_GAP = 9;

    private static final BasicStroke REFERENCE = stroke(1.5f, 5, 4);

    private LinePainter() {}

    static List<Frame.Key> legend(LineChart.Spec spec) {
        if (spec.parts().size() == 1) {
            return List.of();
        }
        return spec.parts().stream()
                .filter(part -> !spec.named(part))
                .map(part -> new Frame.Key(part.line().name(), (g, x, middle) -> {
                    g.setColor(part.colour());
                    if (part.look() != LineChart.Look.POINTS) {
                        g.setStroke(stroke(part));
                        g.draw(new Line2D.Double(x, middle, x + Frame.KEY_WIDTH, middle));
                    }
                    paintMarker(g, part, x + Frame.KEY_WIDTH / 2.0, middle);
                }))
                .toList();
    }

    private static BasicStroke stroke(float width, float... dashes) {
        return new BasicStroke(
                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dashes.length == 0 ? null : dashes, 0);
    }

    private static void paintMarker(Graphics2D g, LineChart.Part part, double x, double y) {
        if (part.measured() && !part.many()) {
            g.setColor(part.colour());
            MARKERS.get(part.index() % MARKERS.size()).paint(g, x, y, MARKER_SIZE);
        }
    }

    static void paintData(Graphics2D g, Plot plot, LineChart.Spec spec) {
        spec.parts().stream()
                .filter(part -> part.banded() && part.line().hasIntervals())
                .forEach(part -> paintBand(g, plot, part));
        paintReferenceLines(g, plot, spec.references());
        spec.parts().forEach(part -> paintLine(g, plot, part));
    }

    private static void paintReferenceLines(Graphics2D g, Plot plot, List<LineChart.Reference> references) {
        g.setColor(Palette.REFERENCE);
        g.setStroke(REFERENCE);
        for (LineChart.Reference r : references) {
            double at = r.vertical() ? plot.x(r.value()) : plot.y(r.value());
            g.draw(
                    r.vertical()
                            ? new Line2D.Double(at, 0, at, plot.height())
                            : new Line2D.Double(0, at, plot.width(), at));
        }
    }

    /** Lines across a plot that has no lines of its own, with their labels. */
    static void paintReferences(Graphics2D g, Plot plot, List<LineChart.Reference> references) {
        paintReferenceLines(g, plot, references);
        List<Rectangle2D> taken = new ArrayList<>();
        references.forEach(r -> paintReferenceLabel(g, plot, r, taken));
    }

    private static void paintBand(Graphics2D g, Plot plot, LineChart.Part part) {
        Path2D band = new Path2D.Double();
        int n = part.line().x().size();
        for (int i = 0; i < 2 * n; i++) {
            int at = i < n ? i : 2 * n - 1 - i; // there along the upper ends, back along the lower ones
            Estimate y = part.line().y().get(at);
            add(band, plot.x(part.line().x().get(at)), plot.y(i < n ? y.high() : y.low()));
        }
        band.closePath();
        Color colour = part.colour();
        // Transparent, so that the grid and other bands shine through.
        g.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 50));
        g.fill(band);
    }

    private static void add(Path2D path, double x, double y) {
        if (path.getCurrentPoint() == null) {
            path.moveTo(x, y);
        } else {
            path.lineTo(x, y);
        }
    }

    private static void paintLine(Graphics2D g, Plot plot, LineChart.Part part) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < part.line().x().size(); i++) {
            add(
                    path,
                    plot.x(part.line().x().get(i)),
                    plot.y(part.line().y().get(i).value()));
        }
        if (part.look() != LineChart.Look.POINTS) {
            g.setColor(part.colour());
            g.setStroke(stroke(part));
            g.draw(path);
        }
        for (int i = 0; i < part.line().x().size(); i++) {
            Estimate y = part.line().y().get(i);
            double x = plot.x(part.line().x().get(i));
            if (!part.banded()) {
                plot.paintInterval(g, x, y, part.colour(), MARKER_SIZE);
            }
            paintMarker(g, part, x, plot.y(y.value()));
        }
    }

    static void paintNotes(Graphics2D g, Plot plot, LineChart.Spec spec) {
        List<Rectangle2D> taken = new ArrayList<>();
        spec.references().forEach(r -> paintReferenceLabel(g, plot, r, taken));
        taken.clear();
        spec.parts().stream()
                .filter(part -> spec.named(part))
                .sorted(Comparator.comparingDouble(
                        part -> plot.y(part.line().y().getFirst().value())))
                .forEach(part -> paintName(g, plot, part, taken));
    }

    /** Beside the line, and out of another label's way: down a vertical line, to the left along a horizontal one. */
    private static void paintReferenceLabel(Graphics2D g, Plot plot, LineChart.Reference r, List<Rectangle2D> taken) {
        String label = Text.fit(r.label(), Text.NOTE, plot.width() - 12.0);
        double w = Text.width(label, Text.NOTE) + 6;
        double h = Text.lineHeight(Text.NOTE);
        double at = r.vertical() ? plot.x(r.value()) : plot.y(r.value());
        double x = plot.width() - w - 3;
        double y = 3;
        if (r.vertical()) {
            x = at + 3 + w <= plot.width() ? at + 3 : at - 3 - w;
        } else {
            y = at - h - 1 >= 0 ? at - h - 1 : at + 2;
        }
        Rectangle2D box = new Rectangle2D.Double(x, y, w, h);
        while (Plot.overlaps(box, taken) && (r.vertical() ? box.getMaxY() + h < plot.height() : box.getX() > w)) {
            box.setRect(r.vertical() ? x : box.getX() - 8, r.vertical() ? box.getY() + 4 : box.getY(), w, h);
        }
        taken.add(box);
        Plot.paintNote(g, label, box, 3, Palette.SOFT_INK);
    }

    /** To the right of the point, to its left where there is no room; lower where another name is in the way. */
    private static void paintName(Graphics2D g, Plot plot, LineChart.Part part, List<Rectangle2D> taken) {
        double x = plot.x(part.line().x().getFirst());
        double y = plot.y(part.line().y().getFirst().value());
        String label = Text.fit(part.line().name(), Text.NOTE, plot.width() / 2.0);
        double w = Text.width(label, Text.NOTE);
        double h = Text.lineHeight(Text.NOTE);
        boolean right = x + LABEL_GAP + w <= plot.width();
        Rectangle2D box =
                new Rectangle2D.Double(right ? x + LABEL_GAP : x - LABEL_GAP - w, Math.max(0, y - h / 2), w, h);
        while (Plot.overlaps(box, taken) && box.getMaxY() + 1 < plot.height()) {
            box.setRect(box.getX(), box.getY() + 1, w, h);
        }
        taken.add(box);
        if (box.getCenterY() - y > h / 2) {
            g.setColor(Palette.AXIS);
            g.setStroke(new BasicStroke(1));
            g.draw(new Line2D.Double(x, y, right ? box.getX() - 2 : box.getMaxX() + 2, box.getCenterY()));
        }
        Plot.paintNote(g, label, box, 0, Palette.INK);
    }

    /** How its line is drawn; null if it has none. */
    private static BasicStroke stroke(LineChart.Part part) {
        return switch (part.look()) {
            case LINE, CURVE -> stroke(2);
            case POINTS -> null;
            case EXTRAPOLATED -> stroke(2, 7, 5);
            case IDEAL -> stroke(1.5f, 2, 3);
        };
    }
}
