package parlab.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class MicroBatcherTest {
    private static final Duration FOR_EVER = Duration.ofHours(1);

    /** Adds 1 to each number, and keeps what sizes it was asked for. */
    private final List<Integer> sizes = new ArrayList<>();

    private float[] addOne(float[] rows) {
        synchronized (sizes) {
            sizes.add(rows.length);
        }
        float[] answers = rows.clone();
        for (int i = 0; i < answers.length; i++) {
            if (answers[i] < 0) {
                throw new IllegalArgumentException("negative");
            }
            answers[i]++;
        }
        return answers;
    }

    @Test
    void a_batch_goes_when_it_is_full() throws Exception {
        try (MicroBatcher batcher = new MicroBatcher(2, 4, FOR_EVER, 1, this::addOne)) {
            List<CompletableFuture<float[]>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(batcher.submit(new float[] {i, 10 * i}));
            }
            for (int i = 0; i < 8; i++) {
                assertArrayEquals(
                        new float[] {i + 1, 10 * i + 1}, answers.get(i).get());
            }
            assertEquals(List.of(8, 2, 8), sizes); // the first request alone, to know what an answer is like
            assertEquals(2, batcher.batches());
            assertEquals(4, batcher.meanBatch());
        }
    }

    @Test
    void a_batch_goes_when_its_first_request_has_waited_long_enough() throws Exception {
        Duration wait = Duration.ofMillis(20);
        try (MicroBatcher batcher = new MicroBatcher(1, 100, wait, 1, this::addOne)) {
            long start = System.nanoTime();
            assertArrayEquals(new float[] {8}, batcher.submit(new float[] {7}).get());
            assertTrue(System.nanoTime() - start >= wait.toNanos());
        }
    }

    @Test
    void one_bad_request_does_not_spoil_the_others_of_its_batch() throws Exception {
        try (MicroBatcher batcher = new MicroBatcher(1, 3, FOR_EVER, 1, this::addOne)) {
            CompletableFuture<float[]> first = batcher.submit(new float[] {1});
            CompletableFuture<float[]> bad = batcher.submit(new float[] {-1});
            CompletableFuture<float[]> last = batcher.submit(new float[] {2});
            assertArrayEquals(new float[] {2}, first.get());
            assertArrayEquals(new float[] {3}, last.get());
            ExecutionException e = assertThrows(ExecutionException.class, bad::get);
            assertEquals("negative", e.getCause().getMessage());
            assertThrows(IllegalArgumentException.class, () -> batcher.submit(null));
            assertThrows(IllegalArgumentException.class, () -> batcher.submit(new float[2]));
        }
    }

    private static void answersAreOwn(UnaryOperator<float[]> model) throws Exception {
        try (MicroBatcher batcher = new MicroBatcher(2, 4, FOR_EVER, 1, model)) {
            for (int batch = 0; batch < 3; batch++) {
                List<CompletableFuture<float[]>> answers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    answers.add(batcher.submit(new float[] {i, batch}));
                }
                for (int i = 0; i < 4; i++) {
                    assertArrayEquals(
                            model.apply(new float[] {i, batch}), answers.get(i).get());
                }
            }
        }
    }

    /** A share of them would be nobody's answer: each request is run alone. */
    @Test
    void answers_of_a_wrong_number_are_not_shared_out() throws Exception {
        answersAreOwn(rows -> Arrays.copyOf(rows, 5));
        answersAreOwn(rows -> Arrays.copyOf(rows, 4));
        answersAreOwn(rows -> Arrays.copyOf(rows, 1));
        answersAreOwn(rows -> rows.length == 2 ? rows : new float[0]);
        try (MicroBatcher batcher = new MicroBatcher(1, 2, FOR_EVER, 1, _ -> null)) {
            List<CompletableFuture<float[]>> answers =
                    List.of(batcher.submit(new float[1]), batcher.submit(new float[1]));
            for (CompletableFuture<float[]> answer : answers) {
                ExecutionException e = assertThrows(ExecutionException.class, answer::get);
                assertEquals("the model's answer", e.getCause().getMessage());
            }
        }
    }

    /** Hands in 32 requests of 4 MB each, which are 128 MB together. */
    static final class Large {
        private Large() {}

        public static void main(String[] args) throws Exception {
            int length = 1_000_000;
            float[] row = new float[length];
            try (MicroBatcher batcher =
                    new MicroBatcher(length, 32, FOR_EVER, 1, rows -> new float[rows.length / length])) {
                List<Future<float[]>> answers = new ArrayList<>();
                for (int i = 0; i < 32; i++) {
                    answers.add(batcher.submit(row));
                }
                for (Future<float[]> answer : answers) {
                    System.out.print(answer.get().length);
                }
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_batch_without_memory_for_it_is_answered_one_by_one() throws Exception {
        assertEquals(
                "1".repeat(32), Child.start(Large.class, List.of("-Xmx64m")).rest());
    }

    @Test
    void without_memory_for_one_request_all_fail_and_the_next_are_taken() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (MicroBatcher batcher = new MicroBatcher(1, 4, FOR_EVER, 1, rows -> {
            if (runs.incrementAndGet() <= 2) {
                throw new OutOfMemoryError("Java heap space");
            }
            return rows;
        })) {
            List<CompletableFuture<float[]>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(batcher.submit(new float[] {i}));
            }
            for (int i = 0; i < 4; i++) {
                ExecutionException e = assertThrows(ExecutionException.class, answers.get(i)::get);
                assertEquals("Java heap space", e.getCause().getMessage());
            }
            for (int i = 4; i < 8; i++) {
                assertArrayEquals(new float[] {i}, answers.get(i).get());
            }
        }
    }

    @Test
    void what_waits_is_refused_when_it_is_closed_or_too_much() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        MicroBatcher batcher = new MicroBatcher(1, 1, Duration.ZERO, 1, rows -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("closing must not disturb a batch that runs", e);
            }
            return rows;
        });
        CompletableFuture<float[]> running = batcher.submit(new float[1]);
        inside.await();
        List<CompletableFuture<float[]>> waiting = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            waiting.add(batcher.submit(new float[1]));
        }
        assertThrows(RejectedExecutionException.class, () -> batcher.submit(new float[1]));
        Thread closer = Thread.ofPlatform().start(batcher::close);
        while (batcher.isOpen()) {
            Thread.onSpinWait();
        }
        go.countDown();
        closer.join();
        batcher.close();
        assertEquals(1, running.get().length);
        assertTrue(waiting.stream().allMatch(CompletableFuture::isCompletedExceptionally));
        assertThrows(RejectedExecutionException.class, () -> batcher.submit(new float[1]));
    }

    @Test
    void sizes_and_times_are_checked() {
        assertThrows(IllegalArgumentException.class, () -> new MicroBatcher(0, 1, FOR_EVER, 1, this::addOne));
        assertThrows(IllegalArgumentException.class, () -> new MicroBatcher(1, 0, FOR_EVER, 1, this::addOne));
        assertThrows(IllegalArgumentException.class, () -> new MicroBatcher(1, 1, FOR_EVER, 0, this::addOne));
        assertThrows(IllegalArgumentException.class, () -> new MicroBatcher(1, 1, FOR_EVER.negated(), 1, this::addOne));
    }

    /** Requests that come while it is closed once took away what was to wake its threads. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void closing_ends_and_every_request_is_answered_while_many_submit() throws Exception {
        int users = 4;
        try (ExecutorService pool = Executors.newFixedThreadPool(users)) {
            for (int round = 0; round < 100; round++) {
                MicroBatcher batcher = new MicroBatcher(1, 4, Duration.ZERO, 4, rows -> rows);
                CountDownLatch begun = new CountDownLatch(users);
                List<Future<List<CompletableFuture<float[]>>>> all = new ArrayList<>();
                for (int i = 0; i < users; i++) {
                    all.add(pool.submit(() -> {
                        List<CompletableFuture<float[]>> answers = new ArrayList<>();
                        begun.countDown();
                        while (batcher.isOpen()) {
                            try {
                                CompletableFuture<float[]> answer = batcher.submit(new float[1]);
                                answers.add(answer);
                                answer.handle((_, _) -> true).get(); // so that its threads often wait for requests
                            } catch (RejectedExecutionException e) {
                                Thread.onSpinWait(); // closed
                            }
                        }
                        return answers;
                    }));
                }
                begun.await();
                batcher.close();
                for (Future<List<CompletableFuture<float[]>>> own : all) {
                    for (CompletableFuture<float[]> answer : own.get()) {
                        answer.handle((_, _) -> true).get(); // or the test's time is up
                    }
                }
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void an_answer_may_close_it() throws Exception {
        CountDownLatch hung = new CountDownLatch(1);
        MicroBatcher batcher = new MicroBatcher(1, 1, Duration.ZERO, 2, rows -> {
            try {
                hung.await(); // else the answer could be there before what hangs on it
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return rows;
        });
        CompletableFuture<Void> closed = batcher.submit(new float[1]).thenAccept(_ -> batcher.close());
        hung.countDown();
        closed.get();
        assertFalse(batcher.isOpen());
        batcher.close();
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_model_that_interrupts_its_thread_leaves_no_request_without_an_answer() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (MicroBatcher batcher = new MicroBatcher(1, 1, Duration.ZERO, 1, rows -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            Thread.currentThread().interrupt();
            return rows;
        })) {
            CompletableFuture<float[]> first = batcher.submit(new float[1]);
            CompletableFuture<float[]> second = batcher.submit(new float[1]);
            go.countDown();
            assertEquals(1, first.get().length);
            ExecutionException e = assertThrows(ExecutionException.class, second::get);
            assertEquals(RejectedExecutionException.class, e.getCause().getClass());
            assertFalse(batcher.isOpen());
        }
    }
}
