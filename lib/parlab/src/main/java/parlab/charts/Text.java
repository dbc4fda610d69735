package parlab.charts;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.util.ArrayList;
import java.util.List;

/** The fonts of all charts, and text that is measured before it is drawn. Widths and heights are logical pixels. */
final class Text {
    static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);

    /** The axes' titles. */
    static final Font AXIS = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    /** Tick labels and the legend. */
    static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 13);

    /** Values and notes inside the plot. */
    static final Font NOTE = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    /** Where space is scarce. */
    static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

    /** The same measure at every scale of drawing, so that a layout does not depend on the resolution. */
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

    private Text() {}

    static double width(String text, Font font) {
        return text.isEmpty() ? 0 : font.getStringBounds(text, CONTEXT).getWidth();
    }

    /** The width of the widest of the texts, 0 if there is none. */
    static double widest(List<String> texts, Font font) {
        return texts.stream().mapToDouble(text -> width(text, font)).max().orElse(0);
    }

    /** From one baseline to the next. */
    static double lineHeight(Font font) {
        return Math.ceil(font.getSize2D() * 1.25);
    }

    /** From the baseline to the top of a digit, near enough to centre text by. */
    static double capHeight(Font font) {
        return font.getSize2D() * 0.73;
    }

    /** The text, or as much of its beginning as fits with an ellipsis. */
    static String fit(String text, Font font, double width) {
        if (width(text, font) <= width) {
            return text;
        }
        int length = text.length();
        while (length > 0 && width(shortened(text, length), font) > width) {
            length--;
        }
        return shortened(text, length);
    }

    /** The text, or as much of its beginning and its end as fits: names often differ at their ends only. */
    static String fitEnds(String text, Font font, double width) {
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

    /** The text, or that many characters of its beginning and an ellipsis; never half of a surrogate pair. */
    static String cut(String text, int length) {
        return text.length() <= length ? text : shortened(text, length);
    }

    private static String shortened(String text, int length) {
        int end = length > 0 && Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
        return text.substring(0, end).stripTrailing() + "…";
    }

    /**
     * Breaks a text at its spaces, hyphens and slashes into lines that fit, one or more; the last of them is shortened
     * if there is more text, and so is a single word that is too wide.
     */
    static List<String> wrap(String text, Font font, double width, int maxLines) {
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

    /** Draws a line in the current colour; of its width the share {@code align} lies left of x. */
    static void draw(Graphics2D g, String text, Font font, double x, double baseline, double align) {
        if (!text.isEmpty()) {
            g.setFont(font);
            g.drawString(text, (float) (x - align * width(text, font)), (float) baseline);
        }
    }

    /** The same, turned anticlockwise by that many radians around its anchor. */
    static void drawTurned(Graphics2D g, String text, Font font, double x, double y, double align, double angle) {
        AffineTransform here = g.getTransform();
        g.translate(x, y);
        g.rotate(-angle);
        draw(g, text, font, 0, 0, align);
        g.setTransform(here);
    }
}
