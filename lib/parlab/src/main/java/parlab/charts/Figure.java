package parlab.charts;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * A chart to show: what to draw, its size, and a text for those who cannot see it.
 *
 * <p>Sizes are in logical pixels; {@link #png} draws two by two physical pixels for each, so that text is sharp
 * on today's screens. A figure of {@link Charts} is immutable and thread-safe. One of {@link #of} shows
 * whatever its chart holds when it is drawn.
 */
public sealed class Figure permits LineChart, BarChart, HeatMap {
    /** The usual width in logical pixels. */
    public static final int WIDTH = 860;

    /** The usual height in logical pixels. */
    public static final int HEIGHT = 420;

    private static final int SCALE = 2;

    static {
        Headless.ensure();
    }

    /** Draws a chart of that size, in logical pixels. */
    @FunctionalInterface
    interface Painting {
        void paint(Graphics2D g, int width, int height);
    }

    private final Painting painting;
    private final String alt;
    private final int width;
    private final int height;

    Figure(Painting painting, String alt, int width, int height) {
        this.painting = painting;
        this.alt = Checks.text(alt, "the alternative text");
        this.width = width;
        this.height = height;
    }

    /**
     * Any chart of XChart's, at its own size, with a text made from its title, its axes' titles and its series' names.
     */
    public static Figure of(Chart<?, ?> chart) {
        Painting painting = (g, width, height) -> {
            // A chart keeps the layout of its last drawing in itself.
            synchronized (chart) {
                chart.paint(g, width, height);
            }
        };
        return new Figure(painting, AltText.of(chart), chart.getWidth(), chart.getHeight());
    }

    /** What the figure says, in words. */
    public final String alt() {
        return alt;
    }

    /** The same figure with another text, which is not blank. */
    public final Figure withAlt(String text) {
        return new Figure(painting, text, width, height);
    }

    /** The same figure at another size in logical pixels: from 200 by 150 to 4000 by 4000. */
    public final Figure withSize(int newWidth, int newHeight) {
        if (newWidth < 200 || newWidth > 4000 || newHeight < 150 || newHeight > 4000) {
            throw new IllegalArgumentException(
                    "a figure is from 200 x 150 to 4000 x 4000 logical pixels, got " + newWidth + " x " + newHeight);
        }
        return new Figure(painting, alt, newWidth, newHeight);
    }

    public final int width() {
        return width;
    }

    public final int height() {
        return height;
    }

    /** Draws the figure: an opaque picture of twice the logical width and height. */
    public final BufferedImage image() {
        BufferedImage image = new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.scale(SCALE, SCALE);
            painting.paint(g, width, height);
        } finally {
            g.dispose();
        }
        return image;
    }

    /** Draws the figure as a PNG of twice the logical width and height. */
    public final byte[] png() {
        return Png.encode(image());
    }

    /** The text in words, for front ends without pictures. */
    @Override
    public final String toString() {
        return alt;
    }
}
