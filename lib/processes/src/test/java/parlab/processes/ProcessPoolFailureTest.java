package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parlab.executors.TaskFailedException;
import parlab.executors.Tasks;

/** Every way in which a task, its values, or its worker can fail, and that the pool goes on afterwards. */
@Timeout(60)
final class ProcessPoolFailureTest {
    private static ProcessPool pool;

    @BeforeAll
    static void open() {
        pool = ProcessPool.of(2);
    }

    @AfterAll
    static void close() throws Exception {
        assertEquals(4, pool.submit(() -> 4).get(), "after all that the pool still works");
        pool.close();
    }

    static ExecutionException failureOf(Future<?> task) {
        return assertThrows(ExecutionException.class, () -> task.get(30, TimeUnit.SECONDS));
    }

    static WorkerDiedException deathIn(Future<?> task) {
        return assertInstanceOf(WorkerDiedException.class, failureOf(task).getCause());
    }

    static void endless() {
        while (true) {
            Thread.onSpinWait();
        }
    }

    // ---- exceptions

    @Test
    void an_exception_arrives_with_type_message_remote_stack_and_worker() {
        ExecutionException e = failureOf(pool.submit(() -> Integer.parseInt("seven")));
        NumberFormatException cause = assertInstanceOf(NumberFormatException.class, e.getCause());
        assertTrue(
                e.getMessage().matches("in worker-\\d+: java.lang.NumberFormatException: For input string: \"seven\""),
                e.getMessage());
        assertTrue(List.of(cause.getStackTrace()).stream()
                .anyMatch(f -> f.getMethodName().equals("parseInt")));
        assertTrue(
                List.of(e.getStackTrace()).stream()
                        .anyMatch(f -> f.getMethodName().equals("failureOf")),
                "and the caller's stack");
    }

    static final class Unserialisable extends Exception {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("unused")
        private final Object handle = new Object();

        Unserialisable(String message) {
            super(message, new IOException("the cause"));
        }
    }

    @Test
    void an_exception_that_cannot_be_serialised_arrives_as_text() {
        Future<Object> task = pool.submit(() -> {
            throw new Unserialisable("broken");
        });
        RemoteTaskException e =
                assertInstanceOf(RemoteTaskException.class, failureOf(task).getCause());
        assertEquals(Unserialisable.class.getName(), e.typeName());
        assertEquals(Unserialisable.class.getName() + ": broken", e.getMessage());
        assertTrue(e.remoteStack().contains("Caused by: java.io.IOException: the cause"));
        assertTrue(e.getStackTrace().length > 0);
    }

    @Test
    void an_error_and_a_stack_overflow_are_failures_like_others() {
        Future<Object> task = pool.submit(() -> {
            throw new AssertionError("wrong");
        });
        assertInstanceOf(AssertionError.class, failureOf(task).getCause());
        assertInstanceOf(
                StackOverflowError.class,
                failureOf(pool.submit(() -> recursion(1))).getCause());
    }

    static int recursion(int x) {
        return x == 0 ? 0 : recursion(x + 1) + recursion(x + 2);
    }

    // ---- values that cannot be sent

    record Config(Map<String, List<Object>> parts) implements Serializable {}

    @Test
    void an_argument_that_cannot_be_sent_is_refused_before_anything_is_sent_with_the_path_to_the_fault() {
        Config config = new Config(Map.of("db", List.of("ok", new Thread())));
        UnsendableException e = assertThrows(
                UnsendableException.class,
                () -> pool.submit(() -> config.parts().size()));
        assertTrue(e.getMessage().contains("captured Config"), e.getMessage());
        assertTrue(e.getMessage().contains("it.parts[\"db\"][1] is a java.lang.Thread"), e.getMessage());
        assertTrue(e.getMessage().contains("Worker.get"), "and says what to do: " + e.getMessage());
    }

