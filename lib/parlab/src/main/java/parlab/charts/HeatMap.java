package parlab.charts;

import java.util.List;
import parlab.charts.internal.Cells;

/**
 * Numbers by column and row, each a coloured cell with its value in figures; made by {@link Charts#heatMap}. It is a
 * figure as it stands; the methods give new ones. Immutable and thread-safe.
 *
 * <p>The colours are viridis, from dark blue for the smallest value to yellow for the largest: people who are colour-blind
 * see the same order, and so does a black-and-white printer. A cell without a value is grey and hatched. Where the cells
 * are too small for their values these are left out, and the bar beside the plot tells what the colours mean.
 */
public final class HeatMap extends Figure {

    private final Cells cells;

    private HeatMap(Cells cells) {
        super(cells.panel(), cells.alt(), cells.width(), cells.height());
        this.cells = cells;
    }

    static HeatMap of(
            String title,
            String xLabel,
            String yLabel,
            String valueLabel,
            List<String> columns,
            List<String> rows,
            double[][] values) {
        return new HeatMap(Cells.of(title, xLabel, yLabel, valueLabel, columns, rows, values));
    }

    /**
     * The same with a logarithmic scale of colours, on which equal ratios differ equally, for values that span powers of
     * ten.
     *
     * @return a new heat map
     * @throws IllegalArgumentException if a value, or an end of the range, is not above 0
     */
    public HeatMap logColour() {
        return new HeatMap(cells.logarithmic());
    }

    /**
     * The same with a scale of colours from low to high, so that several heat maps can be compared. Values beyond it
     * take the colour of its end.
     *
     * @param low the value of the first colour, from -1e300
     * @param high the value of the last colour, to 1e300
     * @return a new heat map
     * @throws IllegalArgumentException if low is not below high, if one of them is not finite, or not above 0 on a
     *     logarithmic scale
     */
    public HeatMap colourRange(double low, double high) {
        return new HeatMap(cells.ranged(low, high));
    }

    /**
     * The same without values in the cells: the colours alone.
     *
     * @return a new heat map
     */
    public HeatMap withoutNumbers() {
        return new HeatMap(cells.withoutNumbers());
    }

    /**
     * The same as a grey picture whose square pixels are the cells: from white for the smallest value to black for the
     * largest, without numbers and without gaps. With as many rows as columns it is 420 logical pixels high or less.
     *
     * @return a new heat map
     */
    public HeatMap asPicture() {
        return new HeatMap(cells.asPicture());
    }
}
