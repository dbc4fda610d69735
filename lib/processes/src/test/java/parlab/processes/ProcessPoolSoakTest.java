package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Small ones of what {@code make soak} runs at full size. */
@Timeout(300)
final class ProcessPoolSoakTest {
    @Test
    void everyResultArrivesOnceWhileWorkersAreKilled() {
        PoolSoak.Result result = PoolSoak.run(4_000, 200, 1);
        System.out.println(result);
        assertTrue(result.kills() > 0, result.toString());
        assertTrue(result.clean(), result.toString());
    }

    @Test
    void everyResultOfRandomTasksHasItsOwnContents() {
        RandomTasks.Report report = RandomTasks.run(5_000, System.nanoTime());
        System.out.println(report);
        assertTrue(report.right() > report.tasks() / 2, report.toString());
    }
}
