package parlab.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Handwritten digits of 8 x 8 pixels, from 0 (paper) to 1 (ink), and what each shows: the requests of the small models in
 * {@code notebooks/data}. Immutable and thread-safe.
 */
public final class DigitSet {
    /** Pixels of a digit: the numbers of a request. */
    public static final int PIXELS = 64;

    /** Different digits: the numbers of an answer. */
    public static final int CLASSES = 10;

    private static final float INK = 16;

    private final float[][] pixels;
    private final int[] shows;

    private DigitSet(float[][] pixels, int[] shows) {
        this.pixels = pixels;
        this.shows = shows;
    }

    /**
     * Reads a file with a digit on each line: what it shows, then 64 whole numbers from 0 to 16, separated by commas.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if a line is of another form
     */
    public static DigitSet read(Path csv) throws IOException {
        List<String> lines = Files.readAllLines(csv);
        float[][] pixels = new float[lines.size()][PIXELS];
        int[] shows = new int[lines.size()];
        for (int i = 0; i < shows.length; i++) {
            String[] words = lines.get(i).split(",", -1);
            if (words.length != PIXELS + 1) {
                throw new IllegalArgumentException(
                        csv + ", line " + (i + 1) + ": a digit has " + PIXELS + " pixels, got " + (words.length - 1));
            }
            shows[i] = Integer.parseInt(words[0]);
            for (int k = 0; k < PIXELS; k++) {
                pixels[i][k] = Integer.parseInt(words[k + 1]) / INK;
            }
        }
        return new DigitSet(pixels, shows);
    }

    /** Returns how many digits there are. */
    public int size() {
        return shows.length;
    }

    /** Returns a copy of a digit's pixels, row by row. */
    public float[] pixels(int digit) {
        return pixels[digit].clone();
    }

    /** Returns what a digit shows, from 0 to 9. */
    public int shows(int digit) {
        return shows[digit];
    }

    /** Returns a batch: the pixels of the first digits, one after the other; after the last one the first follows. */
    public float[] batch(int count) {
        float[] rows = new float[count * PIXELS];
        for (int i = 0; i < count; i++) {
            System.arraycopy(pixels[i % pixels.length], 0, rows, i * PIXELS, PIXELS);
        }
        return rows;
    }

    /** Returns how many of a batch's answers, ten numbers for each digit from the first on, name the right digit. */
    public int right(float[] answers) {
        int right = 0;
        for (int i = 0; i < answers.length / CLASSES; i++) {
            right += named(answers, i) == shows[i % shows.length] ? 1 : 0;
        }
        return right;
    }

    /** Returns the digit that an answer names, the one with the largest of its ten numbers; its place counts from 0. */
    public static int named(float[] answers, int place) {
        int named = 0;
        for (int k = 1; k < CLASSES; k++) {
            named = answers[CLASSES * place + k] > answers[CLASSES * place + named] ? k : named;
        }
        return named;
    }
}
