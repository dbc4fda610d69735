package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChannelTest {

    @Test
    void everyItemGoesToOneConsumerAndTheEndToAll() throws Exception {
        int producers = 4;
        int each = 10_000;
        Channel<Integer> channel = new Channel<>(7, producers, n -> 10);
        AtomicLong sum = new AtomicLong();
        AtomicLong count = new AtomicLong();
        List<Future<?>> work = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int p = 0; p < producers; p++) {
                work.add(threads.submit(() -> {
                    for (int i = 1; i <= each; i++) {
                        channel.put(i);
                    }
                    channel.finish();
                    return null;
                }));
            }
            for (int c = 0; c < 3; c++) {
                work.add(threads.submit(() -> {
                    for (int n : channel) {
                        sum.addAndGet(n);
                        count.incrementAndGet();
                    }
                }));
            }
            for (Future<?> part : work) {
                part.get();
            }
        }
        assertEquals((long) producers * each, count.get());
        assertEquals(producers * (each * (each + 1L) / 2), sum.get());
        assertNull(channel.take());
        assertTrue(channel.depth().mostItems() <= 7, "most " + channel.depth().mostItems());
        assertEquals(10L * channel.depth().mostItems(), channel.depth().mostBytes());
        assertTrue(channel.depth().samples().size() < 4096);
    }

    @Test
    void aFullChannelMakesItsProducerWaitAndAClosedOneSendsItAway() throws Exception {
        Channel<String> channel = new Channel<>(1, 1);
        channel.put("a");
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> waiting = threads.submit(() -> {
                channel.put("b");
                return null;
            });
            assertThrows(TimeoutException.class, () -> waiting.get(20, TimeUnit.MILLISECONDS));
            assertEquals("a", channel.take());
            waiting.get();
            Future<?> again = threads.submit(() -> {
                channel.put("c");
                return null;
            });
            channel.close();
            ExecutionException e = assertThrows(ExecutionException.class, again::get);
            assertEquals(CancellationException.class, e.getCause().getClass());
        }
        assertThrows(CancellationException.class, channel::take);
        assertThrows(CancellationException.class, () -> channel.put("d"));
    }

    @Test
    void closingAfterTheEndChangesNothing() throws Exception {
        Channel<String> channel = new Channel<>(1, 1);
        channel.finish();
        channel.close();
        assertNull(channel.take());
        assertThrows(IllegalStateException.class, () -> channel.put("late"));
        assertThrows(IllegalStateException.class, channel::finish);
    }

    @Test
    void anInterruptedConsumerIsCancelled() throws Exception {
        Channel<String> channel = new Channel<>(1, 1);
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> channel.iterator().hasNext());
        assertTrue(Thread.interrupted());
    }

    @Test
    void anItemThatCanNotBeWeighedIsNotInTheChannel() throws Exception {
        Channel<String> channel = new Channel<>(1, 1, text -> {
            if (text.isEmpty()) {
                throw new IllegalStateException("no weight");
            }
            return text.length();
        });
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<String> taken = threads.submit(channel::take);
            assertThrows(IllegalStateException.class, () -> channel.put(""));
            channel.put("a");
            assertEquals("a", taken.get(30, TimeUnit.SECONDS));
        }
        channel.put("b"); // there is room for it
        assertEquals("b", channel.take());
        assertEquals(1, channel.depth().mostBytes());
    }

    @Test
    void anItemThatIsNullIsAnErrorAndNotTheEnd() {
        Feed<String> feed = new Feed<>(Arrays.asList("a", null, "b"));
        assertEquals("a", feed.next());
        assertThrows(NullPointerException.class, feed::next);
    }

    @Test
    void badArgumentsAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> new Channel<>(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Channel<>(1, 0));
        assertThrows(NullPointerException.class, () -> new Channel<>(1, 1).put(null));
    }

    @Test
    void aFeedGivesEachItemOnce() throws Exception {
        List<Integer> items = IntStream.range(0, 10_000).boxed().toList();
        Feed<Integer> feed = new Feed<>(items);
        AtomicLong sum = new AtomicLong();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int k = 0; k < 4; k++) {
                threads.execute(() -> {
                    for (Integer i = feed.next(); i != null; i = feed.next()) {
                        sum.addAndGet(i);
                    }
                });
            }
        }
        assertEquals(10_000L * 9_999 / 2, sum.get());
        assertNull(feed.next());
    }
}
