package parlab.pipelines.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import parlab.pipelines.BadImageException;

/**
 * A decoder of baseline JPEG files in plain Java, as ITU-T T.81 describes them, that yields the same pixels as the IJG's
 * library does: its accurate integer transform, its smooth chroma, its colour tables. That library is what the JDK, Pillow and
 * browsers decode with.
 *
 * <p>It exists for two reasons. The JDK's own reader crosses into native code for every row, and takes several times as
 * long. And a damaged file is an error here, where that library fills the rest with grey and warns nobody who does not ask.
 *
 * <p>One object decodes one file. Not thread-safe.
 */
public final class JpegDecoder {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** What this decoder leaves to another one; the image itself may be fine. */
    public static final class UnsupportedException extends Exception {
        private static final long serialVersionUID = 1;

        UnsupportedException(String message) {
            super(message);
        }
    }

    private static final class Component {
        int id;
        int horizontal;
        int vertical;
        int quantisation;
        HuffmanCode dc;
        HuffmanCode ac;
        int previous;
        int[] steps; // of the quantisation, in zigzag order
        Plane plane;
    }

    private final byte[] in;
    private int at;

    private final int[][] quantisation = new int[4][];
    private final HuffmanCode[] dcCodes = new HuffmanCode[4];
    private final HuffmanCode[] acCodes = new HuffmanCode[4];
    private Component[] components;
    private int width;
    private int height;
    private int restartInterval;
    private int adobeTransform = -1;

    private long bits;
    private int bitCount;
    private final BlockTransform transform = new BlockTransform();

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
        return columns(file).rgb();
    }

    /**
     * Decodes and scales, as {@link BoxScaler} would scale the decoded image; which takes less time and memory than both.
     *
     * @return red, green and blue, row by row
     */
    public static byte[] scaled(byte[] file, int newWidth, int newHeight)
            throws BadImageException, UnsupportedException {
        return columns(file).scaled(newWidth, newHeight);
    }

    private static Columns columns(byte[] file) throws BadImageException, UnsupportedException {
        try {
            return new JpegDecoder(file).decode();
        } catch (ArrayIndexOutOfBoundsException e) {
            // Every table is filled from the file: what it says and does not hold ends here.
            throw new BadImageException("damaged: a value out of range");
        }
    }

    private Columns decode() throws BadImageException, UnsupportedException {
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
                    return new Columns(
                            width,
                            height,
                            Arrays.stream(components).map(c -> c.plane).toArray(Plane[]::new));
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
                table[i] = size == 1 ? in[at] & 0xff : word(at);
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
            boolean means = kind >> 4 == 0;
            HuffmanCode code = new HuffmanCode(counts, Arrays.copyOfRange(in, at, at + total), means);
            (means ? dcCodes : acCodes)[kind & 15] = code;
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
            int scale = components[0].horizontal / component.horizontal;
            component.plane = new Plane(
                    (width + scale - 1) / scale,
                    (height + scale - 1) / scale,
                    across * 8 * component.horizontal,
                    down * 8 * component.vertical,
                    scale == 1);
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
            component.steps = quantisation[component.quantisation];
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
                            block(component, x * component.horizontal + h, y * component.vertical + v);
                        }
                    }
                }
            }
        }
        end();
        transform.flush();
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

    private void block(Component component, int across, int down) throws BadImageException {
        component.previous += difference(component.dc);
        if (values(component.ac, component.steps)) {
            transform.add(0, component.previous * component.steps[0]);
            transform.end(component.plane, across, down);
        } else {
            int value = (((component.previous * component.steps[0]) << 2) + 16) >> 5;
            component.plane.fill(across, down, Math.clamp(value, -128, 127));
        }
        if (bitCount < 0) {
            throw cutOff();
        }
    }

    /** What the block's mean is more than that of the block before. */
    private int difference(HuffmanCode code) throws BadImageException {
        if (bitCount < 32) {
            fill();
        }
        int entry = code.table[(int) (bits >>> (64 - HuffmanCode.LOOKAHEAD))];
        if (entry == 0) {
            entry = code.search(bits);
        }
        bits <<= entry & 0xff;
        bitCount -= entry & 0xff;
        int size = entry >> 12 & 15;
        if (size == 0) {
            return entry >> 16;
        }
        int number = (int) (bits >>> (64 - size));
        bits <<= size;
        bitCount -= size;
        return HuffmanCode.signed(number, size);
    }

    /**
     * The block's other values. Here most of a decoder's time goes; so what is read is kept in local variables, and four bytes are
     * taken at once where none of them is special.
     *
     * @return whether there are any that are not zero
     */
    private boolean values(HuffmanCode code, int[] steps) throws BadImageException {
        byte[] file = in;
        int[] table = code.table;
        int here = at;
        long ahead = bits;
        int count = bitCount;
        boolean any = false;
        int k = 1;
        while (k < 64) {
            if (count < 32) {
                int four = here + 4 <= file.length ? (int) INT.get(file, here) : -1;
                if ((four & (~four - 0x01010101) & 0x80808080) == 0) { // no byte of ones
                    ahead |= (four & 0xffffffffL) << (32 - count);
                    count += 32;
                    here += 4;
                } else {
                    at = here;
                    bits = ahead;
                    bitCount = count;
                    fill();
                    here = at;
                    ahead = bits;
                    count = bitCount;
                }
            }
            int entry = table[(int) (ahead >>> (64 - HuffmanCode.LOOKAHEAD))];
            if (entry == 0) {
                entry = code.search(ahead);
            }
            ahead <<= entry & 0xff;
            count -= entry & 0xff;
            int value = entry >> 16;
            if (value == 0) {
                int size = entry >> 12 & 15;
                if (size == 0) {
                    if ((entry & 0xf00) != 0xf00) {
                        break; // the others are zero
                    }
                    k += 16;
                    continue;
                }
                value = HuffmanCode.signed((int) (ahead >>> (64 - size)), size);
                ahead <<= size;
                count -= size;
            }
            k += entry >> 8 & 15;
            if (k > 63) {
                throw new BadImageException("damaged: a block of more than 64 values");
            }
            transform.add(k, value * steps[k]);
            any = true;
            k++;
        }
        at = here;
        bits = ahead;
        bitCount = count;
        return any;
    }
}
