package parlab.charts.internal;

import java.awt.Color;

/** Colours for numbers: equal steps of the number look equally large, to colour-blind people too. Immutable. */
public enum Shades {

    /**
     * From dark blue to yellow, and ever lighter, so that it survives a black-and-white printer: viridis, by N. J. Smith,
     * S. van der Walt and E. Firing.
     */
    VIRIDIS {
        @Override
        public Color at(double share) {
            double place = Math.clamp(share, 0, 1) * (TABLE.length - 1);
            int below = Math.min((int) place, TABLE.length - 2);
            return mix(new Color(TABLE[below]), new Color(TABLE[below + 1]), place - below);
        }
    },

    /** From white to black as ink on paper, in equal steps of CIE 1976 lightness. */
    INK {
        @Override
        public Color at(double share) {
            double lightness = 100 * (1 - Math.clamp(share, 0, 1));
            double luminance = lightness > 8 ? Math.pow((lightness + 16) / 116, 3) : lightness / 903.3;
            double encoded = luminance <= 0.0031308 ? 12.92 * luminance : 1.055 * Math.pow(luminance, 1 / 2.4) - 0.055;
            int level = (int) Math.round(255 * encoded);
            return new Color(level, level, level);
        }
    };

    /**
     * Every fifth of the 256 entries of viridis in github.com/BIDS/colormap (colormaps.py), which its authors gave to the
     * public under CC0 1.0. Between these a straight line is off by 1 of 255 at most.
     */
    private static final int[] TABLE = {
        0x440154, 0x46085C, 0x471063, 0x481769, 0x481D6F, 0x482475, 0x472A7A, 0x46307E, 0x453781, 0x433D84,
        0x414287, 0x3F4889, 0x3D4E8A, 0x3A538B, 0x38598C, 0x355E8D, 0x33638D, 0x31688E, 0x2E6D8E, 0x2C718E,
        0x2A768E, 0x297B8E, 0x27808E, 0x25848E, 0x23898E, 0x218E8D, 0x20928C, 0x1F978B, 0x1E9C89, 0x1FA188,
        0x21A585, 0x24AA83, 0x28AE80, 0x2EB37C, 0x35B779, 0x3DBC74, 0x46C06F, 0x50C46A, 0x5AC864, 0x65CB5E,
        0x70CF57, 0x7CD250, 0x89D548, 0x95D840, 0xA2DA37, 0xB0DD2F, 0xBDDF26, 0xCAE11F, 0xD8E219, 0xE5E419,
        0xF1E51D, 0xFDE725
    };

    /**
     * The colour of a place on the scale.
     *
     * @param share from 0, the least number, to 1, the largest; beyond them the colour is that of the end
     * @return an opaque colour
     */
    public abstract Color at(double share);

    private static Color mix(Color a, Color b, double share) {
        return new Color(
                (int) Math.round(a.getRed() + share * (b.getRed() - a.getRed())),
                (int) Math.round(a.getGreen() + share * (b.getGreen() - a.getGreen())),
                (int) Math.round(a.getBlue() + share * (b.getBlue() - a.getBlue())));
    }
}
