package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlocksTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 50_000, 100_000, 1_000_000, 8_000_000})
    void a_block_that_was_read_is_used_again_for_a_message_of_the_same_size(long bytes) {
        try (Blocks blocks = new Blocks()) {
            Blocks.Block first = blocks.take(bytes);
            blocks.release(first.id());
            assertEquals(first, blocks.take(bytes));
        }
    }

    @Test
    void a_block_that_is_under_way_is_not_given_out_again() {
        try (Blocks blocks = new Blocks()) {
            assertNotEquals(blocks.take(100_000).id(), blocks.take(100_000).id());
        }
    }

    @Test
    void a_small_message_does_not_keep_a_huge_block_busy() {
        try (Blocks blocks = new Blocks()) {
            Blocks.Block huge = blocks.take(32 << 20);
            blocks.release(huge.id());
            assertNotEquals(huge, blocks.take(100_000));
        }
    }

    @Test
    void beyond_the_bound_there_is_none() {
        try (Blocks blocks = new Blocks()) {
            assertNull(blocks.take(1L << 40));
        }
    }
}
