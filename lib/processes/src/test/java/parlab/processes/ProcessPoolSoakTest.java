package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small one of the soak that {@link PoolSoak} runs at full size. */
@Timeout(120)
final class ProcessPoolSoakTest {
    @Test
    void every_result_arrives_once_and_in_order_while_workers_are_killed() {
        PoolSoak.Result result = PoolSoak.run(4_000, 200, 1);
        System.out.println(result);
        assertTrue(result.kills() > 0, result.toString());
        assertEquals(0, result.orphans(), result.toString());
        assertEquals(0, result.descriptorsLeaked(), result.toString());
        assertEquals(0, result.sharedFilesLeft(), result.toString());
    }
}
