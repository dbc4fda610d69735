package parlab.models;

import java.io.IOException;
import java.nio.file.Path;

/** The committed digits, and the models that read them. */
final class Digits {
    static final Path DATA = Path.of(System.getProperty("parlab.data"));
    static final Path MODEL = DATA.resolve("digits.onnx");
    static final Path WIDE = DATA.resolve("digits-wide.onnx");

    private Digits() {}

    static DigitSet load() throws IOException {
        return DigitSet.read(DATA.resolve("digits-test.csv"));
    }
}
