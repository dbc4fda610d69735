package parlab.charts.internal;

import java.util.Arrays;

/**
 * Writes literals and copies, which the caller has found, in the Deflate format with Huffman codes made for
 * them (RFC 1951), inside a zlib stream (RFC 1950). All goes into one block. Not thread-safe.
 */
final class Deflate {

    /** How far back a copy may reach. */
    static final int WINDOW = 32768;

    /** The shortest copy. */
    static final int SHORTEST = 3;

    private static final int LONGEST = 258;
    private static final int END = 256;
    private static final int MAX_BITS = 15;

    /** The first length of each length code from 257 on, and the first distance of each distance code. */
    private static final int[] LENGTH_BASE = new int[29];

    private static final int[] LENGTH_EXTRA = new int[29];
    private static final int[] DISTANCE_BASE = new int[30];
    private static final int[] DISTANCE_EXTRA = new int[30];
    private static final byte[] LENGTH_CODE = new byte[LONGEST + 1];

    /** The order in which the lengths of the code length code are written. */
    private static final int[] ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    static {
        int base = SHORTEST;
        for (int code = 0; code < 28; code++) {
            LENGTH_EXTRA[code] = code < 8 ? 0 : code / 4 - 1;
            LENGTH_BASE[code] = base;
            base += 1 << LENGTH_EXTRA[code];
        }
        // The longest copy has a code of its own, though the one before could say it.
        LENGTH_BASE[28] = LONGEST;
        for (int code = 0; code < 29; code++) {
            int end = code == 28 ? LONGEST + 1 : Math.min(LONGEST, LENGTH_BASE[code] + (1 << LENGTH_EXTRA[code]));
            Arrays.fill(LENGTH_CODE, LENGTH_BASE[code], end, (byte) code);
        }
        base = 1;
        for (int code = 0; code < 30; code++) {
            DISTANCE_EXTRA[code] = code < 4 ? 0 : code / 2 - 1;
            DISTANCE_BASE[code] = base;
            base += 1 << DISTANCE_EXTRA[code];
        }
    }

    /** A literal, or a copy: distance * 512 + length. */
    private int[] tokens;

    private int count;
    private final int[] literalUses = new int[286];
    private final int[] distanceUses = new int[30];

    private byte[] out = new byte[1 << 16];
    private int size;
    private long bits;
    private int bitCount;

    Deflate(int tokensToExpect) {
        tokens = new int[2 * tokensToExpect + 64];
    }

    /** One byte from 0 to 255. */
    void literal(int value) {
        add(value);
        literalUses[value]++;
    }

    /** So many bytes from so far back; nothing if the length is 0, and else at least {@link #SHORTEST}. */
    void copy(int length, int distance) {
        int rest = length;
        int distanceCode = length == 0 ? 0 : distanceCode(distance);
        while (rest > 0) {
            // Never leave one or two bytes, for which there is no copy.
            int now = rest <= LONGEST ? rest : Math.min(LONGEST, rest - SHORTEST);
            add(distance << 9 | now);
            literalUses[END + 1 + LENGTH_CODE[now]]++;
            distanceUses[distanceCode]++;
            rest -= now;
        }
    }