    @Test
    void a_result_that_cannot_be_sent_back_is_named() {
        UnsendableException e = assertInstanceOf(
                UnsendableException.class,
                failureOf(pool.submit(() -> (Object) new ArrayList<>(List.of(1, new Object()))))
                        .getCause());
        assertTrue(e.getMessage().contains("result[1] is a java.lang.Object"), e.getMessage());
    }

    @Test
    void resultOfAClassThatIsNotPlainDataIsNotAdmitted() {
        Callable<Object> task = (ProcessPool.Job<Object>) () -> new javax.swing.event.EventListenerList();
        ExecutionException e = failureOf(pool.submit(task));
        assertTrue(e.getMessage().contains("javax.swing.event.EventListenerList"), e.getMessage());
        assertTrue(e.getMessage().contains("not plain data"), e.getMessage());
    }

    @Test
    void a_result_nested_beyond_the_bound_is_refused_and_not_an_overflow() {
        Future<Object> task = pool.submit(() -> {
            Object nested = "x";
            for (int i = 0; i < 1500; i++) {
                nested = new Object[] {nested};
            }
            return nested;
        });
        ExecutionException e = failureOf(task);
        assertTrue(e.getMessage().contains("nested"), e.getMessage());
    }

    /** Fails at one of the four moments of serialisation, as CPython's tests of deadlocks do. */
    record Trap(String moment) implements Serializable {
        private void act(String now) {
            if (moment.equals(now + " error")) {
                throw new IllegalStateException(now);
            }
            if (moment.equals(now + " exit")) {
                Runtime.getRuntime().halt(9);
            }
        }
    }

    static final class Trapped implements Serializable {
        private static final long serialVersionUID = 1;
        private transient Trap trap;

        Trapped(String moment) {
            trap = new Trap(moment);
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            trap.act("writing");
            out.writeObject(trap);
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            trap = (Trap) in.readObject();
            trap.act("reading");
        }
    }

    @Test
    void an_error_while_a_task_is_written_or_read_fails_that_task_only() throws Exception {
        Trapped writing = new Trapped("writing error");
        assertTrue(assertThrows(UnsendableException.class, () -> pool.submit(() -> writing.hashCode()))
                .getMessage()
                .contains("writing"));
        Trapped reading = new Trapped("reading error");
        assertInstanceOf(
                IllegalStateException.class,
                failureOf(pool.submit(() -> reading.hashCode())).getCause());
        assertEquals(1, pool.submit(() -> 1).get());
    }

    @Test
    void a_worker_that_exits_while_it_reads_a_task_is_a_dead_worker() {
        Trapped reading = new Trapped("reading exit");
        assertEquals(9, deathIn(pool.submit(() -> reading.hashCode())).exitCode());
    }

    @Test
    void an_error_while_a_result_is_written_or_read_fails_that_task_only() throws Exception {
        assertTrue(failureOf(pool.submit(() -> (Object) new Trapped("writing error")))
                .getMessage()
                .contains("writing"));
        assertTrue(failureOf(pool.submit(() -> (Object) new Trapped("reading error")))
                .getMessage()
                .contains("reading"));
        assertEquals(
                9,
                deathIn(pool.submit(() -> (Object) new Trapped("writing exit"))).exitCode());
        assertEquals(1, pool.submit(() -> 1).get());
    }

    // ---- workers that die

