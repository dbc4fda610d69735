package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NumbersTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 ns",
        "999, 999 ns",
        "1000, 1.00 µs",
        "9996, 10.0 µs",
        "99960, 100 µs",
        "999499, 999 µs",
        "999500, 1.00 ms",
        "999500000, 1.00 s",
        "1500000000, 1.50 s",
        "59949999999, 59.9 s",
        "59999999999, 60.0 s",
        "60000000000, 1 min 00 s",
        "3599999999999, 59 min 59 s",
        "3600000000000, 1 h 00 min",
        "7380000000000, 2 h 03 min",
        "-5, -5 ns"
    })
    void durationsComeInTheUnitThatFits(long nanos, String text) {
        assertEquals(text, Numbers.duration(Duration.ofNanos(nanos)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; 0",
                "-0.0; 0",
                "0.00123; 0.00123",
                "0.000123; 1.23·10⁻⁴",
                "0.9996; 1.00",
                "99.96; 100",
                "1234.4; 1,234",
                "-42; -42.0",
                "123456; 123,456",
                "1.234e9; 1.23·10⁹",
                "1.5e-300; 1.50·10⁻³⁰⁰",
                "NaN; NaN",
                "-Infinity; -Infinity"
            })
    void numbersHaveThreeDigitsOrAllBeforeThePoint(double x, String text) {
        assertEquals(text, Numbers.shortText(x));
    }

    @Test
    void plainNumbersEndWithoutZeros() {
        assertEquals("2", Numbers.plain(2));
        assertEquals("0.5", Numbers.plain(0.5));
        assertEquals("100", Numbers.plain(100));
        assertEquals("2·10⁹", Numbers.plain(2e9));
        assertEquals("NaN", Numbers.plain(Double.NaN));
    }
}
