package parlab.pipelines;

import java.util.Arrays;

/**
 * What a JPEG file says of itself before its first scan, read before anybody allocates anything for it.
 *
 * <p>Decoders differ in what they take a file's samples for; here it is decided once, by the rules of the IJG's library, which
 * Pillow and browsers follow: JFIF is YCbCr, Adobe's marker says what it is, and without both the components' names do.
 *
 * @param width in pixels, 1 or more
 * @param height in pixels, 1 or more
 * @param colours what the samples are
 */
record JpegHeader(int width, int height, Colours colours) {
    enum Colours {
        GREY,
        YCBCR,
        RGB,
        CMYK,
        YCCK
    }

    private static final int APP0 = 0xe0;
    private static final int APP2 = 0xe2;
    private static final int APP14 = 0xee;
    private static final int SOS = 0xda;
    private static final int EOI = 0xd9;

    /**
     * Reads it.
     *
     * @throws BadImageException if the file is no JPEG, is cut off, or has more than {@link Images#MAX_PIXELS}
     */
    static JpegHeader of(byte[] jpeg) throws BadImageException {
        if (jpeg.length < 4 || word(jpeg, 0) != 0xffd8) {
            throw new BadImageException("not a JPEG file");
        }
        boolean jfif = false;
        int transform = -1;
        int frame = -1;
        int at = next(jpeg, 2);
        for (; marker(jpeg, at) != SOS; at = next(jpeg, at + 2 + length(jpeg, at))) {
            int marker = marker(jpeg, at);
            int length = length(jpeg, at);
            if (marker == APP0 && length >= 7 && text(jpeg, at + 4, "JFIF\0")) {
                jfif = true;
            } else if (marker == APP14 && length >= 14 && text(jpeg, at + 4, "Adobe")) {
                transform = jpeg[at + 15];
            } else if (isFrame(marker)) {
                frame = at;
            }
        }
        if (frame < 0 || length(jpeg, frame) < 8 + 3 * jpeg[frame + 9]) {
            throw new BadImageException("damaged: no frame header before the first scan");
        }
        // Within a scan an FF is followed by 00: if there is an end anywhere behind its beginning, the scan has one.
        while (at + 1 < jpeg.length && (jpeg[at] != -1 || marker(jpeg, at) != EOI)) {
            at++;
        }
        if (at + 1 >= jpeg.length) {
            throw new BadImageException("cut off: it has no end");
        }
        int height = word(jpeg, frame + 5);
        int width = word(jpeg, frame + 7);
        if (width == 0 || height == 0 || (long) width * height > Images.MAX_PIXELS) {
            throw new BadImageException("its header says " + width + " x " + height + " pixels, and from 1 to "
                    + Images.MAX_PIXELS + " are allowed");
        }
        int count = jpeg[frame + 9];
        byte[] names = new byte[Math.max(0, count)];
        for (int i = 0; i < count; i++) {
            names[i] = jpeg[frame + 10 + 3 * i];
        }
        return new JpegHeader(width, height, colours(names, jfif, transform));
    }

    private static Colours colours(byte[] names, boolean jfif, int transform) throws BadImageException {
        return switch (names.length) {
            case 1 -> Colours.GREY;
            case 3 -> {
                boolean named = transform < 0 && Arrays.equals(names, new byte[] {'R', 'G', 'B'});
                yield !jfif && (transform == 0 || named) ? Colours.RGB : Colours.YCBCR;
            }
            case 4 -> transform == 2 ? Colours.YCCK : Colours.CMYK;
            default -> throw new BadImageException("it has " + names.length + " components, and 1, 3 or 4 are known");
        };
    }

    boolean hasFourComponents() {
        return colours == Colours.CMYK || colours == Colours.YCCK;
    }

    /** The file without its colour profile, which no decoder here applies: the JDK's reader refuses some, and warns of others. */
    static byte[] withoutProfile(byte[] jpeg) throws BadImageException {
        byte[] bare = jpeg.clone();
        int to = 2;
        int from = 2;
        for (int at = next(jpeg, 2); marker(jpeg, at) != SOS; at = from) {
            from = next(jpeg, at + 2 + length(jpeg, at));
            if (marker(jpeg, at) != APP2) {
                System.arraycopy(jpeg, at, bare, to, from - at);
                to += from - at;
            }
        }
        System.arraycopy(jpeg, from, bare, to, jpeg.length - from);
        return to == from ? jpeg : Arrays.copyOf(bare, to + jpeg.length - from);
    }

    /** The place of the next marker, of which at least the length is there; any number of bytes FF may come before it. */
    private static int next(byte[] jpeg, int at) throws BadImageException {
        int i = at;
        while (i + 1 < jpeg.length && jpeg[i] == -1 && jpeg[i + 1] == -1) {
            i++;
        }
        if (i + 4 > jpeg.length || i + 2 + length(jpeg, i) > jpeg.length) {
            throw new BadImageException("cut off in its header");
        }
        if (jpeg[i] != -1 || length(jpeg, i) < 2) {
            throw new BadImageException("damaged: something else where a marker must be");
        }
        return i;
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private static boolean text(byte[] jpeg, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (jpeg[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int marker(byte[] jpeg, int at) {
        return jpeg[at + 1] & 0xff;
    }

    private static int length(byte[] jpeg, int at) {
        return word(jpeg, at + 2);
    }

    private static int word(byte[] jpeg, int at) {
        return (jpeg[at] & 0xff) << 8 | (jpeg[at + 1] & 0xff);
    }
}
