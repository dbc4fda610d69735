package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.executors.Pools;
import parlab.executors.TaskFailedException;
import parlab.executors.Tasks;
import parlab.timing.Timeline;

/** What a pool does when all goes well, and what the interface's contract says. One pool of two workers serves all. */
@Timeout(60)
final class ProcessPoolTest {
    private static ProcessPool pool;

    @BeforeAll
    static void open() {
        pool = ProcessPool.of(2);
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @SuppressWarnings("ArrayRecordComponent")
    record Point(int x, double[] coordinates, String name) implements Serializable {}

    enum Colour {
        RED,
        GREEN
    }

    static int square(int x) {
        return x * x;
    }

    static long pid() {
        return ProcessHandle.current().pid();
    }

    // ---- one task

    @Test
    void a_lambda_runs_in_another_process() throws Exception {
        long pid = pool.submit(() -> pid()).get();
        assertNotEquals(pid(), pid);
        assertTrue(pool.workers().stream().anyMatch(w -> w.pid() == pid));
    }

    @Test
    void captured_values_of_every_kind_arrive() throws Exception {
        byte b = 1;
        short s = 2;
        char c = '€';
        long l = 1L << 40;
        float f = 1.5f;
        double d = Math.PI;
        boolean z = true;
        String text = "grüße \uD83D\uDE00 \uD800";
        int[] ints = {1, 2};
        boolean[] flags = {true, false};
        Point point = new Point(3, new double[] {1, 2}, "p");
        List<Object> nothing = Collections.singletonList(null);
        String got = pool.submit(() -> b + " " + s + " " + c + " " + l + " " + f + " " + d + " " + z + " "
                        + text.length() + " " + ints[1] + " " + flags[0] + " " + point.coordinates()[1] + " " + nothing
                        + " " + Colour.GREEN)
                .get();
        assertEquals("1 2 € 1099511627776 1.5 " + Math.PI + " true " + text.length() + " 2 true 2.0 [null] GREEN", got);
        assertEquals(text, pool.submit(() -> text).get());
    }

    @Test
    void paths_travel_both_ways_alone_and_inside_objects() throws Exception {
        Path alone = Path.of("a folder", "ü");
        Map<String, Path> inside = Map.of("here", Path.of("/tmp/x"));
        assertEquals(
                alone.resolve("file"), pool.submit(() -> alone.resolve("file")).get());
        assertEquals(
                Map.of("there", Path.of("/tmp/x/y")),
                pool.submit(() -> Map.of("there", inside.get("here").resolve("y")))
                        .get());
    }

    @Test
    void results_of_every_kind_come_back() throws Exception {
        assertNull(pool.submit(() -> (Object) null).get());
        assertEquals(Colour.RED, pool.submit(() -> Colour.RED).get());
        assertEquals(
                Map.of("a", List.of(1, 2)),
                pool.submit(() -> Map.of("a", List.of(1, 2))).get());
        assertArrayEquals(
                new char[] {'x', 'ÿ'}, pool.submit(() -> new char[] {'x', 'ÿ'}).get());
        assertArrayEquals(
                new boolean[] {true, false},
                pool.submit(() -> new boolean[] {true, false}).get());
        assertEquals((short) -7, pool.submit(() -> (short) -7).get());
        assertEquals('ÿ', pool.submit(() -> 'ÿ').get());
        Point point = pool.submit(() -> new Point(1, new double[] {4}, "q")).get();
        assertEquals(4, point.coordinates()[0]);
    }

    @Test
    void big_arrays_and_memory_segments_travel_at_any_depth() throws Exception {
        double[] big = IntStream.range(0, 200_000).asDoubleStream().toArray();
        double[] back = pool.submit(() -> {
                    big[7] = -1;
                    return big;
                })
                .get();
        assertEquals(-1, back[7]);
        assertEquals(199_999, back[199_999]);
        assertEquals(7, big[7], "the worker has a copy");
        Point point = pool.submit(() -> new Point(1, big, "big")).get();
        assertArrayEquals(big, point.coordinates());
        float[][] rows = {new float[100_000], {1, 2}};
        rows[0][99_999] = 3;
        assertEquals(3, pool.submit(() -> rows).get()[0][99_999]);
        byte[] same = new byte[100_000];
        List<byte[]> twice =
                pool.submit(() -> new ArrayList<>(List.of(same, same))).get();
        assertEquals(twice.get(0), twice.get(1), "one array stays one array");
        MemorySegment segment = Arena.ofAuto().allocate(800_000, 8);
        segment.setAtIndex(ValueLayout.JAVA_DOUBLE, 3, 2.5);
        Callable<MemorySegment> task = new ReturnsSegment(segment.toArray(ValueLayout.JAVA_BYTE));
        assertEquals(2.5, pool.submit(task).get().getAtIndex(ValueLayout.JAVA_DOUBLE, 3));
    }

    @SuppressWarnings("ArrayRecordComponent")
    record ReturnsSegment(byte[] bytes) implements Callable<MemorySegment>, Serializable {
        @Override
        public MemorySegment call() {
            return MemorySegment.ofArray(bytes);
        }
    }

    @Test
    void more_than_shared_memory_may_hold_goes_through_the_socket() throws Exception {
        byte[] big = new byte[40 << 20];
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(pool.submit(() -> big.length));
        }
        for (Future<Integer> one : all) {
            assertEquals(40 << 20, one.get());
        }
    }

