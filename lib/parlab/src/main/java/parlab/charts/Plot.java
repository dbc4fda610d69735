package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import parlab.timing.Estimate;

/** The rectangle between the axes, and what several charts draw in it, in logical pixels from its upper left corner. */
record Plot(Axis xAxis, Axis yAxis, int width, int height) {
    /** Waiting for so many reasons can be told apart. */
    static final int HATCHINGS = 4;

    double x(double value) {
        return xAxis.position(value) * width;
    }

    double y(double value) {
        return (1 - yAxis.position(value)) * height;
    }

    /** The largest plot of that ratio of width to height that lies within this one. */
    Plot shaped(double ratio) {
        return new Plot(xAxis, yAxis, (int) Math.max(1, Math.min(width, Math.round(height * ratio))), (int)
                Math.max(1, Math.min(height, Math.round(width / ratio))));
    }

    /** Half a logical pixel is a whole one of the picture: edges on such places are sharp, and leave no seam. */
    static double half(double x) {
        return Math.rint(2 * x) / 2;
    }

    /** The middle of a logical pixel, on which a line one pixel wide is sharp. */
    static double snap(double x) {
        return Math.floor(x) + 0.5;
    }

    /** An upright error bar, whose ends need not be equally far from the value; nothing where there is no interval. */
    void paintInterval(Graphics2D g, double x, Estimate e, Color colour, double cap) {
        if (e.low() == e.high()) {
            return;
        }
        double top = y(e.high());
        double bottom = y(e.low());
        g.setColor(colour);
        g.setStroke(new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
        g.draw(new Line2D.Double(x, top, x, bottom));
        g.draw(new Line2D.Double(x - cap / 2, top, x + cap / 2, top));
        g.draw(new Line2D.Double(x - cap / 2, bottom, x + cap / 2, bottom));
    }

    /** A pale, outlined box: hatching 0 is plain, 1 and 2 are hatched this way and that way, 3 both ways. */
    static void paintHatched(Graphics2D g, Rectangle2D box, int hatching) {
        g.setColor(Palette.WAIT);
        g.fill(box);
        if (box.getWidth() < 3) {
            return;
        }
        g.setColor(Palette.WAIT_EDGE);
        g.setStroke(new BasicStroke(0.75f));
        Shape clip = g.getClip();
        g.clip(box);
        double h = box.getHeight();
        for (double x = box.getX() - h; hatching > 0 && x < box.getMaxX(); x += 5) {
            if (hatching != 2) {
                g.draw(new Line2D.Double(x, box.getMaxY(), x + h, box.getY()));
            }
            if (hatching != 1) {
                g.draw(new Line2D.Double(x, box.getY(), x + h, box.getMaxY()));
            }
        }
        g.setClip(clip);
        g.draw(box);
    }

    /** A note on a white ground, which a line may run behind, in a box one line high. */
    static void paintNote(Graphics2D g, String note, Rectangle2D box, double indent, Color ink) {
        g.setColor(new Color(255, 255, 255, 215));
        g.fill(box);
        g.setColor(ink);
        Text.draw(g, note, Text.NOTE, box.getX() + indent, box.getY() + box.getHeight() - 3.5, 0);
    }

    static boolean overlaps(Rectangle2D box, List<Rectangle2D> others) {
        return others.stream().anyMatch(box::intersects);
    }
}
