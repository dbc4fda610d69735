package parlab.charts;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/**
 * PNG files (W3C, <i>Portable Network Graphics Specification</i>). Charts have few colours: where a palette holds them,
 * the format's four chunks are put together here, around what {@link Deflater} makes of the pixels; all other pictures
 * go to ImageIO. That fetches pixels one by one and tries five filters on each row of true colour, which on two by two
 * pixels for each of the chart's takes longer than XChart needs for its whole chart.
 */
final class Png {
    /** A palette's size in PNG. */
    private static final int MOST = 256;

    /** A colour of so many pixels is one of an area; of fewer, one on the edge of a letter or a line. */
    private static final int AREA = 32;

    /**
     * How far apart two colours may be, in 8 bits of red, green and blue, that look the same in an area or on an edge.
     */
    private static final int SAME_IN_AREA = 3;

    private static final int SAME_ON_EDGE = 10;

    private static final int COMPRESSION = 1;

    private Png() {}

    /** The palette, and the place there of each colour of the picture. */
    private record Table(List<Integer> palette, Map<Integer, Integer> places) {}

    /** Returns the file's bytes; the image is of {@link BufferedImage#TYPE_INT_RGB}. */
    static byte[] encode(BufferedImage image) {
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int width = image.getWidth();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            Optional<Table> table = table(counts(pixels, width));
            if (table.isEmpty()) {
                ImageIO.write(image, "png", bytes);
            } else {
                DataOutputStream out = new DataOutputStream(bytes);
                out.writeLong(0x89504E47_0D0A1A0AL);
                ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(image.getHeight());
                chunk(out, "IHDR", header.put(new byte[] {8, 3, 0, 0, 0}).array()); // 8 bits, with a palette
                ByteBuffer palette = ByteBuffer.allocate(3 * table.get().palette.size());
                for (int colour : table.get().palette) {
                    palette.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
                }
                chunk(out, "PLTE", palette.array());
                chunk(out, "IDAT", rows(pixels, width, table.get().places));
                chunk(out, "IEND", new byte[0]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the chart could not be written as a PNG", e);
        }
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeInt(data.length);
        out.write(name);
        out.write(data);
        out.writeInt((int) checksum.getValue());
    }

    /** How often each colour occurs, rows that repeat the one above aside. */
    private static Map<Integer, int[]> counts(int[] pixels, int width) {
        Map<Integer, int[]> counts = new HashMap<>();
        for (int start = 0; start < pixels.length; start += width) {
            if (repeats(pixels, start, width)) {
                continue;
            }
            int first = start; // of the pixels of one colour
            for (int i = start + 1; i <= start + width; i++) {
                if (i == start + width || pixels[i] != pixels[first]) {
                    counts.computeIfAbsent(pixels[first], colour -> new int[1])[0] += i - first;
                    first = i;
                }
            }
        }
        return counts;
    }

    /**
     * A table of the colours, if there is room. Of more than 256, as on the edges of lines in several colours, a rarer
     * one gives way to a more frequent one that looks the same; where that is not enough, as on a heat map's scale,
     * there is no room.
     */
    private static Optional<Table> table(Map<Integer, int[]> counts) {
        List<Integer> colours = new ArrayList<>(counts.keySet());
        colours.sort(Comparator.<Integer>comparingInt(colour -> -counts.get(colour)[0])
                .thenComparing(Comparator.naturalOrder()));
        List<Integer> palette = new ArrayList<>();
        Map<Integer, Integer> places = new HashMap<>();
        for (int colour : colours) {
            int same = counts.get(colour)[0] >= AREA ? SAME_IN_AREA : SAME_ON_EDGE;
            int near = colours.size() <= MOST ? 0 : same * same;
            int place = 0;
            while (place < palette.size() && distance(palette.get(place), colour) > near) {
                place++;
            }
            if (place == MOST) {
                return Optional.empty();
            }
            if (place == palette.size()) {
                palette.add(colour);
            }
            places.put(colour, place);
        }
        return Optional.of(new Table(palette, places));
    }

    /** The pixels' places in the palette, row by row, each after a 0 for "no filter", compressed. */
    private static byte[] rows(int[] pixels, int width, Map<Integer, Integer> places) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] row = new byte[1 + width];
        Deflater deflater = new Deflater(COMPRESSION);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater, 1 << 16)) {
            for (int start = 0; start < pixels.length; start += width) {
                if (!repeats(pixels, start, width)) {
                    byte place = 0;
                    for (int i = 0; i < width; i++) {
                        int colour = pixels[start + i];
                        if (i == 0 || colour != pixels[start + i - 1]) {
                            place = places.get(colour).byteValue();
                        }
                        row[1 + i] = place;
                    }
                }
                out.write(row);
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /** Whether the row that begins there is the same as the one above. */
    private static boolean repeats(int[] pixels, int start, int width) {
        return start > 0 && Arrays.equals(pixels, start - width, start, pixels, start, start + width);
    }

    /** The square of how far apart two colours are. */
    private static int distance(int a, int b) {
        int red = (a >> 16 & 0xFF) - (b >> 16 & 0xFF);
        int green = (a >> 8 & 0xFF) - (b >> 8 & 0xFF);
        int blue = (a & 0xFF) - (b & 0xFF);
        return red * red + green * green + blue * blue;
    }
}