    @Test
    void a_plain_callable_is_found_by_the_place_that_made_it() throws Exception {
        ExecutorService plain = pool;
        int n = 6;
        Callable<Integer> task = () -> square(n);
        assertEquals(36, plain.submit(task).get());
        Supplier<String> inner = () -> "n is " + n;
        assertEquals("n is 6", pool.submit(() -> inner.get()).get());
    }

    @Test
    void plain_lambdas_that_look_alike_are_refused_with_the_remedy() {
        List<Callable<Integer>> twins = List.of(() -> 1, () -> 2);
        UnsendableException e = assertThrows(UnsendableException.class, () -> pool.submit(twins.get(0)));
        assertTrue(e.getMessage().contains("lambdas look alike"), e.getMessage());
        assertTrue(e.getMessage().contains("ProcessPool.Job"), e.getMessage());
    }

    @Test
    void overloads_take_lambdas_with_and_without_a_result() throws Exception {
        Future<Integer> job = pool.submit(() -> square(3));
        Future<?> action = pool.submit(() -> Thread.yield());
        Future<?> statement = pool.submit(() -> {
            square(3);
        });
        assertEquals(9, job.get());
        action.get();
        assertNull(statement.get());
        pool.execute(() -> square(4));
        assertEquals(
                "done",
                pool.submit((ProcessPool.Action) () -> square(1), "done").get());
    }

    @Test
    void a_task_of_its_own_class_runs() throws Exception {
        record Job(int x) implements Callable<Integer>, Serializable {
            @Override
            public Integer call() {
                return square(x);
            }
        }
        assertEquals(49, pool.submit((Callable<Integer>) new Job(7)).get());
    }

    // ---- map and asCompleted

    @Test
    void map_keeps_order_with_every_chunk_size() {
        List<Integer> items = IntStream.range(0, 1000).boxed().toList();
        List<Integer> expected = items.stream().map(ProcessPoolTest::square).toList();
        for (int chunk : new int[] {1, 7, 1000, 5000}) {
            assertEquals(
                    expected,
                    Tasks.map(
                            pool,
                            items,
                            x -> square(x),
                            Tasks.Options.standard().withChunk(chunk)));
        }
        assertEquals(List.of(), Tasks.map(pool, List.<Integer>of(), x -> square(x)));
    }

