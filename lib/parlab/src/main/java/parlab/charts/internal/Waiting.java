package parlab.charts.internal;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;

/** How waiting looks: pale, outlined, and hatched differently for different reasons. */
final class Waiting {

    /** So many looks can be told apart. */
    static final int VARIANTS = 4;

    private Waiting() {}

    /** Variant 0 is plain, 1 and 2 are hatched this way and that way, 3 both ways. */
    static void paint(Graphics2D g, Rectangle2D box, int variant) {
        g.setColor(Palette.WAIT);
        g.fill(box);
        if (box.getWidth() < 3) {
            return;
        }
        g.setColor(Palette.WAIT_EDGE);
        g.setStroke(new BasicStroke(0.75f));
        if (variant > 0) {
            Shape clip = g.getClip();
            g.clip(box);
            double h = box.getHeight();
            for (double x = box.getX() - h; x < box.getMaxX(); x += 5) {
                if (variant != 2) {
                    g.draw(new Line2D.Double(x, box.getMaxY(), x + h, box.getY()));
                }
                if (variant != 1) {
                    g.draw(new Line2D.Double(x, box.getY(), x + h, box.getMaxY()));
                }
            }
            g.setClip(clip);
        }
        g.draw(box);
    }
}
