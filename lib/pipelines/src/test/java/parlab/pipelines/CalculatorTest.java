package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.processes.ProcessPool;

@Timeout(120)
class CalculatorTest {
    private static final Costs FREE = new Costs(1, List.of(1.0, 2.0), 0, 0, 0, 0, 0);

    @Test
    void aMachineThatChargesNothingIsPredictedExactly() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            Calculator calculator = new Calculator(FREE, pool, 4);
            Workload computing = new Workload(100, Duration.ofMillis(10), 0, 0);
            assertEquals(1.0, calculator.predict(computing, Architecture.SERIAL), 1e-9);
            for (Architecture several : Architecture.values()) {
                if (several != Architecture.SERIAL) {
                    assertEquals(0.5, calculator.predict(computing, several), 1e-9, several.toString());
                }
            }
            Workload waiting = new Workload(100, Duration.ofMillis(10), 1, 0);
            assertEquals(1.0, calculator.predict(waiting, Architecture.SERIAL), 1e-9);
            assertEquals(0.25, calculator.predict(waiting, Architecture.THREADS), 1e-9);
            assertEquals(0.01, calculator.predict(waiting, Architecture.VIRTUAL_THREADS), 1e-9);
            assertEquals(0.5, calculator.predict(waiting, Architecture.PROCESSES), 1e-9);
        }
    }

    @Test
    void whatIsSentCosts() throws Exception {
        Costs costs = new Costs(1, List.of(1.0, 2.0), 0, 0, 0, 1000, 1);
        try (ProcessPool pool = ProcessPool.of(1)) {
            Calculator calculator = new Calculator(costs, pool, 4);
            Workload small = new Workload(1000, Duration.ofNanos(1000), 0, 100_000);
            double seconds = calculator.predict(small, Architecture.PROCESSES);
            assertEquals(1000 * (1000 + 100_000 + 500) / 1e9, seconds, 1e-4);
        }
    }

    @Test
    void processorsThatShareACoreGiveLess() {
        Simulation machine = new Simulation(new double[] {1, 1.25});
        assertEquals(8.0, machine.makespan(10, 2, 2, 0, 1), 1e-9);
        assertEquals(10.0, machine.makespan(10, 2, 1, 0, 1), 1e-9);
        assertEquals(10.0 * 3, machine.makespan(10, 1, 1, 2, 1), 1e-9);
    }

    @Test
    void tasksThatWaitAndComputeGetOutOfStep() {
        Simulation machine = new Simulation(new double[] {1, 2});
        // Four workers, each of which waits 9 and computes 1: two processors are enough for all of them.
        assertEquals(250 * 10.0, machine.makespan(1000, 4, 4, 9, 1), 10);
    }

    @Test
    void roundingDoesNotTurnTimeBack() {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            double together = 1 + random.nextDouble();
            double wait = 9e6 + 1e5 * random.nextDouble();
            double compute = 1e6 + 1e4 * random.nextDouble();
            double time = new Simulation(new double[] {1, together}).makespan(1000, 8, 8, wait, compute);
            // 125 turns of each worker, and never more than one after the other would take.
            assertTrue(
                    time >= 125 * (wait + compute) * 0.999 && time <= 1000 * (wait + compute), together + " " + time);
        }
    }

    @Test
    void theWorkIsDoneUnderEveryArchitecture() throws Exception {
        try (ProcessPool pool = ProcessPool.of(Runtime.getRuntime().availableProcessors())) {
            Costs costs = Costs.measure(pool);
            assertTrue(costs.nanosPerStep() > 0, costs.toString());
            assertEquals(
                    Runtime.getRuntime().availableProcessors(), costs.capacity().size());
            Calculator calculator = new Calculator(costs, pool, 8);
            Workload workload = new Workload(40, Duration.ofMillis(4), 0.5, 1000);
            for (Architecture architecture : Architecture.values()) {
                Calculator.Comparison comparison = calculator.compare(workload, architecture);
                // Nobody can do it faster than one task takes; how good the prediction is, the lesson prints.
                assertTrue(comparison.measuredSeconds() >= 0.002, comparison.toString());
                assertTrue(comparison.predictedSeconds() > 0.002, comparison.toString());
            }
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> new Workload(0, Duration.ofMillis(1), 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Workload(1, Duration.ZERO, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Workload(1, Duration.ofMillis(1), 1.5, 0));
        assertThrows(IllegalArgumentException.class, () -> new Workload(1, Duration.ofMillis(1), 0, -1));
    }
}