    @Test
    void asCompletedReadsEndlessInputABoundedWayAhead() {
        int[] read = {0};
        Iterable<Integer> endless =
                () -> Stream.iterate(0, x -> x + 1).peek(x -> read[0]++).iterator();
        try (var results = Tasks.asCompleted(
                pool, endless, x -> square(x), Tasks.Options.standard().withLookAhead(10))) {
            Iterator<Tasks.Completed<Integer, Integer>> each = results.iterator();
            for (int i = 0; i < 100; i++) {
                Tasks.Completed<Integer, Integer> one = each.next();
                assertEquals(square(one.item()), one.result());
                assertTrue(read[0] <= i + 12, "read " + read[0] + " items for " + i + " results");
            }
        }
    }

    @Test
    void failingItemFailsAloneWithEveryChunkSize() {
        for (int chunk : new int[] {1, 3}) {
            Integer[] got = new Integer[4];
            for (var one : Tasks.asCompleted(
                    pool,
                    List.of(1, 0, 2, 4),
                    x -> 100 / x,
                    Tasks.Options.standard().withChunk(chunk))) {
                if (one.index() == 1) {
                    assertInstanceOf(ArithmeticException.class, one.failure());
                    TaskFailedException e = assertThrows(TaskFailedException.class, one::get);
                    assertTrue(e.getMessage().startsWith("task 1 (item: 0) failed in worker-"), e.getMessage());
                } else {
                    got[one.index()] = one.get();
                }
            }
            assertArrayEquals(new Integer[] {100, null, 50, 25}, got);
        }
    }

    @Test
    void an_item_that_cannot_be_sent_fails_alone_and_is_named() {
        List<Object> items = List.of("a", new Object(), "b");
        for (int chunk : new int[] {1, 3}) {
            List<String> outcomes = new ArrayList<>();
            for (var one : Tasks.asCompleted(
                    pool, items, Object::toString, Tasks.Options.standard().withChunk(chunk))) {
                outcomes.add(
                        one.index() + (!one.succeeded() ? " " + one.failure().getMessage() : one.result()));
            }
            Collections.sort(outcomes);
            assertEquals("0a", outcomes.get(0));
            assertTrue(outcomes.get(1).startsWith("1 item 1 cannot be sent"), outcomes.get(1));
            assertEquals("2b", outcomes.get(2));
        }
    }

    @Test
    void as_completed_gives_every_item_once_the_quick_ones_first() {
        List<Integer> millis = List.of(400, 1, 2, 3);
        List<Integer> order = new ArrayList<>();
        for (var one : Tasks.asCompleted(pool, millis, ms -> {
            TimeUnit.MILLISECONDS.sleep(ms);
            return -ms;
        })) {
            assertEquals(one.item(), -one.result());
            order.add(one.item());
        }
        assertEquals(400, order.getLast());
        assertEquals(Set.copyOf(millis), Set.copyOf(order));
    }

    @Test
    void resultsCanBeTakenOnceAndClosingCancelsTheRest() throws Exception {
        var results = Tasks.asCompleted(pool, List.of(1, 2), x -> x);
        int taken = 0;
        for (var one : results) {
            assertTrue(one.succeeded());
            taken++;
        }
        assertEquals(2, taken);
        assertThrows(IllegalStateException.class, results::iterator);
        Iterable<Integer> endless = () -> Stream.iterate(0, x -> x + 1).iterator();
        try (var some = Tasks.asCompleted(pool, endless, x -> x)) {
            assertTrue(some.iterator().next().succeeded());
        }
        assertEquals(5, pool.submit(() -> 5).get(), "the pool is free again");
    }

    // ---- ExecutorService

