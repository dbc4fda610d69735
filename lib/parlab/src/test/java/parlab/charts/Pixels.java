package parlab.charts;

import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;

/** Facts about a drawn figure, found by exact colour; coordinates are physical pixels. */
final class Pixels {

    static final Color BLUE = new Color(0x00, 0x72, 0xB2);
    static final Color ORANGE = new Color(0xE6, 0x9F, 0x00);
    static final Color GREEN = new Color(0x00, 0x9E, 0x73);
    static final Color VERMILLION = new Color(0xD5, 0x5E, 0x00);
    static final Color WAIT = new Color(0xE0, 0xE0, 0xE0);
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color REFERENCE = new Color(0x66, 0x66, 0x66);

    private final BufferedImage image;

    Pixels(Figure figure) {
        this.image = figure.image();
    }

    int width() {
        return image.getWidth();
    }

    int height() {
        return image.getHeight();
    }

    boolean is(int x, int y, Color colour) {
        return x >= 0
                && y >= 0
                && x < width()
                && y < height()
                && (image.getRGB(x, y) & 0xFFFFFF) == (colour.getRGB() & 0xFFFFFF);
    }

    int count(Color colour) {
        return count(colour, new Rectangle(0, 0, width(), height()));
    }

    int count(Color colour, Rectangle area) {
        int n = 0;
        for (int y = area.y; y < area.y + area.height; y++) {
            for (int x = area.x; x < area.x + area.width; x++) {
                n += is(x, y, colour) ? 1 : 0;
            }
        }
        return n;
    }

    /** The smallest rectangle that holds the colour; empty if it does not occur. */
    Rectangle box(Color colour) {
        return box(colour, new Rectangle(0, 0, width(), height()));
    }

    Rectangle box(Color colour, Rectangle area) {
        Rectangle box = new Rectangle();
        for (int y = area.y; y < area.y + area.height; y++) {
            for (int x = area.x; x < area.x + area.width; x++) {
                if (is(x, y, colour)) {
                    Rectangle pixel = new Rectangle(x, y, 1, 1);
                    box = box.isEmpty() ? pixel : box.union(pixel);
                }
            }
        }
        return box;
    }

    /** How many separate runs of the colour a row holds, ignoring those shorter than {@code least}. */
    int runs(Color colour, int y, int least) {
        int runs = 0;
        int length = 0;
        for (int x = 0; x <= width(); x++) {
            if (is(x, y, colour)) {
                length++;
            } else {
                runs += length >= least ? 1 : 0;
                length = 0;
            }
        }
        return runs;
    }

    /** The area below the legend, in which only data have the series' colours. */
    Rectangle below(int logicalY) {
        return new Rectangle(0, 2 * logicalY, width(), height() - 2 * logicalY);
    }
}
