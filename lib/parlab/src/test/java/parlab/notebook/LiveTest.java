package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LiveTest {

    private record Row(String name, int value) {}

    private record Put(Runnable task, Duration pause) {}

    private final AtomicLong nanos = new AtomicLong(1_000);
    private final List<String> drawn = new ArrayList<>();
    private final List<Put> putOff = new ArrayList<>();
    private long drawingNanos;
    private int finals;
    private final Live live = new Live(
            "best",
            (bundle, last) -> {
                drawn.add(bundle.text());
                finals += last ? 1 : 0;
                nanos.addAndGet(drawingNanos);
            },
            nanos::get,
            (task, wait) -> putOff.add(new Put(task, Duration.ofNanos(wait))));

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void theFirstIsDrawnAtOnceAndTheNewestAQuarterOfASecondLater() {
        live.update("1");
        pass(Duration.ofMillis(100));
        live.update("2");
        pass(Duration.ofMillis(50));
        live.update("3");
        assertEquals(List.of("best\n1"), drawn);
        assertEquals(
                List.of(Duration.ofMillis(150)), putOff.stream().map(Put::pause).toList());
        pass(Duration.ofMillis(100));
        putOff.getFirst().task().run();
        assertEquals(List.of("best\n1", "best\n3"), drawn);
        assertEquals(1, putOff.size(), "nothing is left to draw");
    }

    @Test
    void itIsDrawnFourTimesASecondAtMost() {
        for (int i = 0; i < 10_000; i++) {
            pass(Duration.ofNanos(100_000));
            live.update(i);
            if (i % 2500 == 2499 && !putOff.isEmpty()) {
                putOff.removeFirst().task().run();
            }
        }
        live.close();
        assertTrue(drawn.size() <= 1 + 4 + 1, drawn.toString());
        assertEquals("best\n9999", drawn.getLast());
    }

    @Test
    void slowDrawingIsDoneLessOften() {
        drawingNanos = Duration.ofMillis(200).toNanos();
        live.update("1");
        live.update("2");
        assertEquals(Duration.ofMillis(800), putOff.getFirst().pause());
    }

    @Test
    void closingDrawsTheNewestOnceAndNothingAfterIt() {
        live.update("1");
        live.update("2");
        live.close();
        live.close();
        live.update("3");
        pass(Duration.ofSeconds(1));
        putOff.forEach(put -> put.task().run());
        assertEquals(List.of("best\n1", "best\n2"), drawn);
        assertEquals(1, finals);
    }

    @Test
    void withoutContentThereIsNothingToSee() {
        live.close();
        assertEquals(List.of(), drawn);
        assertEquals("best", live.toString());
        assertThrows(NullPointerException.class, () -> live.update(null));
    }

    @Test
    void aListMayGrowAfterwards() {
        List<Row> rows = new ArrayList<>(List.of(new Row("a", 1)));
        live.update("");
        live.update(rows);
        rows.add(new Row("b", 2));
        assertEquals("best\nname  value\n----  -----\na         1", live.toString());
        rows.clear();
        live.update(rows);
        assertEquals("best\n[]", live.toString());
    }

    @Test
    void contentThatCannotBeShownSaysSoAndDoesNoHarm() {
        live.update(new Object() {
            @Override
            public String toString() {
                throw new IllegalStateException("no text");
            }
        });
        assertTrue(drawn.getFirst().startsWith("best\nthis could not be shown: "), drawn.getFirst());
        live.update("fine");
        live.close();
        assertEquals("best\nfine", drawn.getLast());
    }

    @Test
    void threadsMayUpdateTogetherAndAreDrawnOneAtATime() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger clashes = new AtomicInteger();
        List<String> states = new ArrayList<>();
        Live shared = new Live(
                "n",
                (bundle, last) -> {
                    if (inside.incrementAndGet() != 1) {
                        clashes.incrementAndGet();
                    }
                    states.add(bundle.text());
                    inside.decrementAndGet();
                },
                // A clock that leaps: every update is due.
                () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos()),
                (task, wait) -> Thread.ofPlatform().daemon().start(task));
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        List<Thread> reporters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            reporters.add(Thread.ofPlatform().start(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int k = 0; k < 2_000; k++) {
                    shared.update(count.incrementAndGet());
                }
            }));
        }
        go.countDown();
        for (Thread reporter : reporters) {
            reporter.join();
        }
        shared.update("end");
        shared.close();
        assertEquals(0, clashes.get());
        assertEquals("n\nend", states.getLast());
    }

    @Test
    void whatWasPutOffIsDrawnWithoutAnotherUpdate() throws InterruptedException {
        CountDownLatch both = new CountDownLatch(2);
        try (Live real = new Live("best", (bundle, last) -> both.countDown())) {
            real.update("1");
            real.update("2");
            assertTrue(both.await(60, TimeUnit.SECONDS), "drawn without close");
        }
    }
}
