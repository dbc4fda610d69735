package parlab.charts;

import java.awt.Color;

/**
 * The colours of every chart. Those of series are M. Okabe's and K. Ito's, <i>Color Universal Design</i> (2008), which
 * people with the common forms of colour blindness can tell apart; yellow comes last, for it is faint on white.
 */
final class Palette {
    /** Text. */
    static final Color INK = new Color(0x222222);

    /** Tick labels and notes. */
    static final Color SOFT_INK = new Color(0x4A4A4A);

    /** Axes and their ticks; what is ideal and not measured. */
    static final Color AXIS = new Color(0x8A8A8A);

    static final Color GRID = new Color(0xE3E3E3);

    /** Lines to compare with. */
    static final Color REFERENCE = new Color(0x666666);

    /** Waiting, and cells without a value. */
    static final Color WAIT = new Color(0xE0E0E0);

    static final Color WAIT_EDGE = new Color(0x777777);

    private static final int[] SERIES = {
        0x0072B2, // blue
        0xE69F00, // orange
        0x009E73, // bluish green
        0xD55E00, // vermillion
        0x56B4E9, // sky blue
        0xCC79A7, // reddish purple
        0x000000, // black
        0xF0E442 // yellow
    };

    /**
     * Every fifth of the 256 entries of viridis, by N. J. Smith, S. van der Walt and E. Firing, in
     * github.com/BIDS/colormap (colormaps.py), which its authors gave to the public under CC0 1.0. Between these a
     * straight line is off by 1 of 255 at most.
     */
    private static final int[] VIRIDIS = {
        0x440154, 0x46085C, 0x471063, 0x481769, 0x481D6F, 0x482475, 0x472A7A, 0x46307E, 0x453781, 0x433D84,
        0x414287, 0x3F4889, 0x3D4E8A, 0x3A538B, 0x38598C, 0x355E8D, 0x33638D, 0x31688E, 0x2E6D8E, 0x2C718E,
        0x2A768E, 0x297B8E, 0x27808E, 0x25848E, 0x23898E, 0x218E8D, 0x20928C, 0x1F978B, 0x1E9C89, 0x1FA188,
        0x21A585, 0x24AA83, 0x28AE80, 0x2EB37C, 0x35B779, 0x3DBC74, 0x46C06F, 0x50C46A, 0x5AC864, 0x65CB5E,
        0x70CF57, 0x7CD250, 0x89D548, 0x95D840, 0xA2DA37, 0xB0DD2F, 0xBDDF26, 0xCAE11F, 0xD8E219, 0xE5E419,
        0xF1E51D, 0xFDE725
    };

    private Palette() {}

    /** The colour of the series of that index, from 0; the colours repeat after eight. */
    static Color series(int index) {
        return new Color(SERIES[index % SERIES.length]);
    }

    /** Black or white, whichever reads better on the colour. */
    static Color inkOn(Color background) {
        double luminance = 0.2126 * linear(background.getRed())
                + 0.7152 * linear(background.getGreen())
                + 0.0722 * linear(background.getBlue());
        // The contrast ratios of WCAG 2 against white and black are equal at this luminance.
        return luminance > 0.179 ? Color.BLACK : Color.WHITE;
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    /**
     * From dark blue (0) to yellow (1), in steps that look equally large, to colour-blind people too, and ever lighter,
     * so that it survives a black-and-white printer.
     */
    static Color viridis(double share) {
        double place = Math.clamp(share, 0, 1) * (VIRIDIS.length - 1);
        int below = Math.min((int) place, VIRIDIS.length - 2);
        Color a = new Color(VIRIDIS[below]);
        Color b = new Color(VIRIDIS[below + 1]);
        return new Color(
                mix(a.getRed(), b.getRed(), place - below),
                mix(a.getGreen(), b.getGreen(), place - below),
                mix(a.getBlue(), b.getBlue(), place - below));
    }

    private static int mix(int a, int b, double share) {
        return (int) Math.round(a + share * (b - a));
    }

    /** From white (0) to black (1) as ink on paper, in equal steps of CIE 1976 lightness. */
    static Color grey(double share) {
        double lightness = 100 * (1 - Math.clamp(share, 0, 1));
        double luminance = lightness > 8 ? Math.pow((lightness + 16) / 116, 3) : lightness / 903.3;
        double encoded = luminance <= 0.0031308 ? 12.92 * luminance : 1.055 * Math.pow(luminance, 1 / 2.4) - 0.055;
        int level = (int) Math.round(255 * encoded);
        return new Color(level, level, level);
    }
}
