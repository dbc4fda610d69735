package parlab.charts;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.knowm.xchart.internal.chartpart.Chart;
import parlab.charts.internal.AltText;
import parlab.charts.internal.Checks;
import parlab.charts.internal.Headless;
import parlab.charts.internal.Png;

/**
 * A chart to show: an XChart chart with its size and a text for those who cannot see it.
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

    /** A screen's nominal 96 pixels an inch, doubled: a viewer that heeds it shows the logical size. */
    private static final int PIXELS_PER_METRE = (int) Math.round(SCALE * 96 / 0.0254);

    static {
        Headless.ensure();
    }

    private final Chart<?, ?> chart;
    private final String alt;
    private final int width;
    private final int height;

    Figure(Chart<?, ?> chart, String alt, int width, int height) {
        this.chart = Objects.requireNonNull(chart, "chart");
        this.alt = Checks.text(alt, "the alternative text");
        this.width = width;
        this.height = height;
    }

    /**
     * Any XChart chart, at its own size, with a text made from its title, its axes' titles and its series.
     *
     * @param chart any of XChart's charts
     * @return the figure
     */
    public static Figure of(Chart<?, ?> chart) {
        return new Figure(chart, AltText.of(chart), chart.getWidth(), chart.getHeight());
    }

    /**
     * The chart itself, for XChart's own ways to save it, such as vector graphics. A chart of {@link Charts}
     * is not meant to be restyled: leave it as it is.
     *
     * @return the chart that this figure shows
     */
    public final Chart<?, ?> chart() {
        return chart;
    }

    /**
     * What the figure says, in words.
     *
     * @return never blank
     */
    public final String alt() {
        return alt;
    }

    /**
     * The same figure with another text.
     *
     * @param text what it says, in words
     * @return a new figure
     * @throws IllegalArgumentException if the text is blank
     */
    public final Figure withAlt(String text) {
        return new Figure(chart, text, width, height);
    }

    /**
     * The same figure at another size.
     *
     * @param newWidth logical pixels, 200 to 4000
     * @param newHeight logical pixels, 150 to 4000
     * @return a new figure
     * @throws IllegalArgumentException if a size is out of range
     */
    public final Figure withSize(int newWidth, int newHeight) {
        return new Figure(
                chart, alt, Checks.size(newWidth, 200, "the width"), Checks.size(newHeight, 150, "the height"));
    }

    /**
     * The width.
     *
     * @return logical pixels
     */
    public final int width() {
        return width;
    }

    /**
     * The height.
     *
     * @return logical pixels
     */
    public final int height() {
        return height;
    }

    /**
     * Draws the figure.
     *
     * @return an opaque picture of twice the logical width and height
     */
    public final BufferedImage image() {
        BufferedImage image = new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.scale(SCALE, SCALE);
            // A chart keeps the layout of its last drawing in itself.
            synchronized (chart) {
                chart.paint(g, width, height);
            }
        } finally {
            g.dispose();
        }
        return image;
    }

    /**
     * Draws the figure as a PNG.
     *
     * @return the file's bytes: a picture of twice the logical width and height
     */
    public final byte[] png() {
        return Png.encode(image(), PIXELS_PER_METRE);
    }

    /**
     * Saves the figure as a PNG, replacing what is there.
     *
     * @param file where to; its folder must exist
     * @return the file
     * @throws UncheckedIOException if it cannot be written
     */
    public final Path save(Path file) {
        try {
            return Files.write(file, png());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the chart to " + file.toAbsolutePath(), e);
        }
    }

    /** The text in words, for front ends without pictures. */
    @Override
    public final String toString() {
        return alt;
    }
}
