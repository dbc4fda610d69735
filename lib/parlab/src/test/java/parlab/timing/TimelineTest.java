package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import parlab.timing.Timeline.Kind;
import parlab.timing.Timeline.Span;

final class TimelineTest {

    @Test
    void taskIsRecordedWithItsThreadAndItsLength() throws Exception {
        Timeline timeline = new Timeline();
        long before = timeline.now();
        assertEquals(42, timeline.run("answer", () -> 42));
        long after = timeline.now();
        Span span = timeline.spans().getFirst();
        assertEquals("answer", span.task());
        assertEquals(Thread.currentThread().getName(), span.worker());
        assertEquals(Kind.RUN, span.kind());
        assertTrue(before <= span.startNanos() && span.endNanos() <= after);
        assertEquals(span.nanos(), timeline.makespanNanos());
    }

    @Test
    void failingTaskIsRecordedToo() {
        Timeline timeline = new Timeline();
        assertThrows(
                IllegalStateException.class,
                () -> timeline.run("broken", () -> {
                    throw new IllegalStateException("boom");
                }));
        assertEquals("broken", timeline.spans().getFirst().task());
    }

    @Test
    void waitHasItsReason() {
        Timeline timeline = new Timeline();
        timeline.waited("task", "the lock", 0);
        Span span = timeline.spans().getFirst();
        assertEquals(Kind.WAIT, span.kind());
        assertEquals("the lock", span.why());
    }

    @Test
    void namelessVirtualThreadStillHasAName() throws Exception {
        Timeline timeline = new Timeline();
        Thread thread = Thread.ofVirtual().start(() -> timeline.waited("t", "why", 0));
        thread.join();
        assertEquals("virtual-" + thread.threadId(), timeline.spans().getFirst().worker());
    }

    @Test
    void noSpanIsLostWhenManyThreadsRecord() throws Exception {
        Timeline timeline = new Timeline();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = IntStream.range(0, 8)
                .mapToObj(k -> Thread.ofPlatform().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    for (int i = 0; i < 1000; i++) {
                        timeline.waited("t", "why", 0);
                    }
                }))
                .toList();
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(8000, timeline.spans().size());
    }

    @Test
    void firstPartCutsWhatReachesBeyondIt() {
        Timeline timeline = new Timeline();
        timeline.add(new Span("w", "a", 1000, 3000, Kind.RUN, ""));
        timeline.add(new Span("w", "b", 3000, 9000, Kind.RUN, ""));
        timeline.add(new Span("w", "c", 9000, 9500, Kind.WAIT, "x"));
        List<Span> part = timeline.first(Duration.ofNanos(4000)).spans();
        assertEquals(2, part.size());
        assertEquals(new Span("w", "b", 3000, 5000, Kind.RUN, ""), part.get(1));
        assertThrows(IllegalArgumentException.class, () -> timeline.first(Duration.ZERO));
    }

    @Test
    void emptyTimelineTookNoTime() {
        assertEquals(0, new Timeline().makespanNanos());
        assertEquals(0, new Timeline().first(Duration.ofSeconds(1)).spans().size());
    }

    @Test
    void spanThatEndsBeforeItStartsIsRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> new Span("w", "t", 5, 4, Kind.RUN, ""))
                .getMessage();
        assertTrue(message.contains("5 to 4"), message);
    }
}
