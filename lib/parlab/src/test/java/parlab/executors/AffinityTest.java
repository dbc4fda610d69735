package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class AffinityTest {
    @Test
    void aPinnedPoolsThreadsAllRunOnOneProcessor() {
        assumeTrue(Pools.canPin(), "this system does not let a thread choose its processor");
        List<Integer> tasks = IntStream.range(0, 200).boxed().toList();
        try (ExecutorService pool = Pools.pinned(3)) {
            Set<Integer> processors = Tasks.map(pool, tasks, k -> {
                        Busy.spin(10_000);
                        return Affinity.currentProcessor();
                    })
                    .stream()
                    .collect(Collectors.toSet());
            assertEquals(1, processors.size(), processors.toString());
        }
    }

    @Test
    void aProcessorThatIsNotThereIsRefused() {
        assumeTrue(Pools.canPin(), "this system does not let a thread choose its processor");
        assertThrows(IllegalStateException.class, () -> Affinity.pin(1023));
    }
}
