package parlab.charts.internal;

import java.awt.Color;

/**
 * The colours of every chart: those of M. Okabe and K. Ito, <i>Color Universal Design</i> (2008), which people
 * with the common forms of colour blindness can tell apart. Yellow comes last, for it is faint on white.
 */
public final class Palette {

    /** Text, axes' titles. */
    public static final Color INK = new Color(0x22, 0x22, 0x22);

    /** Tick labels, notes. */
    public static final Color SOFT_INK = new Color(0x4A, 0x4A, 0x4A);

    /** The frame's baseline and ticks. */
    public static final Color AXIS = new Color(0x8A, 0x8A, 0x8A);

    /** Grid lines. */
    public static final Color GRID = new Color(0xE3, 0xE3, 0xE3);

    /** Reference lines. */
    public static final Color REFERENCE = new Color(0x66, 0x66, 0x66);

    /** Waiting. */
    public static final Color WAIT = new Color(0xE0, 0xE0, 0xE0);

    /** Hatching and outline of waiting. */
    public static final Color WAIT_EDGE = new Color(0x77, 0x77, 0x77);

    private static final Color[] SERIES = {
        new Color(0x00, 0x72, 0xB2), // blue
        new Color(0xE6, 0x9F, 0x00), // orange
        new Color(0x00, 0x9E, 0x73), // bluish green
        new Color(0xD5, 0x5E, 0x00), // vermillion
        new Color(0x56, 0xB4, 0xE9), // sky blue
        new Color(0xCC, 0x79, 0xA7), // reddish purple
        new Color(0x00, 0x00, 0x00), // black
        new Color(0xF0, 0xE4, 0x42), // yellow
    };

    private Palette() {}

    /**
     * The colour of a series.
     *
     * @param index 0 or more; the colours repeat after eight
     * @return an opaque colour
     */
    public static Color series(int index) {
        return SERIES[index % SERIES.length];
    }

    /**
     * The colour mixed with white, opaque, as a pale version of it.
     *
     * @param colour the colour
     * @param share its share, from 0 (white) to 1 (unchanged)
     * @return the mixture
     */
    public static Color pale(Color colour, double share) {
        return new Color(mix(colour.getRed(), share), mix(colour.getGreen(), share), mix(colour.getBlue(), share));
    }

    /**
     * Black or white, whichever reads better on the colour.
     *
     * @param background the colour behind the text
     * @return the ink
     */
    public static Color inkOn(Color background) {
        double luminance = 0.2126 * linear(background.getRed())
                + 0.7152 * linear(background.getGreen())
                + 0.0722 * linear(background.getBlue());
        // The contrast ratios of WCAG 2 against white and black are equal at this luminance.
        return luminance > 0.179 ? Color.BLACK : Color.WHITE;
    }

    private static int mix(int channel, double share) {
        return (int) Math.round(255 - share * (255 - channel));
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }
}