    private void add(int token) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * count);
        }
        tokens[count++] = token;
    }

    private static int distanceCode(int distance) {
        if (distance <= 4) {
            return distance - 1;
        }
        int top = 31 - Integer.numberOfLeadingZeros(distance - 1);
        return 2 * top + ((distance - 1) >> (top - 1) & 1);
    }

    /** The whole stream, with the checksum of what it expands to. */
    byte[] zlib(int adler32) {
        literalUses[END]++;
        byte[] literalLengths = codeLengths(literalUses, MAX_BITS);
        byte[] distanceLengths = codeLengths(distanceUses, MAX_BITS);
        if (Arrays.equals(distanceLengths, new byte[30])) {
            // A block says at least one distance, used or not.
            distanceLengths[0] = 1;
        }
        // Deflate with a window of 32 KiB, and the check bits that make the two bytes a multiple of 31.
        put(0x78, 8);
        put(0x01, 8);
        put(1, 1);
        put(2, 2);
        putCodes(literalLengths, distanceLengths);
        putTokens(literalLengths, distanceLengths);
        put(0, 7);
        bitCount -= bitCount % 8;
        for (int shift = 24; shift >= 0; shift -= 8) {
            put(adler32 >>> shift & 0xFF, 8);
        }
        flush();
        return Arrays.copyOf(out, size);
    }

    private void putTokens(byte[] literalLengths, byte[] distanceLengths) {
        int[] literals = codes(literalLengths);
        int[] distances = codes(distanceLengths);
        for (int i = 0; i < count; i++) {
            int token = tokens[i];
            int distance = token >> 9;
            if (distance == 0) {
                put(literals[token], literalLengths[token]);
            } else {
                int length = token & 0x1FF;
                int code = LENGTH_CODE[length];
                put(literals[END + 1 + code], literalLengths[END + 1 + code]);
                put(length - LENGTH_BASE[code], LENGTH_EXTRA[code]);
                int distanceCode = distanceCode(distance);
                put(distances[distanceCode], distanceLengths[distanceCode]);
                put(distance - DISTANCE_BASE[distanceCode], DISTANCE_EXTRA[distanceCode]);
            }
        }
        put(literals[END], literalLengths[END]);
    }

    /** Both codes' lengths, themselves in a Huffman code; runs of zeros are shortened. */
    private void putCodes(byte[] literalLengths, byte[] distanceLengths) {
        int literalCount = Math.max(257, used(literalLengths));
        int distanceCount = Math.max(1, used(distanceLengths));
        byte[] all = Arrays.copyOf(literalLengths, literalCount + distanceCount);
        System.arraycopy(distanceLengths, 0, all, literalCount, distanceCount);
        int[] symbols = new int[all.length];
        int[] extra = new int[all.length];
        int n = 0;
        int[] uses = new int[19];
        for (int i = 0; i < all.length; ) {
            int run = 1;
            while (i + run < all.length && all[i + run] == 0 && all[i] == 0 && run < 138) {
                run++;
            }
            boolean zeros = all[i] == 0 && run >= 3;
            symbols[n] = zeros ? (run <= 10 ? 17 : 18) : all[i];
            extra[n] = zeros ? run - (run <= 10 ? 3 : 11) : 0;
            uses[symbols[n++]]++;
            i += zeros ? run : 1;
        }
        byte[] lengths = codeLengths(uses, 7);
        int[] codes = codes(lengths);
        int written = ORDER.length;
        while (written > 4 && lengths[ORDER[written - 1]] == 0) {
            written--;
        }
        put(literalCount - 257, 5);
        put(distanceCount - 1, 5);
        put(written - 4, 4);
        for (int i = 0; i < written; i++) {
            put(lengths[ORDER[i]], 3);
        }
        for (int i = 0; i < n; i++) {
            put(codes[symbols[i]], lengths[symbols[i]]);
            if (symbols[i] >= 17) {
                put(extra[i], symbols[i] == 17 ? 3 : 7);
            }
        }
    }

    private static int used(byte[] lengths) {
        int n = lengths.length;
        while (n > 0 && lengths[n - 1] == 0) {
            n--;
        }
        return n;
    }

    /**
     * The lengths of a Huffman code for symbols used so often: pair by pair, the two rarest first (D. A. Huffman, 1952).
     * Where a code gets too long, the uses are made more alike and it starts over. A lone symbol gets one bit.
     */
    static byte[] codeLengths(int[] uses, int most) {
        long[] weights = Arrays.stream(uses).asLongStream().toArray();
        while (true) {
            byte[] lengths = codeLengths(weights);
            int longest = 0;
            for (byte length : lengths) {
                longest = Math.max(longest, length);
            }
            if (longest <= most) {
                return lengths;
            }
            for (int i = 0; i < weights.length; i++) {
                weights[i] = weights[i] == 0 ? 0 : weights[i] / 2 + 1;
            }
        }
    }

    private static byte[] codeLengths(long[] weights) {
        byte[] lengths = new byte[weights.length];
        // Leaves by weight: weight * 512 + symbol sorts them without boxes.
        long[] leaves = new long[weights.length];
        int n = 0;
        for (int symbol = 0; symbol < weights.length; symbol++) {
            if (weights[symbol] > 0) {
                leaves[n++] = weights[symbol] << 9 | symbol;
            }
        }
        if (n <= 1) {
            if (n == 1) {
                lengths[(int) (leaves[0] & 511)] = 1;
            }
            return lengths;
        }
        Arrays.sort(leaves, 0, n);
        // Inner nodes come into being by rising weight, so two queues do: leaves, and inner nodes.
        long[] inner = new long[n - 1];
        int[] parent = new int[2 * n - 1];
        int leaf = 0;
        int node = 0;
        for (int made = 0; made < n - 1; made++) {
            for (int child = 0; child < 2; child++) {
                boolean takeLeaf = leaf < n && (node >= made || leaves[leaf] >> 9 <= inner[node]);
                inner[made] += takeLeaf ? leaves[leaf] >> 9 : inner[node];
                parent[takeLeaf ? leaf++ : n + node++] = n + made;
            }
        }
        int[] depth = new int[2 * n - 1];
        for (int i = 2 * n - 3; i >= 0; i--) {
            depth[i] = depth[parent[i]] + 1;
        }
        for (int i = 0; i < n; i++) {
            lengths[(int) (leaves[i] & 511)] = (byte) depth[i];
        }
        return lengths;
    }

    /** The canonical code of these lengths (RFC 1951, section 3.2.2), bits reversed, for they go out lowest first. */
    private static int[] codes(byte[] lengths) {
        int[] next = new int[MAX_BITS + 2];
        for (byte length : lengths) {
            if (length > 0) {
                next[length + 1]++;
            }
        }
        for (int length = 1; length <= MAX_BITS + 1; length++) {
            next[length] = (next[length] + next[length - 1]) << 1;
        }
        int[] codes = new int[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] > 0) {
                codes[i] = Integer.reverse(next[lengths[i]]++) >>> (32 - lengths[i]);
            }
        }
        return codes;
    }

    private void put(int value, int length) {
        bits |= (long) value << bitCount;
        bitCount += length;
        if (bitCount >= 32) {
            flush();
        }
    }

    private void flush() {
        if (size + 8 > out.length) {
            out = Arrays.copyOf(out, 2 * out.length);
        }
        while (bitCount >= 8) {
            out[size++] = (byte) bits;
            bits >>>= 8;
            bitCount -= 8;
        }
    }
}
