package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

final class DigitNetworkTest {
    @Test
    void a_training_learns_and_gives_the_same_again() throws IOException {
        DigitSet digits = Digits.load();
        double trained = DigitNetwork.train(digits, 16, 0.3, 8);
        assertTrue(trained > 0.8, trained + " right");
        assertEquals(trained, DigitNetwork.train(digits, 16, 0.3, 8));
        assertTrue(trained > DigitNetwork.train(digits, 16, 0.3, 0) + 0.4);
    }

    @Test
    void a_hidden_layer_without_a_unit_is_refused() throws IOException {
        DigitSet digits = Digits.load();
        assertThrows(IllegalArgumentException.class, () -> DigitNetwork.train(digits, 0, 0.3, 1));
    }

    @Test
    void an_interrupt_ends_a_training() throws IOException {
        DigitSet digits = Digits.load();
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> DigitNetwork.train(digits, 8, 0.3, 1_000_000));
        assertTrue(Thread.interrupted());
    }
}