    @Test
    void a_dead_worker_fails_only_its_task_and_is_replaced() throws Exception {
        long before = pool.workersReplaced();
        Future<Object> victim = pool.submit(() -> {
            System.err.println("last words");
            Runtime.getRuntime().halt(5);
            return null;
        });
        List<Future<Integer>> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int n = i;
            others.add(pool.submit(() -> n));
        }
        WorkerDiedException e = deathIn(victim);
        assertEquals(5, e.exitCode());
        assertEquals(0, e.signal());
        assertTrue(e.worker().startsWith("worker-"));
        assertEquals(List.of("last words"), e.lastErrorLines());
        assertTrue(e.getMessage().contains("exit code 5") && e.getMessage().contains("last words"), e.getMessage());
        for (int i = 0; i < 20; i++) {
            assertEquals(i, others.get(i).get());
        }
        Waiting.until(() -> pool.workersReplaced() > before);
    }

    @Test
    void a_worker_killed_from_outside_is_reported_with_the_signal() throws Exception {
        try (Shared.Doubles pid = Shared.doubles(1)) {
            Future<Object> victim = pool.submit(() -> {
                pid.set(0, (double) ProcessHandle.current().pid());
                endless();
                return null;
            });
            Waiting.until(() -> pid.get(0) != 0);
            ProcessHandle.of((long) pid.get(0)).orElseThrow().destroyForcibly();
            WorkerDiedException e = deathIn(victim);
            assertEquals(9, e.signal());
            assertEquals((long) pid.get(0), e.pid());
            assertTrue(e.getMessage().contains("SIGKILL"), e.getMessage());
        }
    }

    @Test
    void system_exit_ends_one_worker_and_is_named_with_its_place() {
        WorkerDiedException e = deathIn(pool.submit(() -> System.exit(3)));
        assertEquals(3, e.exitCode());
        assertTrue(e.getMessage().contains("System.exit was called at"), e.getMessage());
        assertTrue(e.getMessage().contains("ProcessPoolFailureTest"), e.getMessage());
    }

    @Test
    void a_worker_out_of_memory_fails_its_task_with_advice_and_is_replaced() throws Exception {
        try (ProcessPool small =
                ProcessPool.builder().workers(1).jvmOptions("-Xmx32m").build()) {
            long first = small.submit(() -> ProcessHandle.current().pid()).get();
            Future<Object> hungry = small.submit(() -> {
                Object all = null;
                while (true) {
                    all = new Object[] {all, new byte[1 << 20]};
                }
            });
            OutOfMemoryError e =
                    assertInstanceOf(OutOfMemoryError.class, failureOf(hungry).getCause());
            assertTrue(e.getMessage().contains("-Xmx"), e.getMessage());
            assertNotEquals(
                    first, small.submit(() -> ProcessHandle.current().pid()).get());
        }
    }

    @Test
    void a_lost_chunk_of_a_map_fails_its_items_and_the_others_arrive() {
        List<String> outcomes = new ArrayList<>();
        for (var one : Tasks.asCompleted(
                pool,
                IntStream.range(0, 20).boxed().toList(),
                x -> {
                    if (x == 7) {
                        Runtime.getRuntime().halt(1);
                    }
                    return x;
                },
                Tasks.Options.standard().withChunk(5))) {
            if (!one.succeeded()) {
                assertInstanceOf(WorkerDiedException.class, one.failure());
                outcomes.add("lost");
            }
        }
        assertEquals(5, outcomes.size());
    }

    @Test
    void a_lost_task_is_run_again_when_asked_for() throws Exception {
        try (ProcessPool stubborn =
                        ProcessPool.builder().workers(1).retryLost(2).build();
                Shared.Doubles attempts = Shared.doubles(1)) {
            Future<Integer> task = stubborn.submit(() -> {
                attempts.set(0, attempts.get(0) + 1);
                if (attempts.get(0) < 3) {
                    Runtime.getRuntime().halt(1);
                }
                return (int) attempts.get(0);
            });
            assertEquals(3, task.get());
            Future<Object> hopeless = stubborn.submit(() -> {
                attempts.set(0, attempts.get(0) + 1);
                Runtime.getRuntime().halt(1);
                return null;
            });
            deathIn(hopeless);
            assertEquals(6, attempts.get(0), "one attempt and two more");
            assertInstanceOf(
                    ArithmeticException.class,
                    failureOf(stubborn.submit(
                                    () -> 1 / attempts.getClass().getName().indexOf('p')))
                            .getCause());
        }
    }

    // ---- tasks that do not end

    @Test
    void a_task_past_its_time_out_is_interrupted_and_its_worker_lives_on() throws Exception {
        try (ProcessPool limited =
                ProcessPool.builder().workers(1).timeout(Duration.ofMillis(300)).build()) {
            long pid = limited.submit(() -> ProcessHandle.current().pid()).get();
            Future<Object> sleeper = limited.submit(() -> {
                TimeUnit.MINUTES.sleep(1);
                return null;
            });
            TimeoutException e =
                    assertInstanceOf(TimeoutException.class, failureOf(sleeper).getCause());
            assertTrue(e.getMessage().contains("300 ms"), e.getMessage());
            assertEquals(
                    pid, limited.submit(() -> ProcessHandle.current().pid()).get());
        }
    }

    @Test
    void taskThatIgnoresItsTimeOutLosesItsWorker() throws Exception {
        try (ProcessPool limited =
                ProcessPool.builder().workers(1).timeout(Duration.ofMillis(200)).build()) {
            Future<Integer> hung = limited.submit(() -> {
                endless();
                return 1;
            });
            assertInstanceOf(TimeoutException.class, failureOf(hung).getCause());
            assertEquals(2, limited.submit(() -> 2).get());
            assertEquals(1, limited.workersReplaced());
        }
    }

    @Test
    void cancelling_stops_an_endless_task_and_frees_its_worker() throws Exception {
        try (ProcessPool one = ProcessPool.builder()
                        .workers(1)
                        .grace(Duration.ofMillis(100))
                        .build();
                Shared.Doubles pid = Shared.doubles(1)) {
            Future<Object> hung = one.submit(() -> {
                pid.set(0, (double) ProcessHandle.current().pid());
                endless();
                return null;
            });
            Waiting.until(() -> pid.get(0) != 0);
            assertTrue(hung.cancel(true));
            assertThrows(CancellationException.class, hung::get);
            assertEquals(2, one.submit(() -> 2).get());
            Waiting.until(() -> !Waiting.alive((long) pid.get(0)));
        }
    }

    @Test
    void an_interrupted_waiter_stops_all_its_tasks_and_can_close_at_once() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CountDownLatch closed = new CountDownLatch(1);
        try (Shared.Doubles pids = Shared.doubles(2)) {
            Thread cell = Thread.ofPlatform().start(() -> {
                try (ProcessPool mine = ProcessPool.of(2)) {
                    List<Future<Object>> tasks = new ArrayList<>();
                    for (int i = 0; i < 2; i++) {
                        int n = i;
                        tasks.add(mine.submit(() -> {
                            pids.set(n, (double) ProcessHandle.current().pid());
                            endless();
                            return null;
                        }));
                    }
                    tasks.get(0).get();
                } catch (InterruptedException | ExecutionException e) {
                    seen.set(e);
                }
                closed.countDown();
            });
            Waiting.until(() -> pids.get(0) != 0 && pids.get(1) != 0);
            cell.interrupt();
            assertTrue(closed.await(10, TimeUnit.SECONDS));
            assertInstanceOf(InterruptedException.class, seen.get());
            Waiting.until(() -> !Waiting.alive((long) pids.get(0)) && !Waiting.alive((long) pids.get(1)));
        }
    }

    @Test
    void an_interrupted_map_is_cancelled() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        try (Shared.Doubles begun = Shared.doubles(1)) {
            Thread cell = Thread.ofPlatform().start(() -> {
                try {
                    Tasks.map(pool, List.of(1, 2, 3), x -> {
                        begun.set(0, 1);
                        TimeUnit.MINUTES.sleep(1);
                        return x;
                    });
                } catch (CancellationException e) {
                    seen.set(e);
                }
            });
            Waiting.until(() -> begun.get(0) == 1);
            cell.interrupt();
            cell.join();
            assertInstanceOf(CancellationException.class, seen.get());
        }
        assertEquals(1, pool.submit(() -> 1).get());
    }

    // ---- output and pipes

    @Test
    void a_flood_of_output_is_cut_off_and_counted() throws Exception {
        String text = Console.heard(() -> {
            try (ProcessPool quiet =
                    ProcessPool.builder().workers(1).outputLimit(10_000).build()) {
                String line = "x".repeat(999);
                assertEquals(
                        7,
                        quiet.submit(() -> {
                                    for (int i = 0; i < 100_000; i++) {
                                        System.out.println(line);
                                    }
                                    return 7;
                                })
                                .get());
            }
            return null;
        });
        assertTrue(text.length() < 40_000, "heard " + text.length() + " characters");
        assertTrue(
                text.contains("more bytes of this task's output are not shown"), text.substring(text.length() - 300));
    }

    @Test
    void messages_far_bigger_than_any_buffer_in_both_directions_at_once_do_not_block() throws Exception {
        String big = "y".repeat(3 << 20);
        List<String> items = List.of(big, big, big, big, big, big, big, big);
        for (String back : Tasks.map(pool, items, x -> x + "!")) {
            assertEquals((3 << 20) + 1, back.length());
        }
    }

    // ---- pools that cannot work

    @Test
    void a_failing_initializer_fails_the_pool_with_its_cause_and_all_its_tasks() throws Exception {
        ProcessPool broken = ProcessPool.builder()
                .workers(2)
                .initializer(() -> {
                    throw new IllegalArgumentException("no licence");
                })
                .build();
        try {
            Future<Integer> task = broken.submit(() -> 1);
            ExecutionException e = failureOf(task);
            assertTrue(e.getMessage().contains("initializer failed"), e.getMessage());
            assertInstanceOf(IllegalArgumentException.class, e.getCause().getCause());
            RejectedExecutionException rejected =
                    assertThrows(RejectedExecutionException.class, () -> broken.submit(() -> 1));
            assertTrue(rejected.getMessage().contains("no licence"), rejected.getMessage());
        } catch (RejectedExecutionException alreadyBroken) {
            assertTrue(alreadyBroken.getMessage().contains("no licence"));
        } finally {
            broken.close();
        }
        assertTrue(broken.isTerminated());
    }

    @Test
    void workers_that_cannot_start_fail_the_pool_with_what_their_jvm_said() {
        try (ProcessPool impossible =
                ProcessPool.builder().workers(1).jvmOptions("-XX:NoSuchOption").build()) {
            ExecutionException e = failureOf(impossible.submit(() -> 1));
            assertTrue(e.getMessage().contains("cannot start"), e.getMessage());
            assertTrue(e.getMessage().contains("NoSuchOption"), e.getMessage());
        }
    }

    @Test
    void a_task_cannot_start_a_pool_of_its_own() {
        ExecutionException e = failureOf(pool.submit(() -> ProcessPool.of(1).toString()));
        assertInstanceOf(IllegalStateException.class, e.getCause());
        assertTrue(e.getMessage().contains("tried to start a process pool"), e.getMessage());
        ProcessPool outer = pool;
        UnsendableException unsendable =
                assertThrows(UnsendableException.class, () -> pool.submit(() -> outer.isShutdown()));
        assertTrue(unsendable.getMessage().contains("a task cannot use the pools"), unsendable.getMessage());
    }

    @Test
    void a_map_over_a_pool_that_was_shut_down_is_rejected() {
        ProcessPool ended = ProcessPool.of(1);
        ended.close();
        assertThrows(RejectedExecutionException.class, () -> Tasks.map(ended, List.of(1), x -> x));
        assertFalse(ended.workers().stream().anyMatch(w -> Waiting.alive(w.pid())));
    }

    @Test
    void to_list_of_a_failing_map_throws_and_cancels_the_rest() {
        TaskFailedException e =
                assertThrows(TaskFailedException.class, () -> Tasks.map(pool, List.of(0, 1), x -> 1 / x));
        assertInstanceOf(ArithmeticException.class, e.getCause());
    }
}
