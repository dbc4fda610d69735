package parlab.charts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/** Placeholder: the charts package brings the real one. */
public final class Figure {
    private final Chart<?, ?> chart;
    private final String alt;

    private Figure(Chart<?, ?> chart, String alt) {
        this.chart = chart;
        this.alt = alt;
    }

    /**
     * A figure of a raw chart.
     *
     * @param chart the chart
     * @return its figure, whose alt text is the chart's title
     */
    public static Figure of(Chart<?, ?> chart) {
        return new Figure(chart, "Chart: " + chart.getTitle());
    }

    /**
     * The picture.
     *
     * @return PNG bytes
     */
    @SuppressWarnings("deprecation")
    public byte[] png() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BitmapEncoder.saveBitmap(chart, bytes, BitmapEncoder.BitmapFormat.PNG);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The picture in words.
     *
     * @return the alt text
     */
    public String alt() {
        return alt;
    }

    /**
     * The width on the page.
     *
     * @return CSS pixels
     */
    public int width() {
        return chart.getWidth();
    }

    /**
     * The height on the page.
     *
     * @return CSS pixels
     */
    public int height() {
        return chart.getHeight();
    }
}