    @Test
    void invoke_all_keeps_order_and_waits_for_all() throws Exception {
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tasks.add((ProcessPool.Job<Integer>) new Squares(i));
        }
        List<Future<Integer>> futures = pool.invokeAll(tasks);
        for (int i = 0; i < 20; i++) {
            assertTrue(futures.get(i).isDone());
            assertEquals(i * i, futures.get(i).get());
        }
    }

    record Squares(int x) implements ProcessPool.Job<Integer> {
        @Override
        public Integer call() {
            return square(x);
        }
    }

    @Test
    void invoke_all_with_a_time_limit_cancels_what_is_not_done() throws Exception {
        List<ProcessPool.Job<Integer>> tasks = List.of(() -> 1, () -> {
            TimeUnit.MINUTES.sleep(1);
            return 2;
        });
        List<Future<Integer>> futures = pool.invokeAll(tasks, 300, TimeUnit.MILLISECONDS);
        assertEquals(1, futures.get(0).get());
        assertTrue(futures.get(1).isCancelled());
    }

    @Test
    void invoke_any_gives_a_result_of_one_that_succeeded() throws Exception {
        List<ProcessPool.Job<Integer>> tasks = List.of(
                () -> {
                    throw new IllegalStateException("no");
                },
                () -> 42);
        assertEquals(42, pool.invokeAny(tasks));
        List<ProcessPool.Job<Integer>> bad = List.of(() -> 1 / square(0));
        ExecutionException e = assertThrows(ExecutionException.class, () -> pool.invokeAny(bad));
        assertInstanceOf(ArithmeticException.class, e.getCause());
    }

    @Test
    void a_get_that_runs_out_of_time_leaves_the_task_alone() throws Exception {
        Future<Integer> slow = pool.submit(() -> {
            TimeUnit.MILLISECONDS.sleep(300);
            return 1;
        });
        assertThrows(TimeoutException.class, () -> slow.get(20, TimeUnit.MILLISECONDS));
        assertFalse(slow.isDone());
        assertEquals(1, slow.get());
        assertEquals(Future.State.SUCCESS, slow.state());
    }

    @Test
    void a_task_that_waits_can_be_cancelled_and_never_runs() throws Exception {
        try (ProcessPool one = ProcessPool.of(1);
                Shared.Doubles ran = Shared.doubles(1)) {
            Future<?> first = one.submit(() -> {
                TimeUnit.MILLISECONDS.sleep(200);
                return 1;
            });
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                waiting.add(one.submit(() -> ran.set(0, 1)));
            }
            waiting.forEach(task -> assertTrue(task.cancel(false)));
            first.get();
            assertEquals(2, one.submit(() -> 2).get());
            assertEquals(0, ran.get(0));
            assertThrows(CancellationException.class, waiting.get(3)::get);
            assertFalse(waiting.get(3).cancel(true), "it is cancelled already");
        }
    }

    @Test
    void many_threads_submit_at_once() throws Exception {
        List<Thread> threads = new ArrayList<>();
        AtomicInteger right = new AtomicInteger();
        for (int t = 0; t < 4; t++) {
            int base = t * 10_000;
            threads.add(Thread.ofPlatform().start(() -> {
                List<Future<Integer>> mine = new ArrayList<>();
                for (int i = 0; i < 3000; i++) {
                    mine.add(pool.submit((Callable<Integer>) new Returns(base + i)));
                }
                for (int i = 0; i < mine.size(); i++) {
                    try {
                        right.addAndGet(mine.get(i).get() == base + i ? 1 : 0);
                    } catch (InterruptedException | ExecutionException e) {
                        throw new AssertionError(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(12_000, right.get());
    }

    @Test
    void null_is_refused() {
        assertThrows(NullPointerException.class, () -> pool.submit((Callable<Integer>) null));
        assertThrows(NullPointerException.class, () -> pool.execute((Runnable) null));
    }

    @Test
    void shutdown_finishes_what_was_taken_on_and_takes_no_more() throws Exception {
        ProcessPool brief = ProcessPool.of(1);
        List<Future<Integer>> pending = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            int n = i;
            pending.add(brief.submit(() -> square(n)));
        }
        brief.shutdown();
        assertTrue(brief.isShutdown());
        assertThrows(RejectedExecutionException.class, () -> brief.submit(() -> 1));
        assertTrue(brief.awaitTermination(30, TimeUnit.SECONDS));
        assertTrue(brief.isTerminated());
        for (int i = 0; i < 30; i++) {
            assertEquals(i * i, pending.get(i).get());
        }
        brief.close();
    }

    @Test
    void shutdown_now_stops_a_running_task_and_gives_back_the_waiting_ones() throws Exception {
        ProcessPool brief = ProcessPool.of(1);
        Future<?> running;
        List<Runnable> waiting;
        List<Future<Integer>> futures = new ArrayList<>();
        try (Shared.Doubles begun = Shared.doubles(1)) {
            running = brief.submit(() -> {
                begun.set(0, 1);
                TimeUnit.MINUTES.sleep(1);
                return 0;
            });
            Waiting.until(() -> begun.get(0) == 1);
            for (int i = 0; i < 5; i++) {
                futures.add(brief.submit(() -> 1));
            }
            waiting = brief.shutdownNow();
        }
        assertEquals(5, waiting.size());
        assertTrue(futures.stream().allMatch(Future::isCancelled));
        assertTrue(brief.awaitTermination(30, TimeUnit.SECONDS));
        ExecutionException e = assertThrows(ExecutionException.class, running::get);
        assertInstanceOf(InterruptedException.class, e.getCause());
    }

    @Test
    void a_pool_that_is_closed_at_once_leaves_nothing() {
        try (ProcessPool unused = ProcessPool.of(2)) {
            assertFalse(unused.isShutdown());
        }
        try (ProcessPool used = ProcessPool.of(1)) {
            assertFalse(used.isTerminated());
        }
    }

    // ---- workers

    @Test
    void the_initializer_runs_once_in_each_worker_before_any_task() throws Exception {
        try (ProcessPool prepared = ProcessPool.builder()
                .workers(2)
                .initializer(() -> System.setProperty("prepared", Worker.name()))
                .build()) {
            for (String value : Tasks.map(
                    prepared, List.of(1, 2, 3, 4), x -> System.getProperty("prepared") + "=" + Worker.name())) {
                assertTrue(value.matches("(worker-\\d)=\\1"), value);
            }
        }
    }

    @Test
    void a_singleton_is_loaded_once_in_each_worker() {
        Set<String> seen = new HashSet<>();
        for (String loaded : Tasks.map(
                pool,
                IntStream.range(0, 50).boxed().toList(),
                x -> Worker.get("model", () -> Worker.name() + " " + System.nanoTime()))) {
            seen.add(loaded);
        }
        assertTrue(seen.size() <= 2, seen.toString());
        assertEquals("main", Worker.name());
        assertFalse(Worker.isWorker());
        int[] loads = {0};
        assertEquals(1, Worker.<Integer>get("here", () -> ++loads[0]));
        assertEquals(1, Worker.<Integer>get("here", () -> ++loads[0]));
    }

    @Test
    void an_idle_worker_is_used_again_and_takes_over_what_waits_behind_a_long_task() throws Exception {
        try (ProcessPool pool = ProcessPool.of(2);
                Shared.Doubles go = Shared.doubles(1)) {
            // Short tasks first, so that several are sent to a worker at once.
            Tasks.map(pool, IntStream.range(0, 2000).boxed().toList(), x -> x);
            Future<Integer> blocker = pool.submit(() -> {
                Waiting.spinUntilSet(go, 0);
                return 1;
            });
            for (int i = 0; i < 50; i++) {
                assertEquals(i, pool.submit(new Returns(i)).get(20, TimeUnit.SECONDS));
            }
            go.set(0, 1);
            assertEquals(1, blocker.get());
            assertEquals(0, pool.workersReplaced());
        }
    }

    record Returns(int x) implements ProcessPool.Job<Integer> {
        @Override
        public Integer call() {
            return x;
        }
    }

    static int oftenShort(int x) {
        long end = System.nanoTime() + (x % 7 == 0 ? 1_500_000 : x % 3 == 0 ? 200_000 : 0);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return x;
    }

    @Test
    void tasksOfMixedLengthComeOutOnceAndInOrder() {
        List<Integer> items = IntStream.range(0, 20_000).boxed().toList();
        assertEquals(
                items,
                Tasks.map(
                        pool,
                        items,
                        x -> oftenShort(x),
                        Tasks.Options.standard().withLookAhead(6)));
    }

    @Test
    void workers_have_names_cpu_time_and_memory() throws Exception {
        String name = pool.submit(() -> Worker.name()).get();
        assertTrue(name.matches("worker-\\d+"), name);
        ProcessPool.WorkerInfo info = pool.workers().stream()
                .filter(w -> w.name().equals(name))
                .findFirst()
                .orElseThrow();
        assertEquals("ready", info.state());
        assertTrue(info.calls() >= 1);
        assertTrue(info.cpu().toMillis() > 0, info.toString());
        assertTrue(info.residentBytes() > 10_000_000, info.toString());
    }

    @Test
    void jvm_options_reach_the_workers() throws Exception {
        try (ProcessPool small = ProcessPool.builder()
                .workers(1)
                .jvmOptions("-Xmx77m", "-Dcolour=red")
                .build()) {
            assertTrue(small.submit(() -> Runtime.getRuntime().maxMemory()).get() <= 77L << 20);
            assertEquals("red", small.submit(() -> System.getProperty("colour")).get());
        }
    }

    @Test
    void tasks_are_recorded_on_a_timeline_with_their_worker() throws Exception {
        Timeline timeline = new Timeline();
        long before = timeline.now();
        ExecutorService recorded = Pools.recording(pool, timeline, k -> "job " + k);
        ProcessPool.Job<Integer> job = () -> {
            TimeUnit.MILLISECONDS.sleep(30);
            return 1;
        };
        recorded.submit(job).get();
        Timeline.Span span = timeline.spans().getFirst();
        assertEquals("job 1", span.task());
        assertTrue(span.worker().startsWith("worker-"));
        assertTrue(span.nanos() >= 30_000_000 && span.startNanos() >= before && span.endNanos() <= timeline.now());
        pool.submit(() -> 1).get();
        assertEquals(1, timeline.spans().size(), "the pool itself does not record");
    }

    @Test
    void tasks_works_over_processes_as_over_any_pool() {
        int n = 3;
        assertEquals(List.of(3, 6, 9), Tasks.map(pool, List.of(1, 2, 3), x -> n * x));
        List<Integer> seen = new ArrayList<>();
        for (var one : Tasks.asCompleted(pool, List.of(1, 0, 2), x -> 2 / x)) {
            seen.add(one.succeeded() ? one.result() : -1);
        }
        Collections.sort(seen);
        assertEquals(List.of(-1, 1, 2), seen);
        TaskFailedException e =
                assertThrows(TaskFailedException.class, () -> Tasks.map(pool, List.of(1, 0), x -> 2 / x));
        assertInstanceOf(ArithmeticException.class, e.getCause());
    }

    @Test
    void what_a_task_prints_is_here_before_its_result_line_by_line_with_the_workers_name() throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        System.setOut(new PrintStream(heard, true, StandardCharsets.UTF_8));
        try {
            pool.submit(() -> {
                        System.out.print("one\ntwo ");
                        System.out.println("halves");
                        System.out.print("no end");
                    })
                    .get();
            assertTrue(
                    heard.toString(StandardCharsets.UTF_8)
                            .matches(
                                    "(?s)\\[worker-\\d+] one\\R\\[worker-\\d+] two halves\\R\\[worker-\\d+] no end\\R"),
                    heard.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(before);
        }
    }

    @Test
    void bad_settings_fail_with_the_value() {
        ProcessPool.Builder builder = ProcessPool.builder();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> builder.workers(0))
                .getMessage()
                .contains("got 0"));
        assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.retryLost(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> Tasks.map(
                        pool, List.of(1), x -> x, Tasks.Options.standard().withChunk(0)));
    }
}
