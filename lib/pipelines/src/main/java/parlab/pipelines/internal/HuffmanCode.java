package parlab.pipelines.internal;

import java.util.Arrays;
import parlab.pipelines.BadImageException;

/**
 * A Huffman code of a JPEG file. Most words are short, and so are the numbers that follow them: one look at the next
 * {@value #LOOKAHEAD} bits then yields the word and the number both. Long words are found by the largest one of each length
 * (ITU-T T.81, F.2.2.3). Immutable.
 */
final class HuffmanCode {
    static final int LOOKAHEAD = 10;

    /** The largest number of bits of a difference between two means (T.81, table F.1, of 8-bit samples). */
    private static final int MAX_DIFFERENCE = 11;

    /**
     * What begins with these bits: 0 for a longer word; else the bits to consume in the lowest 8, then 4 for the zeros
     * before the number, 4 for the length of a number that is yet to be read, and 16 for the number, 0 if there is none here.
     */
    final int[] table = new int[1 << LOOKAHEAD];

    private final int[] largest = new int[17];
    private final int[] offset = new int[17];
    private final byte[] symbols;
    private final boolean means;

    /**
     * @param counts how many words of each length from 1 to 16
     * @param symbols what they mean
     * @param means whether it is for the differences of means, whose symbols are lengths and nothing else
     * @throws BadImageException if there are more words than bits for them
     */
    HuffmanCode(byte[] counts, byte[] symbols, boolean means) throws BadImageException {
        this.symbols = symbols;
        this.means = means;
        int word = 0;
        int k = 0;
        for (int length = 1; length <= 16; length++) {
            int count = counts[length - 1] & 0xff;
            offset[length] = k - word;
            if (word + count > 1 << length) {
                throw new BadImageException("damaged: a Huffman code with too many words");
            }
            for (int i = 0; i < count; i++, k++, word++) {
                int symbol = symbols[k] & 0xff;
                if (length <= LOOKAHEAD && (!means || symbol <= MAX_DIFFERENCE)) {
                    enter(word << (LOOKAHEAD - length), length, symbol);
                }
            }
            largest[length] = count == 0 ? -1 : word - 1;
            word <<= 1;
        }
    }

    private void enter(int first, int length, int symbol) {
        int size = symbol & 15;
        int zeros = symbol >> 4 << 8;
        int left = LOOKAHEAD - length - size; // bits that belong to what follows the number
        if (size == 0 || left < 0) {
            Arrays.fill(table, first, first + (1 << (LOOKAHEAD - length)), size << 12 | zeros | length);
            return;
        }
        for (int number = 0; number < 1 << size; number++) {
            int entry = signed(number, size) << 16 | zeros | (length + size);
            int from = first + (number << left);
            Arrays.fill(table, from, from + (1 << left), entry);
        }
    }

    /** So many bits of the file as the number that they stand for: those that begin with a 0 are negative. */
    static int signed(int number, int size) {
        return number < 1 << (size - 1) ? number - (1 << size) + 1 : number;
    }

    /**
     * An entry, without a number, for a word that the table does not have.
     *
     * @param bits the next ones, from the highest on
     */
    int search(long bits) throws BadImageException {
        for (int length = 1; length <= 16; length++) {
            int word = (int) (bits >>> (64 - length));
            if (word <= largest[length]) {
                int symbol = symbols[offset[length] + word] & 0xff;
                if (means && symbol > MAX_DIFFERENCE) {
                    throw new BadImageException("damaged: a difference of " + symbol + " bits");
                }
                return (symbol & 15) << 12 | symbol >> 4 << 8 | length;
            }
        }
        throw new BadImageException("damaged: a word that its Huffman code does not have");
    }
}
