package parlab.pipelines.internal;

import java.util.Arrays;
import parlab.pipelines.BadImageException;

/**
 * A decoder of baseline JPEG files in plain Java, as ITU-T T.81 describes them, that yields the same pixels as the IJG's
 * library does: its accurate integer transform, its smooth chroma, its colour tables. That library is what the JDK, Pillow and
 * browsers decode with.
 *
 * <p>It exists for two reasons. The JDK's own reader crosses into native code for every row, and takes about three times as
 * long. And a damaged file is an error here, where that library fills the rest with grey and warns nobody who does not ask.
 *
 * <p>One object decodes one file. Not thread-safe.
 */
public final class JpegDecoder {
    private static final int[] ZIGZAG = {
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63
    };
    private static final int LOOKAHEAD = 9;

    /** {@code CR_RED[v]} and so on: what a chroma sample adds to a colour, as 16-bit fixed point where it is shared. */
    private static final int[] CR_RED = new int[256];

    private static final int[] CB_BLUE = new int[256];
    private static final int[] CR_GREEN = new int[256];
    private static final int[] CB_GREEN = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int x = i - 128;
            CR_RED[i] = (91881 * x + 32768) >> 16;
            CB_BLUE[i] = (116130 * x + 32768) >> 16;
            CR_GREEN[i] = -46802 * x;
            CB_GREEN[i] = -22554 * x + 32768;
        }
    }

    /** What this decoder leaves to another one; the image itself may be fine. */
    public static final class UnsupportedException extends Exception {
        private static final long serialVersionUID = 1;

        UnsupportedException(String message) {
            super(message);
        }
    }

    /** A Huffman code: a table for its short words, and for the long ones the largest word of each length. */
    private static final class Code {
        /** length << 8 | symbol, by the next bits; 0 for a longer word. */
        final int[] table = new int[1 << LOOKAHEAD];

        final int[] largest = new int[18];
        final int[] offset = new int[17];
        final byte[] symbols;

        Code(byte[] counts, byte[] symbols) throws BadImageException {
            this.symbols = symbols;
            int word = 0;
            int k = 0;
            for (int length = 1; length <= 16; length++) {
                int count = counts[length - 1] & 0xff;
                offset[length] = k - word;
                if (word + count > 1 << length) {
                    throw new BadImageException("damaged: a Huffman code with too many words");
                }
                for (int i = 0; i < count; i++, k++, word++) {
                    if (length <= LOOKAHEAD) {
                        int first = word << (LOOKAHEAD - length);
                        int last = first + (1 << (LOOKAHEAD - length));
                        Arrays.fill(table, first, last, length << 8 | (symbols[k] & 0xff));
                    }
                }
                largest[length] = count == 0 ? -1 : word - 1;
                word <<= 1;
            }
            largest[17] = Integer.MAX_VALUE;
        }
    }

    private static final class Component {
        int id;
        int horizontal;
        int vertical;
        int quantisation;
        Code dc;
        Code ac;
        int previous;
        int stride; // in samples
        int width; // samples that belong to the image, not to its padding
        int height;
        byte[] samples;
    }

    private final byte[] in;
    private int at;

    private final int[][] quantisation = new int[4][];
    private final Code[] dcCodes = new Code[4];
    private final Code[] acCodes = new Code[4];
    private Component[] components;
    private int width;
    private int height;
    private int restartInterval;
    private int adobeTransform = -1;

    private long bits;
    private int bitCount;
    private final int[] block = new int[64];
    private final int[] workspace = new int[64];

    private JpegDecoder(byte[] file) {
        in = file;
    }

    /** The dimensions in the header; nothing else is read, and nothing allocated. */
    public static int[] dimensions(byte[] file) throws BadImageException {
        JpegDecoder decoder = new JpegDecoder(file);
        decoder.begin();
        while (true) {
            int marker = decoder.marker();
            if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                decoder.need(7);
                int at = decoder.at;
                int h = decoder.word(at + 3);
                int w = decoder.word(at + 5);
                if (h == 0 || w == 0) {
                    throw new BadImageException("its header says " + w + " x " + h + " pixels");
                }
                return new int[] {w, h};
            }
            decoder.skipSegment(marker);
        }
    }

    /**
     * Decodes.
     *
     * @return red, green and blue, row by row
     */
    public static byte[] decode(byte[] file) throws BadImageException, UnsupportedException {
        try {
            return new JpegDecoder(file).decode();
        } catch (ArrayIndexOutOfBoundsException e) {
            // Every table is filled from the file: what it says and does not hold ends here.
            throw new BadImageException("damaged: a value out of range");
        }
    }

    private byte[] decode() throws BadImageException, UnsupportedException {
        begin();
        while (true) {
            int marker = marker();
            switch (marker) {
                case 0xc0, 0xc1 -> frame();
                case 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf ->
                    throw new UnsupportedException("not a baseline JPEG");
                case 0xc4 -> huffman();
                case 0xdb -> quantisation();
                case 0xdd -> {
                    need(4);
                    restartInterval = word(at + 2);
                    at += 4;
                }
                case 0xee -> adobe();
                case 0xda -> {
                    scan();
                    return components.length == 1 ? grey() : colour();
                }
                default -> skipSegment(marker);
            }
        }
    }

    // ---- markers

    private void begin() throws BadImageException {
        if (in.length < 4 || word(0) != 0xffd8) {
            throw new BadImageException("not a JPEG file: it does not begin as one");
        }
        at = 2;
    }

    private void need(int bytes) throws BadImageException {
        if (at + bytes > in.length) {
            throw new BadImageException("cut off: it ends after " + in.length + " bytes, in the middle of a header");
        }
    }

    private int word(int where) {
        return (in[where] & 0xff) << 8 | (in[where + 1] & 0xff);
    }

    private int marker() throws BadImageException {
        need(2);
        if (in[at] != (byte) 0xff) {
            throw new BadImageException("damaged: no marker where one must be, at byte " + at);
        }
        while (at < in.length && in[at] == (byte) 0xff) {
            at++;
        }
        need(1);
        int marker = in[at++] & 0xff;
        if (marker == 0xd9) {
            throw new BadImageException("it ends without an image");
        }
        need(2);
        return marker;
    }

    private int segmentEnd() throws BadImageException {
        int length = word(at);
        if (length < 2) {
            throw new BadImageException("damaged: a segment of " + length + " bytes");
        }
        need(length);
        return at + length;
    }

    private void skipSegment(int marker) throws BadImageException {
        if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) {
            throw new BadImageException("damaged: an unexpected marker " + Integer.toHexString(marker));
        }
        at = segmentEnd();
    }

    private void adobe() throws BadImageException {
        int end = segmentEnd();
        if (end - at >= 14 && in[at + 2] == 'A' && in[at + 3] == 'd' && in[at + 4] == 'o') {
            adobeTransform = in[at + 13] & 0xff;
        }
        at = end;
    }

    private void quantisation() throws BadImageException {
        int end = segmentEnd();
        at += 2;
        while (at < end) {
            int kind = in[at++] & 0xff;
            int size = kind >> 4 == 0 ? 1 : 2;
            if (kind >> 4 > 1 || (kind & 15) > 3 || at + 64 * size > end) {
                throw new BadImageException("damaged: a quantisation table that is none");
            }
            int[] table = new int[64];
            for (int i = 0; i < 64; i++, at += size) {
                table[ZIGZAG[i]] = size == 1 ? in[at] & 0xff : word(at);
            }
            quantisation[kind & 15] = table;
        }
    }

    private void huffman() throws BadImageException {
        int end = segmentEnd();
        at += 2;
        while (at < end) {
            int kind = in[at] & 0xff;
            if (kind >> 4 > 1 || (kind & 15) > 3 || at + 17 > end) {
                throw new BadImageException("damaged: a Huffman table that is none");
            }
            byte[] counts = Arrays.copyOfRange(in, at + 1, at + 17);
            int total = 0;
            for (byte count : counts) {
                total += count & 0xff;
            }
            at += 17;
            if (total > 256 || at + total > end) {
                throw new BadImageException("damaged: a Huffman table that is too long");
            }
            Code code = new Code(counts, Arrays.copyOfRange(in, at, at + total));
            (kind >> 4 == 0 ? dcCodes : acCodes)[kind & 15] = code;
            at += total;
        }
    }

    private void frame() throws BadImageException, UnsupportedException {
        int end = segmentEnd();
        if (components != null) {
            throw new BadImageException("damaged: a second frame");
        }
        need(8);
        if (in[at + 2] != 8) {
            throw new UnsupportedException("not 8 bits a sample");
        }
        height = word(at + 3);
        width = word(at + 5);
        int count = in[at + 7] & 0xff;
        if (height == 0 || width == 0 || at + 8 + 3 * count > end) {
            throw new BadImageException("damaged: a frame of " + width + " x " + height + " pixels");
        }
        if (count != 1 && count != 3) {
            throw new UnsupportedException(count + " components");
        }
        components = new Component[count];
        for (int c = 0; c < count; c++) {
            Component component = new Component();
            component.id = in[at + 8 + 3 * c] & 0xff;
            component.horizontal = (in[at + 9 + 3 * c] & 0xff) >> 4;
            component.vertical = in[at + 9 + 3 * c] & 15;
            component.quantisation = in[at + 10 + 3 * c] & 3;
            components[c] = component;
        }
        at = end;
        supported();
        layOut();
    }

    /** Whether chroma is as fine as luma, or half as fine both ways; other files are rare. */
    private void supported() throws UnsupportedException {
        Component luma = components[0];
        if (components.length == 1) {
            luma.horizontal = 1;
            luma.vertical = 1;
            return;
        }
        boolean halved = luma.horizontal == 2 && luma.vertical == 2;
        boolean full = luma.horizontal == 1 && luma.vertical == 1;
        for (int c = 1; c < 3; c++) {
            halved &= components[c].horizontal == 1 && components[c].vertical == 1;
            full &= components[c].horizontal == 1 && components[c].vertical == 1;
        }
        if ((!halved && !full) || (halved && (width + 1) / 2 <= 2)) {
            throw new UnsupportedException("chroma of an unusual resolution");
        }
        boolean rgb = components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B';
        if (adobeTransform == 0 || (rgb && adobeTransform < 0)) {
            throw new UnsupportedException("not in luma and chroma");
        }
    }

    private void layOut() {
        int unit = 8 * components[0].horizontal;
        int across = (width + unit - 1) / unit;
        int down = (height + unit - 1) / unit;
        for (Component component : components) {
            component.stride = across * 8 * component.horizontal;
            component.samples = new byte[component.stride * down * 8 * component.vertical];
            component.width = component == components[0] ? width : (width * 8 + unit - 1) / unit;
            component.height = component == components[0] ? height : (height * 8 + unit - 1) / unit;
        }
    }

    // ---- the scan

    private void scan() throws BadImageException, UnsupportedException {
        int end = segmentEnd();
        if (components == null) {
            throw new BadImageException("damaged: a scan before its frame");
        }
        int count = in[at + 2] & 0xff;
        if (count != components.length) {
            throw new UnsupportedException("components in scans of their own");
        }
        for (int c = 0; c < count; c++) {
            Component component = components[c];
            int codes = in[at + 4 + 2 * c] & 0xff;
            component.dc = dcCodes[codes >> 4 & 3];
            component.ac = acCodes[codes & 3];
            if (component.id != (in[at + 3 + 2 * c] & 0xff)
                    || component.dc == null
                    || component.ac == null
                    || quantisation[component.quantisation] == null) {
                throw new BadImageException("damaged: a component without its tables");
            }
        }
        at = end;
        int unit = 8 * components[0].horizontal;
        int across = (width + unit - 1) / unit;
        int down = (height + unit - 1) / unit;
        int next = 0;
        int left = restartInterval;
        for (int y = 0; y < down; y++) {
            for (int x = 0; x < across; x++) {
                if (restartInterval > 0 && left-- == 0) {
                    restart(next++ & 7);
                    left = restartInterval - 1;
                }
                for (Component component : components) {
                    for (int v = 0; v < component.vertical; v++) {
                        for (int h = 0; h < component.horizontal; h++) {
                            int row = (y * component.vertical + v) * 8;
                            int column = (x * component.horizontal + h) * 8;
                            block(component, row * component.stride + column);
                        }
                    }
                }
            }
        }
        end();
    }

    private void restart(int number) throws BadImageException {
        drop();
        if (at + 1 >= in.length || in[at] != (byte) 0xff || (in[at + 1] & 0xff) != 0xd0 + number) {
            throw new BadImageException("damaged: no restart marker at byte " + at);
        }
        at += 2;
        for (Component component : components) {
            component.previous = 0;
        }
    }

    /** What is left of the last byte; bytes that were read ahead are given back. */
    private void drop() throws BadImageException {
        if (bitCount < 0) {
            throw cutOff();
        }
        for (int ahead = bitCount / 8; ahead > 0; ahead--) {
            at--;
            if (in[at] == 0 && in[at - 1] == (byte) 0xff) {
                at--;
            }
        }
        bits = 0;
        bitCount = 0;
    }

    private void end() throws BadImageException {
        drop();
        if (at + 1 >= in.length) {
            throw new BadImageException("cut off: it has no end");
        }
        if (in[at] != (byte) 0xff || (in[at + 1] & 0xff) != 0xd9) {
            throw new BadImageException("damaged: something else where its end must be, at byte " + at);
        }
    }

    private BadImageException cutOff() {
        return at >= in.length
                ? new BadImageException("cut off: it ends after " + in.length + " bytes, in the middle of the image")
                : new BadImageException("damaged: a marker in the middle of the image, at byte " + at);
    }

    /** At least 32 bits, unless the data end; then fewer, and the count tells when they are overdrawn. */
    private void fill() {
        while (bitCount <= 48 && at < in.length) {
            int next = in[at] & 0xff;
            if (next == 0xff) {
                if (at + 1 >= in.length || in[at + 1] != 0) {
                    return; // a marker: the data end here
                }
                at++;
            }
            at++;
            bits |= (long) next << (56 - bitCount);
            bitCount += 8;
        }
    }

    private int symbol(Code code) throws BadImageException {
        if (bitCount < 32) {
            fill();
        }
        int entry = code.table[(int) (bits >>> (64 - LOOKAHEAD))];
        if (entry != 0) {
            int length = entry >> 8;
            bits <<= length;
            bitCount -= length;
            return entry & 0xff;
        }
        int word = (int) (bits >>> (64 - LOOKAHEAD));
        int length = LOOKAHEAD;
        do {
            length++;
            word = (int) (bits >>> (64 - length));
        } while (word > code.largest[length]);
        if (length > 16) {
            throw new BadImageException("damaged: a word that its Huffman code does not have");
        }
        bits <<= length;
        bitCount -= length;
        return code.symbols[code.offset[length] + word] & 0xff;
    }

    /** A number of so many bits, from 1 to 16, in the file's way of writing negative ones. */
    private int number(int length) {
        if (bitCount < length) {
            fill();
        }
        int value = (int) (bits >>> (64 - length));
        bits <<= length;
        bitCount -= length;
        return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
    }

    private void block(Component component, int target) throws BadImageException {
        int[] table = quantisation[component.quantisation];
        int size = symbol(component.dc);
        if (size > 11) {
            throw new BadImageException("damaged: a difference of " + size + " bits");
        }
        component.previous += size == 0 ? 0 : number(size);
        int[] coefficients = block;
        boolean flat = true;
        Code ac = component.ac;
        for (int k = 1; k < 64; k++) {
            int symbol = symbol(ac);
            int length = symbol & 15;
            if (length == 0) {
                if (symbol != 0xf0) {
                    break; // end of block
                }
                k += 15;
                continue;
            }
            k += symbol >> 4;
            if (k > 63) {
                throw new BadImageException("damaged: a block of more than 64 values");
            }
            if (flat) {
                Arrays.fill(coefficients, 0);
                flat = false;
            }
            int place = ZIGZAG[k];
            coefficients[place] = number(length) * table[place];
        }
        if (bitCount < 0) {
            throw cutOff();
        }
        int dc = component.previous * table[0];
        if (flat) {
            byte value = (byte) clamp((((dc << 2) + 16) >> 5) + 128);
            for (int y = 0, to = target; y < 8; y++, to += component.stride) {
                Arrays.fill(component.samples, to, to + 8, value);
            }
        } else {
            coefficients[0] = dc;
            transform(coefficients, workspace, component.samples, target, component.stride);
        }
    }

    // ---- the inverse cosine transform: Loeffler, Ligtenberg and Moschytz, 13-bit constants, as the IJG's jidctint

    private static void transform(int[] in, int[] mid, byte[] out, int target, int stride) {
        for (int c = 0; c < 8; c++) {
            int a1 = in[c + 8];
            int a2 = in[c + 16];
            int a3 = in[c + 24];
            int a4 = in[c + 32];
            int a5 = in[c + 40];
            int a6 = in[c + 48];
            int a7 = in[c + 56];
            if ((a1 | a2 | a3 | a4 | a5 | a6 | a7) == 0) {
                int flat = in[c] << 2;
                for (int r = 0; r < 64; r += 8) {
                    mid[c + r] = flat;
                }
                continue;
            }
            int z = (a2 + a6) * 4433;
            int t2 = z - a6 * 15137;
            int t3 = z + a2 * 6270;
            int t0 = (in[c] + a4) << 13;
            int t1 = (in[c] - a4) << 13;
            int e0 = t0 + t3 + 1024;
            int e3 = t0 - t3 + 1024;
            int e1 = t1 + t2 + 1024;
            int e2 = t1 - t2 + 1024;
            int z5 = (a7 + a3 + a5 + a1) * 9633;
            int z1 = (a7 + a1) * -7373;
            int z2 = (a5 + a3) * -20995;
            int z3 = (a7 + a3) * -16069 + z5;
            int z4 = (a5 + a1) * -3196 + z5;
            int o0 = a7 * 2446 + z1 + z3;
            int o1 = a5 * 16819 + z2 + z4;
            int o2 = a3 * 25172 + z2 + z3;
            int o3 = a1 * 12299 + z1 + z4;
            mid[c] = (e0 + o3) >> 11;
            mid[c + 56] = (e0 - o3) >> 11;
            mid[c + 8] = (e1 + o2) >> 11;
            mid[c + 48] = (e1 - o2) >> 11;
            mid[c + 16] = (e2 + o1) >> 11;
            mid[c + 40] = (e2 - o1) >> 11;
            mid[c + 24] = (e3 + o0) >> 11;
            mid[c + 32] = (e3 - o0) >> 11;
        }
        for (int r = 0, to = target; r < 64; r += 8, to += stride) {
            int a1 = mid[r + 1];
            int a2 = mid[r + 2];
            int a3 = mid[r + 3];
            int a4 = mid[r + 4];
            int a5 = mid[r + 5];
            int a6 = mid[r + 6];
            int a7 = mid[r + 7];
            int z = (a2 + a6) * 4433;
            int t2 = z - a6 * 15137;
            int t3 = z + a2 * 6270;
            int t0 = (mid[r] + a4) << 13;
            int t1 = (mid[r] - a4) << 13;
            // The rounding of the shift by 18, and the shift of samples by 128, at once.
            int bias = (1 << 17) + (128 << 18);
            int e0 = t0 + t3 + bias;
            int e3 = t0 - t3 + bias;
            int e1 = t1 + t2 + bias;
            int e2 = t1 - t2 + bias;
            int z5 = (a7 + a3 + a5 + a1) * 9633;
            int z1 = (a7 + a1) * -7373;
            int z2 = (a5 + a3) * -20995;
            int z3 = (a7 + a3) * -16069 + z5;
            int z4 = (a5 + a1) * -3196 + z5;
            int o0 = a7 * 2446 + z1 + z3;
            int o1 = a5 * 16819 + z2 + z4;
            int o2 = a3 * 25172 + z2 + z3;
            int o3 = a1 * 12299 + z1 + z4;
            out[to] = (byte) clamp((e0 + o3) >> 18);
            out[to + 7] = (byte) clamp((e0 - o3) >> 18);
            out[to + 1] = (byte) clamp((e1 + o2) >> 18);
            out[to + 6] = (byte) clamp((e1 - o2) >> 18);
            out[to + 2] = (byte) clamp((e2 + o1) >> 18);
            out[to + 5] = (byte) clamp((e2 - o1) >> 18);
            out[to + 3] = (byte) clamp((e3 + o0) >> 18);
            out[to + 4] = (byte) clamp((e3 - o0) >> 18);
        }
    }

    private static int clamp(int value) {
        // Nearly always within; then this is one comparison.
        return (value & ~255) == 0 ? value : value < 0 ? 0 : 255;
    }

    // ---- pixels

    private byte[] grey() {
        byte[] rgb = new byte[3 * width * height];
        Component luma = components[0];
        for (int y = 0, to = 0; y < height; y++) {
            for (int x = 0, from = y * luma.stride; x < width; x++, to += 3) {
                byte value = luma.samples[from + x];
                rgb[to] = value;
                rgb[to + 1] = value;
                rgb[to + 2] = value;
            }
        }
        return rgb;
    }

    private byte[] colour() {
        byte[] rgb = new byte[3 * width * height];
        Component luma = components[0];
        Component blue = components[1];
        Component red = components[2];
        boolean halved = luma.horizontal == 2;
        byte[] blueRow = new byte[width + 2];
        byte[] redRow = new byte[width + 2];
        for (int y = 0; y < height; y++) {
            if (halved) {
                smooth(blue, y, blueRow);
                smooth(red, y, redRow);
            } else {
                System.arraycopy(blue.samples, y * blue.stride, blueRow, 0, width);
                System.arraycopy(red.samples, y * red.stride, redRow, 0, width);
            }
            convert(luma.samples, y * luma.stride, blueRow, redRow, rgb, 3 * y * width, width);
        }
        return rgb;
    }

    private static void convert(
            byte[] luma, int from, byte[] blueRow, byte[] redRow, byte[] rgb, int target, int width) {
        for (int x = 0, to = target; x < width; x++, to += 3) {
            int l = luma[from + x] & 0xff;
            int cb = blueRow[x] & 0xff;
            int cr = redRow[x] & 0xff;
            rgb[to] = (byte) clamp(l + CR_RED[cr]);
            rgb[to + 1] = (byte) clamp(l + ((CB_GREEN[cb] + CR_GREEN[cr]) >> 16));
            rgb[to + 2] = (byte) clamp(l + CB_BLUE[cb]);
        }
    }

    /** One row of chroma at full resolution: three parts of the nearer sample and one of the farther, both ways. */
    private static void smooth(Component component, int y, byte[] out) {
        int near = y / 2;
        int far = Math.clamp(near + (y % 2 == 0 ? -1 : 1), 0, component.height - 1);
        byte[] samples = component.samples;
        int a = near * component.stride;
        int b = far * component.stride;
        int last = component.width - 1;
        int here = 3 * (samples[a] & 0xff) + (samples[b] & 0xff);
        int next = 3 * (samples[a + 1] & 0xff) + (samples[b + 1] & 0xff);
        int before;
        out[0] = (byte) ((here * 4 + 8) >> 4);
        out[1] = (byte) ((here * 3 + next + 7) >> 4);
        for (int x = 1; x < last; x++) {
            before = here;
            here = next;
            next = 3 * (samples[a + x + 1] & 0xff) + (samples[b + x + 1] & 0xff);
            out[2 * x] = (byte) ((here * 3 + before + 8) >> 4);
            out[2 * x + 1] = (byte) ((here * 3 + next + 7) >> 4);
        }
        out[2 * last] = (byte) ((next * 3 + here + 8) >> 4);
        out[2 * last + 1] = (byte) ((next * 4 + 7) >> 4);
    }
}
