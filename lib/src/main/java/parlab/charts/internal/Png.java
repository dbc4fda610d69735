package parlab.charts.internal;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes an opaque picture as a PNG, quickly.
 *
 * <p>A chart is mostly flat colour: few colours, and rows that equal the one above. So up to 256 colours go
 * into a palette, which divides the bytes to compress by three, more go out as RGB; each row is stored as
 * its difference from the row above where that gains something; and the fastest level of Deflate is
 * enough. The format is that of the PNG Specification (Third Edition), W3C Recommendation, 2025.
 *
 * <p>Stateless and thread-safe.
 */
public final class Png {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int MAX_COLOURS = 256;
    private static final int COLOUR_RGB = 2;
    private static final int COLOUR_INDEXED = 3;
    private static final byte FILTER_NONE = 0;
    private static final byte FILTER_UP = 2;

    private Png() {}

    /**
     * Encodes the picture.
     *
     * @param image of type {@link BufferedImage#TYPE_INT_RGB}
     * @param pixelsPerMetre the resolution to declare, above 0
     * @return the file's bytes
     * @throws IllegalArgumentException if the picture is of another type
     */
    public static byte[] encode(BufferedImage image, int pixelsPerMetre) {
        if (image.getType() != BufferedImage.TYPE_INT_RGB) {
            throw new IllegalArgumentException("the picture must be of TYPE_INT_RGB, got type " + image.getType());
        }
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        Indexed indexed = Indexed.of(pixels);
        byte[] rows = indexed == null ? rgbRows(pixels, width, height) : indexedRows(indexed.indices, width, height);

        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
        out.writeBytes(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) 8).put((byte) (indexed == null ? COLOUR_RGB : COLOUR_INDEXED));
        chunk(out, "IHDR", header.array(), 13);
        ByteBuffer resolution = ByteBuffer.allocate(9).putInt(pixelsPerMetre).putInt(pixelsPerMetre);
        chunk(out, "pHYs", resolution.put((byte) 1).array(), 9);
        if (indexed != null) {
            chunk(out, "PLTE", indexed.palette, indexed.palette.length);
        }
        deflate(out, rows);
        chunk(out, "IEND", new byte[0], 0);
        return out.toByteArray();
    }

    /** Every row: its filter, then its bytes; a row equal to the one above is nothing but zeros. */
    private static byte[] indexedRows(byte[] indices, int width, int height) {
        byte[] rows = new byte[height * (width + 1)];
        int to = 0;
        for (int y = 0, from = 0; y < height; y++, from += width) {
            if (y > 0 && Arrays.equals(indices, from, from + width, indices, from - width, from)) {
                rows[to] = FILTER_UP;
            } else {
                // Indices are names, not quantities: their differences mean nothing, so they go as they are.
                rows[to] = FILTER_NONE;
                System.arraycopy(indices, from, rows, to + 1, width);
            }
            to += width + 1;
        }
        return rows;
    }

    private static byte[] rgbRows(int[] pixels, int width, int height) {
        int stride = 3 * width + 1;
        byte[] rows = new byte[height * stride];
        int to = 0;
        for (int y = 0, from = 0; y < height; y++, from += width) {
            if (y == 0) {
                rows[to++] = FILTER_NONE;
                for (int i = 0; i < width; i++) {
                    int p = pixels[i];
                    rows[to++] = (byte) (p >> 16);
                    rows[to++] = (byte) (p >> 8);
                    rows[to++] = (byte) p;
                }
            } else if (Arrays.equals(pixels, from, from + width, pixels, from - width, from)) {
                rows[to] = FILTER_UP;
                to += stride;
            } else {
                rows[to++] = FILTER_UP;
                for (int i = from; i < from + width; i++) {
                    int p = pixels[i];
                    int q = pixels[i - width];
                    if (p != q) {
                        rows[to] = (byte) ((p >> 16) - (q >> 16));
                        rows[to + 1] = (byte) ((p >> 8) - (q >> 8));
                        rows[to + 2] = (byte) (p - q);
                    }
                    to += 3;
                }
            }
        }
        return rows;
    }

    private static void deflate(ByteArrayOutputStream out, byte[] rows) {
        try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(rows);
            deflater.finish();
            byte[] buffer = new byte[1 << 16];
            while (!deflater.finished()) {
                int n = deflater.deflate(buffer);
                chunk(out, "IDAT", buffer, n);
            }
        }
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data, int length) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data, 0, length);
        out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
        out.writeBytes(name);
        out.write(data, 0, length);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** The picture as indices into a palette of at most 256 colours. */
    private static final class Indexed {

        private static final int SLOTS = 1024;

        private final byte[] indices;
        private final byte[] palette;

        private Indexed(byte[] indices, byte[] palette) {
            this.indices = indices;
            this.palette = palette;
        }

        /** Null where there are too many colours; open addressing, and runs of one colour cost one compare. */
        static Indexed of(int[] pixels) {
            byte[] indices = new byte[pixels.length];
            int[] colours = new int[MAX_COLOURS];
            int[] slots = new int[SLOTS];
            int count = 0;
            int previous = -1;
            byte index = 0;
            for (int i = 0; i < pixels.length; i++) {
                int pixel = pixels[i] & 0xFFFFFF;
                if (pixel != previous) {
                    previous = pixel;
                    int slot = (pixel * 0x9E3779B1) >>> 22;
                    while (slots[slot] != 0 && colours[slots[slot] - 1] != pixel) {
                        slot = (slot + 1) & (SLOTS - 1);
                    }
                    if (slots[slot] == 0) {
                        if (count == MAX_COLOURS) {
                            return null;
                        }
                        colours[count++] = pixel;
                        slots[slot] = count;
                    }
                    index = (byte) (slots[slot] - 1);
                }
                indices[i] = index;
            }
            byte[] palette = new byte[3 * count];
            for (int i = 0; i < count; i++) {
                palette[3 * i] = (byte) (colours[i] >> 16);
                palette[3 * i + 1] = (byte) (colours[i] >> 8);
                palette[3 * i + 2] = (byte) colours[i];
            }
            return new Indexed(indices, palette);
        }
    }
}
