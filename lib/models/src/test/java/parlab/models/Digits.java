package parlab.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The committed digits: 500 images, and the models that read them. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Digits(float[][] pixels, int[] digits) {
    static final Path DATA = Path.of(System.getProperty("parlab.data"));
    static final Path MODEL = DATA.resolve("digits.onnx");
    static final Path WIDE = DATA.resolve("digits-wide.onnx");

    static Digits load() throws IOException {
        List<String> lines = Files.readAllLines(DATA.resolve("digits-test.csv"));
        float[][] pixels = new float[lines.size()][64];
        int[] digits = new int[lines.size()];
        for (int i = 0; i < digits.length; i++) {
            String[] words = lines.get(i).split(",", -1);
            digits[i] = Integer.parseInt(words[0]);
            for (int j = 0; j < 64; j++) {
                pixels[i][j] = Integer.parseInt(words[j + 1]) / 16f;
            }
        }
        return new Digits(pixels, digits);
    }

    static int highest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
