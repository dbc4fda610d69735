package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressTest {

    private final AtomicLong nanos = new AtomicLong(1_000);
    private final List<String> drawn = new ArrayList<>();
    private int finals;
    private final Progress progress = new Progress(
            "job",
            (bundle, last) -> {
                drawn.add(bundle.text());
                finals += last ? 1 : 0;
            },
            nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void countRateAndTimeLeftAreTold() {
        progress.started(100);
        pass(Duration.ofSeconds(2));
        progress.advanced(20);
        pass(Duration.ofSeconds(8));
        progress.advanced(100);
        progress.finished();
        assertEquals(
                List.of(
                        "job: 0 of 100",
                        "job: 20 of 100, 10.0/s, about 8 s left",
                        "job: 100 of 100, 10.0/s",
                        "job: 100 of 100 in 10.0 s, 10.0/s"),
                drawn);
    }

    @Test
    void itIsDrawnTenTimesASecondAtMostAndOnceMoreAtTheEnd() {
        progress.started(10_000);
        for (int i = 0; i < 10_000; i++) {
            pass(Duration.ofNanos(100_000));
            progress.advanced(i + 1);
        }
        progress.finished();
        assertEquals(1 + 10 + 1, drawn.size());
        assertTrue(drawn.getLast().startsWith("job: 10000 of 10000 in 1.00 s"), drawn.getLast());
    }

    @Test
    void anUnknownTotalHasARateButNoEnd() {
        progress.started(-1);
        pass(Duration.ofSeconds(60));
        progress.advanced(30);
        progress.close();
        assertEquals(List.of("job: 0", "job: 30, 30.0/min", "job: 30 in 1 min 00 s, 30.0/min"), drawn);
    }

    @Test
    void closedEarlyItSaysWhereItStopped() {
        progress.started(4);
        progress.advanced(1);
        progress.close();
        assertEquals("job: stopped at 1 of 4 in 0 ns", drawn.getLast());
    }

    @Test
    void theEndIsDrawnOnceAndNothingAfterIt() {
        progress.started(1);
        progress.finished();
        progress.finished();
        progress.close();
        pass(Duration.ofSeconds(1));
        progress.advanced(1);
        progress.started(5);
        assertEquals(1, finals);
        assertEquals(2, drawn.size());
    }

    @Test
    void nothingToDoIsDoneAtOnce() {
        progress.started(0);
        progress.finished();
        assertEquals("job: 0 of 0 in 0 ns", drawn.getLast());
    }

    @Test
    void lateReportsDoNotTurnItBack() {
        progress.started(10);
        progress.advanced(7);
        progress.advanced(3);
        assertTrue(progress.toString().startsWith("job: 7 of 10"), progress.toString());
    }

    @Test
    void wrongNumbersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> progress.started(-2));
        assertThrows(IllegalArgumentException.class, () -> progress.advanced(-1));
    }

    @Test
    void threadsMayReportTogetherAndAreDrawnOneAtATime() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger clashes = new AtomicInteger();
        int threads = 4;
        int each = 20_000;
        Progress shared = new Progress(
                "job",
                (bundle, last) -> {
                    if (inside.incrementAndGet() != 1) {
                        clashes.incrementAndGet();
                    }
                    inside.decrementAndGet();
                },
                // A clock that leaps: every report is due.
                () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos()));
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        List<Thread> reporters = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            reporters.add(Thread.ofPlatform().start(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int k = 0; k < each; k++) {
                    shared.advanced(count.incrementAndGet());
                }
            }));
        }
        shared.started((long) threads * each);
        go.countDown();
        for (Thread reporter : reporters) {
            reporter.join();
        }
        shared.finished();
        assertEquals(0, clashes.get());
        assertTrue(shared.toString().startsWith("job: 80000 of 80000"), shared.toString());
    }
}
