package parlab.charts.internal;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.util.ArrayList;
import java.util.List;

/** The fonts of all charts, and text that is measured before it is drawn. */
public final class Text {

    /** The chart's title. */
    public static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);

    /** The axes' titles. */
    public static final Font AXIS = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    /** Tick labels and the legend. */
    public static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 13);

    /** Values and notes inside the plot. */
    public static final Font NOTE = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    /** Where space is scarce. */
    public static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

    /** The same measure at every scale of drawing, so that a layout does not depend on the resolution. */
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

    private Text() {}

    /**
     * How wide a text is.
     *
     * @param text one line
     * @param font its font
     * @return logical pixels
     */
    public static double width(String text, Font font) {
        return text.isEmpty() ? 0 : font.getStringBounds(text, CONTEXT).getWidth();
    }

    /**
     * From one baseline to the next.
     *
     * @param font the font
     * @return logical pixels
     */
    public static double lineHeight(Font font) {
        return Math.ceil(font.getSize2D() * 1.25);
    }

    /**
     * From the baseline to the top of a digit, near enough to centre text by.
     *
     * @param font the font
     * @return logical pixels
     */
    public static double capHeight(Font font) {
        return font.getSize2D() * 0.73;
    }

    /**
     * The text, or as much of its beginning as fits with an ellipsis.
     *
     * @param text one line
     * @param font its font
     * @param width logical pixels to fit in
     * @return a text that fits, or the ellipsis alone
     */
    public static String fit(String text, Font font, double width) {
        if (width(text, font) <= width) {
            return text;
        }
        int low = 0;
        int high = text.length();
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (width(shortened(text, middle), font) <= width) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return shortened(text, low);
    }

    /**
     * The text, or as much of its beginning and its end as fits: names often differ at their ends only.
     *
     * @param text one line
     * @param font its font
     * @param width logical pixels to fit in
     * @return a text that fits, or the ellipsis alone
     */
    public static String fitEnds(String text, Font font, double width) {
        if (width(text, font) <= width) {
            return text;
        }
        int from = text.length();
        while (from > 0 && width(text.substring(from - 1), font) < 0.4 * width) {
            from--;
        }
        if (from < text.length() && Character.isLowSurrogate(text.charAt(from))) {
            from++;
        }
        String tail = text.substring(from);
        return fit(text, font, width - width(tail, font)) + tail.stripLeading();
    }

    /**
     * The beginning of a text, with an ellipsis; never half of a surrogate pair.
     *
     * @param text any text
     * @param length how many characters to keep, at most
     * @return the text itself if it is no longer than that
     */
    public static String cut(String text, int length) {
        return text.length() <= length ? text : shortened(text, length);
    }

    private static String shortened(String text, int length) {
        int end = length > 0 && Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
        return text.substring(0, end).stripTrailing() + "…";
    }

    /**
     * Breaks a text at its spaces, hyphens and slashes into lines that fit.
     *
     * @param text any text
     * @param font its font
     * @param width logical pixels to fit in
     * @param maxLines 1 or more; the last of them is shortened if there is more text
     * @return one line or more; a single word wider than the width is shortened
     */
    public static List<String> wrap(String text, Font font, double width, int maxLines) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (!rest.isEmpty() && lines.size() < maxLines - 1 && width(rest, font) > width) {
            int end = 0;
            for (int i = 1; i < rest.length(); i++) {
                boolean space = rest.charAt(i) == ' ';
                boolean after = rest.charAt(i - 1) == '-' || rest.charAt(i - 1) == '/';
                if ((space || after) && width(rest.substring(0, i).stripTrailing(), font) <= width) {
                    end = i;
                }
            }
            if (end == 0) {
                break;
            }
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).strip();
        }
        lines.add(fit(rest, font, width));
        return lines;
    }

    /**
     * Draws a line of text in the current colour.
     *
     * @param g where to
     * @param text one line
     * @param font its font
     * @param x the anchor
     * @param baseline where the letters stand
     * @param align which share of the text lies left of the anchor: 0 starts there, 0.5 centres, 1 ends there
     */
    public static void draw(Graphics2D g, String text, Font font, double x, double baseline, double align) {
        if (!text.isEmpty()) {
            g.setFont(font);
            g.drawString(text, (float) (x - align * width(text, font)), (float) baseline);
        }
    }
}
