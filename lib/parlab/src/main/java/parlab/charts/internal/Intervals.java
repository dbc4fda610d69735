package parlab.charts.internal;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;

/** Error bars, whose two ends need not be equally far from the value. */
public final class Intervals {

    private Intervals() {}

    /**
     * Draws an upright error bar.
     *
     * @param g where to
     * @param plot the plot
     * @param x logical pixels
     * @param low the lower end, on the y-axis
     * @param high the upper end; nothing is drawn where it equals the lower
     * @param colour the bar's
     * @param cap how wide the ends are, logical pixels
     */
    public static void paint(
            Graphics2D g, Panel.Plot plot, double x, double low, double high, Color colour, double cap) {
        if (low == high) {
            return;
        }
        double top = plot.y(high);
        double bottom = plot.y(low);
        g.setColor(colour);
        g.setStroke(new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
        g.draw(new Line2D.Double(x, top, x, bottom));
        g.draw(new Line2D.Double(x - cap / 2, top, x + cap / 2, top));
        g.draw(new Line2D.Double(x - cap / 2, bottom, x + cap / 2, bottom));
    }
}
