package parlab.charts.internal;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Writes an opaque picture as a PNG, quickly.
 *
 * <p>A chart is mostly flat colour, and most of its rows equal the one above. A general compressor has to
 * find that out byte by byte; here pixels are compared with the pixel before and the row above, many at a time, and what
 * is equal becomes one of Deflate's copies at once. Only the rest is written out: as indices into a palette
 * if it has 256 colours or fewer, as RGB if it has more.
 *
 * <p>The format is that of the PNG Specification (Third Edition), W3C Recommendation, 2025.
 *
 * <p>Stateless and thread-safe.
 */
public final class Png {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int COLOUR_RGB = 2;
    private static final int COLOUR_INDEXED = 3;
    private static final int RGB = 0xFFFFFF;

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
        Runs runs = new Runs(((DataBufferInt) image.getRaster().getDataBuffer()).getData(), width, height);
        Palette palette = Palette.of(runs);
        byte[] data = compressed(runs, palette);

        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length + 2000);
        out.writeBytes(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) 8).put((byte) (palette == null ? COLOUR_RGB : COLOUR_INDEXED));
        chunk(out, "IHDR", header.array());
        ByteBuffer resolution = ByteBuffer.allocate(9).putInt(pixelsPerMetre).putInt(pixelsPerMetre);
        chunk(out, "pHYs", resolution.put((byte) 1).array());
        if (palette != null) {
            chunk(out, "PLTE", palette.bytes());
        }
        chunk(out, "IDAT", data);
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** The rows, each after a filter type of 0, which means none. */
    private static byte[] compressed(Runs runs, Palette palette) {
        int bytesPerPixel = palette == null ? 3 : 1;
        int stride = 1 + bytesPerPixel * runs.width;
        // Deflate copies 3 bytes at least, and from 32768 back at most: rows may be too short or too long for it.
        boolean fromAbove = stride <= Deflate.WINDOW && stride >= Deflate.SHORTEST;
        Deflate out = new Deflate(runs.count);
        int pixel = 0;
        int equalRows = 0;
        for (int i = 0; i < runs.count; i++) {
            int token = runs.tokens[i];
            int length = Runs.length(token);
            int kind = Runs.kind(token);
            if (kind == Runs.ROW && fromAbove) {
                equalRows++;
                pixel += length;
                continue;
            }
            out.copy(equalRows * stride, stride);
            equalRows = 0;
            if (pixel % runs.width == 0) {
                out.literal(0);
            }
            int distance = switch (kind) {
                case Runs.BEFORE -> bytesPerPixel;
                case Runs.SEEN -> runs.distance(i, pixel, bytesPerPixel);
                default -> stride;
            };
            if (kind != Runs.LITERAL && distance <= Deflate.WINDOW && length * bytesPerPixel >= Deflate.SHORTEST) {
                out.copy(length * bytesPerPixel, distance);
            } else {
                for (int p = pixel; p < pixel + length; p++) {
                    int colour = runs.pixels[p] & RGB;
                    if (palette == null) {
                        out.literal(colour >> 16);
                        out.literal(colour >> 8 & 0xFF);
                        out.literal(colour & 0xFF);
                    } else {
                        out.literal(palette.index(colour));
                    }
                }
            }
            pixel += length;
        }
        out.copy(equalRows * stride, stride);
        return out.zlib(checksum(runs, palette));
    }

    /**
     * Adler-32 of the rows (RFC 1950, section 8.2), from runs of equal pixels: with k of them, a grows by k times
     * their sum, and b by an arithmetic series.
     */
    private static int checksum(Runs runs, Palette palette) {
        long modulus = 65521;
        long a = 1;
        long b = 0;
        long rowBytes = 1 + (palette == null ? 3L : 1L) * runs.width;
        long rowA = 0;
        long rowB = 0;
        for (int y = 0; y < runs.height; y++) {
            int start = y * runs.width;
            int end = start + runs.width;
            if (!runs.equalsAbove[y]) {
                // The row's own sums, as if a and b were 0 before it; its filter byte is 0.
                rowA = 0;
                rowB = 0;
                for (int x = start; x < end; ) {
                    long k = runs.equalFrom(x, end);
                    int p = runs.pixels[x] & RGB;
                    long first = p >> 16;
                    long sum = first + (p >> 8 & 0xFF) + (p & 0xFF);
                    long weighted = 2 * first + (p >> 8 & 0xFF) + sum;
                    long bytes = 3;
                    if (palette != null) {
                        sum = palette.index(p);
                        weighted = sum;
                        bytes = 1;
                    }
                    rowB += k * (bytes * rowA + weighted) + bytes * sum * (k * (k - 1) / 2);
                    rowA += k * sum;
                    x += (int) k;
                }
                rowA %= modulus;
                rowB %= modulus;
            }
            b = (b + rowBytes * a + rowB) % modulus;
            a = (a + rowA) % modulus;
        }
        return (int) (b << 16 | a);
    }

    /** The picture as copies of the pixel before or of the row above, and pixels that are neither. */
    private static final class Runs {

        static final int LITERAL = 0;
        static final int BEFORE = 1;
        static final int ABOVE = 2;
        static final int ROW = 3;
        static final int SEEN = 4;

        /** Shorter copies of what was seen further away cost as much as they save. */
        private static final int SHORTEST_SEEN = 3;

        private static final int HASH_BITS = 12;

        private final int[] pixels;
        private final int width;
        private final int height;
        private final boolean[] equalsAbove;

        /** Each: how many pixels, times 8, plus the kind. */
        private int[] tokens = new int[1 << 14];

        /** The first pixel of what each token copies, where it is of the kind {@link #SEEN}. */
        private int[] sources = new int[1 << 14];

        /** Where three such pixels in a row were last seen, plus 1, by their hash. */
        private final int[] seen = new int[1 << HASH_BITS];

        private int count;

        Runs(int[] pixels, int width, int height) {
            this.pixels = pixels;
            this.width = width;
            this.height = height;
            this.equalsAbove = new boolean[height];
            for (int y = 0; y < height; y++) {
                row(y);
            }
        }

        private void row(int y) {
            int start = y * width;
            int end = start + width;
            int literals = 0;
            for (int i = start; i < end; ) {
                int above = y == 0 ? 0 : same(i, end, width);
                if (above == width) {
                    equalsAbove[y] = true;
                    add(width, ROW);
                    return;
                }
                int before = i == start || pixels[i] != pixels[i - 1] ? 0 : same(i, end, 1);
                int length = Math.max(above, before);
                int source = length > 0 || end - i < SHORTEST_SEEN ? -1 : lastSeen(i);
                int again = source < 0 ? 0 : sameAs(source, i, end);
                if (again >= SHORTEST_SEEN) {
                    add(literals, LITERAL);
                    literals = 0;
                    add(again, SEEN);
                    sources[count - 1] = source;
                    i += again;
                } else if (length == 0) {
                    literals++;
                    i++;
                } else {
                    add(literals, LITERAL);
                    literals = 0;
                    add(length, before >= above ? BEFORE : ABOVE);
                    i += length;
                }
            }
            add(literals, LITERAL);
        }

        /** How many pixels from i on equal those so much before them. */
        private int same(int i, int end, int distance) {
            if (pixels[i] != pixels[i - distance]) {
                return 0;
            }
            int n = Arrays.mismatch(pixels, i, end, pixels, i - distance, end - distance);
            return n < 0 ? end - i : n;
        }

        /** Where these three pixels were last seen, and notes that they are here; -1 if nowhere. */
        private int lastSeen(int i) {
            int hash = (pixels[i] * 0x9E3779B1 ^ pixels[i + 1] * 0x85EBCA6B ^ pixels[i + 2] * 0xC2B2AE35)
                    >>> (32 - HASH_BITS);
            int last = seen[hash] - 1;
            seen[hash] = i + 1;
            return last >= 0 && i - last < Deflate.WINDOW / 3 - (i - last) / width - 1 ? last : -1;
        }

        /** How many pixels from i on equal those from the source on, within the rows of both. */
        private int sameAs(int source, int i, int end) {
            int most = Math.min(end - i, width - source % width);
            int n = Arrays.mismatch(pixels, i, i + most, pixels, source, source + most);
            return n < 0 ? most : n;
        }

        /** How many bytes lie between what a token copies and itself, which starts at the pixel. */
        int distance(int token, int pixel, int bytesPerPixel) {
            int source = sources[token];
            return (pixel - source) * bytesPerPixel + pixel / width - source / width;
        }

        static int length(int token) {
            return token >>> 3;
        }

        static int kind(int token) {
            return token & 7;
        }

        /** How many pixels from i on are equal to it, itself included. */
        int equalFrom(int i, int end) {
            return i + 1 == end ? 1 : 1 + same(i + 1, end, 1);
        }

        private void add(int length, int kind) {
            if (length > 0) {
                if (count == tokens.length) {
                    tokens = Arrays.copyOf(tokens, 2 * count);
                    sources = Arrays.copyOf(sources, 2 * count);
                }
                tokens[count++] = length << 3 | kind;
            }
        }
    }

    /** At most 256 colours and their indices. */
    private static final class Palette {

        private static final int MOST = 256;
        private static final int SLOTS = 1024;

        private final int[] colours = new int[MOST];
        private final int[] slots = new int[SLOTS];
        private int count;

        /** Null where there are too many colours. All that occur are among the literals. */
        static Palette of(Runs runs) {
            Palette palette = new Palette();
            int pixel = 0;
            for (int i = 0; i < runs.count; i++) {
                int length = Runs.length(runs.tokens[i]);
                if (Runs.kind(runs.tokens[i]) == Runs.LITERAL) {
                    for (int p = pixel; p < pixel + length; p++) {
                        if (!palette.add(runs.pixels[p] & RGB)) {
                            return null;
                        }
                    }
                }
                pixel += length;
            }
            return palette;
        }

        private boolean add(int colour) {
            int slot = slot(colour);
            if (slots[slot] == 0) {
                if (count == MOST) {
                    return false;
                }
                colours[count++] = colour;
                slots[slot] = count;
            }
            return true;
        }

        int index(int colour) {
            return slots[slot(colour)] - 1;
        }

        /** Open addressing; a slot holds an index plus 1. */
        private int slot(int colour) {
            int slot = (colour * 0x9E3779B1) >>> 22;
            while (slots[slot] != 0 && colours[slots[slot] - 1] != colour) {
                slot = (slot + 1) & (SLOTS - 1);
            }
            return slot;
        }

        byte[] bytes() {
            byte[] bytes = new byte[3 * count];
            for (int i = 0; i < count; i++) {
                bytes[3 * i] = (byte) (colours[i] >> 16);
                bytes[3 * i + 1] = (byte) (colours[i] >> 8);
                bytes[3 * i + 2] = (byte) colours[i];
            }
            return bytes;
        }
    }
}
