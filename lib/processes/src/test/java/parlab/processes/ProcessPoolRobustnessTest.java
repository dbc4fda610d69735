package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import parlab.executors.Tasks;

/** Moments that nobody plans for: ends that come early, inputs that break, exceptions that lie, tasks that misbehave. */
@Timeout(60)
final class ProcessPoolRobustnessTest {

    record Returns(int x) implements ProcessPool.Job<Integer> {
        @Override
        public Integer call() {
            return x;
        }
    }

    static int sleep(int millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
        return millis;
    }

    // ---- completion services and execute

    @Test
    void completionServiceIsRefusedAndRunsNothingHere() {
        try (ProcessPool pool = ProcessPool.of(1)) {
            boolean[] ranHere = {false};
            CompletionService<Object> service = new ExecutorCompletionService<>(pool);
            assertThrows(UnsendableException.class, () -> service.submit(() -> ranHere[0] = true));
            assertFalse(ranHere[0]);
        }
    }

    @Test
    void what_a_command_of_execute_throws_is_printed_with_its_worker() throws Exception {
        String heard = Console.heard(() -> {
            try (ProcessPool pool = ProcessPool.of(1)) {
                pool.execute(() -> {
                    throw new IllegalStateException("nobody waits for me");
                });
            }
            return null;
        });
        assertTrue(heard.contains("in worker-1: java.lang.IllegalStateException: nobody waits for me"), heard);
    }

    // ---- early ends

    @Test
    void shutdownNowEndsTasksThatWouldBeTriedAgain() throws Exception {
        ProcessPool pool = ProcessPool.builder()
                .workers(1)
                .retryLost(1_000_000)
                .grace(Duration.ofMillis(100))
                .build();
        try (Shared.Doubles begun = Shared.doubles(1)) {
            Future<Integer> task = pool.submit(() -> {
                begun.set(0, 1);
                while (true) {
                    Thread.onSpinWait();
                }
            });
            Waiting.until(() -> begun.get(0) == 1);
            pool.shutdownNow();
            assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS));
            ExecutionException e = assertThrows(ExecutionException.class, task::get);
            assertInstanceOf(WorkerDiedException.class, e.getCause());
        }
    }

    @Test
    void cancelling_what_begins_in_the_same_moment_costs_no_worker() throws Exception {
        try (ProcessPool pool =
                ProcessPool.builder().workers(1).grace(Duration.ofSeconds(20)).build()) {
            // Short tasks first, so that several are sent at once.
            Tasks.map(pool, IntStream.range(0, 2000).boxed().toList(), x -> x);
            for (int round = 0; round < 300; round++) {
                List<Future<Integer>> before = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    before.add(pool.submit(new Returns(i)));
                }
                Future<Integer> endless = pool.submit(() -> sleep(1_000_000));
                for (int i = 0; i < (round % 30) * 40; i++) {
                    Thread.onSpinWait();
                }
                endless.cancel(true);
                assertEquals(round, pool.submit(new Returns(round)).get(15, TimeUnit.SECONDS));
                assertEquals(4, before.getLast().get());
            }
            assertEquals(0, pool.workersReplaced());
        }
    }

    @Test
    void resultsKeepTheirPoolFromBeingGivenUp() {
        Iterator<Tasks.Completed<Integer, Integer>> results = resultsOfAPoolThatNobodyRefersTo();
        for (int i = 0; i < 200; i++) {
            if (i % 40 == 0) {
                System.gc();
            }
            assertEquals(i, results.next().result());
        }
    }

    private static Iterator<Tasks.Completed<Integer, Integer>> resultsOfAPoolThatNobodyRefersTo() {
        Iterable<Integer> endless = () -> Stream.iterate(0, x -> x + 1).iterator();
        return Tasks.asCompleted(
                        ProcessPool.of(1),
                        endless,
                        x -> x,
                        Tasks.Options.standard().withLookAhead(5))
                .iterator();
    }

    // ---- inputs and limits

    @Test
    void time_outs_longer_than_any_clock_never_come() throws Exception {
        try (ProcessPool pool = ProcessPool.builder()
                .workers(1)
                .timeout(Duration.ofSeconds(Long.MAX_VALUE))
                .grace(Duration.ofSeconds(Long.MAX_VALUE))
                .build()) {
            assertEquals(20, pool.submit(() -> sleep(20)).get());
            assertEquals(
                    50,
                    Tasks.map(
                                    pool,
                                    IntStream.range(0, 50).boxed().toList(),
                                    x -> sleep(1),
                                    Tasks.Options.standard().withChunk(50))
                            .size());
        }
    }

    @Test
    void a_thread_that_was_interrupted_can_make_shared_memory_and_submit_big_arrays() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            double[] big = new double[100_000];
            Thread.currentThread().interrupt();
            Shared.Doubles shared = Shared.doubles(1000);
            Future<Integer> task = pool.submit(() -> big.length + (int) shared.length());
            assertTrue(Thread.interrupted(), "the interrupt is kept");
            assertEquals(101_000, task.get());
            shared.close();
        }
    }

    // ---- exceptions and output of all kinds

    static final class Mute extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message");
        }
    }

    static final class FailsToBeWritten extends RuntimeException {
        private static final long serialVersionUID = 1;

        private void writeObject(ObjectOutputStream out) throws IOException {
            throw new AssertionError("not to be written");
        }
    }

    static final class ValueThatFailsToBeWritten implements Serializable {
        private static final long serialVersionUID = 1;

        private void writeObject(ObjectOutputStream out) throws IOException {
            throw new NoClassDefFoundError("gone");
        }
    }

    private static RuntimeException nested(int levels) {
        RuntimeException made = null;
        for (int i = 0; i < levels; i++) {
            made = new RuntimeException("level " + i, made);
        }
        return made;
    }

    private static RuntimeException cyclic() {
        RuntimeException first = new RuntimeException("first");
        first.initCause(new RuntimeException("second", first));
        return first;
    }

    @Test
    void exceptions_that_fail_when_they_are_described_or_written_cost_no_worker() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            List<ProcessPool.Job<Object>> tasks = List.of(
                    () -> {
                        throw new Mute();
                    },
                    () -> {
                        throw new FailsToBeWritten();
                    },
                    () -> new ValueThatFailsToBeWritten(),
                    () -> {
                        throw nested(5000);
                    },
                    () -> {
                        throw cyclic();
                    },
                    () -> {
                        throw new RuntimeException("m".repeat(5_000_000));
                    });
            List<String> told = new ArrayList<>();
            for (ProcessPool.Job<Object> task : tasks) {
                told.add(assertThrows(
                                ExecutionException.class,
                                () -> pool.submit(task).get(30, TimeUnit.SECONDS))
                        .getMessage());
            }
            assertTrue(told.get(0).contains("Mute"), told.get(0));
            assertTrue(told.get(1).contains("FailsToBeWritten"), told.get(1));
            assertTrue(told.get(2).contains("NoClassDefFoundError: gone"), told.get(2));
            assertTrue(told.get(3).contains("level 4999"), told.get(3));
            assertTrue(told.get(4).contains("first"), told.get(4));
            assertTrue(told.get(5).length() > 5_000_000, "the whole message");
            assertEquals(0, pool.workersReplaced());
        }
    }

    @Test
    void the_last_lines_on_standard_error_arrive_even_of_a_worker_that_halts_in_the_next_moment() {
        try (ProcessPool pool = ProcessPool.of(1)) {
            for (int i = 0; i < 5; i++) {
                int n = i;
                Future<Object> task = pool.submit(() -> {
                    System.err.println("last words " + n);
                    Runtime.getRuntime().halt(1);
                    return null;
                });
                WorkerDiedException e = assertInstanceOf(
                        WorkerDiedException.class,
                        assertThrows(ExecutionException.class, task::get).getCause());
                assertEquals(List.of("last words " + n), e.lastErrorLines());
            }
        }
    }

    @Test
    void a_task_that_closes_the_streams_does_not_silence_the_next() throws Exception {
        String heard = Console.heard(() -> {
            try (ProcessPool pool = ProcessPool.of(1)) {
                pool.submit(() -> {
                            System.out.close();
                            System.err.close();
                            System.in.close();
                            return 0;
                        })
                        .get();
                pool.submit(() -> System.out.println("still here")).get();
            }
            return null;
        });
        assertTrue(heard.contains("still here"), heard);
    }

    @Test
    void a_flood_of_output_in_one_piece_is_cut_off_as_well() throws Exception {
        String heard = Console.heard(() -> {
            try (ProcessPool pool =
                    ProcessPool.builder().workers(1).outputLimit(1000).build()) {
                pool.submit(() -> System.out.write(new byte[20 << 20], 0, 20 << 20))
                        .get();
            }
            return null;
        });
        assertTrue(heard.length() < 5000, "heard " + heard.length() + " characters");
        assertTrue(heard.contains((20 << 20) - 1000 + " more bytes"), heard.substring(Math.min(1000, heard.length())));
    }

    /** A process with a small heap, whose worker returns more than that holds. */
    static final class SmallParent {
        public static void main(String[] args) throws Exception {
            try (ProcessPool pool =
                    ProcessPool.builder().workers(1).jvmOptions("-Xmx512m").build()) {
                try {
                    pool.submit(() -> "x".repeat(60_000_000)).get();
                } catch (ExecutionException e) {
                    System.out.println(e.getMessage());
                }
                System.out.println("and goes on: " + pool.submit(() -> 5).get());
            }
        }
    }

    @Test
    void a_result_bigger_than_this_process_can_hold_fails_its_task_and_the_pool_goes_on() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallParent.class.getName())
                .redirectErrorStream(true)
                .start();
        String said;
        try {
            said = new String(parent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            parent.destroyForcibly();
        }
        assertTrue(said.contains("needs more memory than this process has"), said);
        assertTrue(said.contains("and goes on: 5"), said);
    }

    // ---- what is kept, and what is given up

    static final class Ballast implements Serializable {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("unused")
        private final byte[] weight = new byte[1000];
    }

    /** In a worker: what the last task captured. */
    private static WeakReference<Ballast> seen = new WeakReference<>(null);

    static boolean look(Ballast ballast) {
        seen = new WeakReference<>(ballast);
        return seen.refersTo(ballast);
    }

    @Test
    void what_a_task_captured_is_given_up_on_both_sides_when_it_is_done() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            List<Future<Boolean>> tasks = new ArrayList<>();
            WeakReference<Ballast> here = submitWithBallast(pool, tasks);
            assertTrue(tasks.getFirst().get());
            Waiting.until(() -> {
                System.gc();
                return here.refersTo(null);
            });
            assertNull(pool.submit(() -> {
                        for (int i = 0; i < 50 && seen.get() != null; i++) {
                            System.gc();
                        }
                        return seen.get();
                    })
                    .get());
        }
    }

    private static WeakReference<Ballast> submitWithBallast(ProcessPool pool, List<Future<Boolean>> tasks) {
        Ballast ballast = new Ballast();
        tasks.add(pool.submit(() -> look(ballast)));
        return new WeakReference<>(ballast);
    }

    @Test
    void resultsThatWereTakenAreGivenUpWhileTheRestIsComputed() {
        try (ProcessPool pool = ProcessPool.of(1)) {
            Iterator<Tasks.Completed<Integer, Ballast>> results = Tasks.asCompleted(
                            pool,
                            List.of(1, 2, 3),
                            x -> new Ballast(),
                            Tasks.Options.standard().withLookAhead(1))
                    .iterator();
            WeakReference<Ballast> first = new WeakReference<>(results.next().result());
            results.next();
            Waiting.until(() -> {
                System.gc();
                return first.refersTo(null);
            });
            assertNotNull(results.next().result());
        }
    }

    // ---- workers that die or stand still

    @Test
    void workers_killed_while_big_messages_are_under_way_fail_their_task_at_most() throws Exception {
        String big = "z".repeat(8 << 20);
        double[] array = new double[1 << 20];
        try (ProcessPool pool = ProcessPool.of(1)) {
            for (int round = 0; round < 8; round++) {
                Future<Integer> task = pool.submit(() -> (big + array.length).length());
                Future<String> back = pool.submit(() -> big.toLowerCase(java.util.Locale.ROOT));
                Waiting.until(
                        () -> pool.workers().stream().anyMatch(w -> w.state().equals("ready")));
                TimeUnit.MILLISECONDS.sleep(3L * round);
                pool.workers().stream()
                        .filter(w -> w.pid() != 0)
                        .forEach(w -> ProcessHandle.of(w.pid()).ifPresent(ProcessHandle::destroyForcibly));
                for (Future<?> one : List.of(task, back)) {
                    try {
                        assertNotNull(one.get(30, TimeUnit.SECONDS));
                    } catch (ExecutionException e) {
                        assertInstanceOf(WorkerDiedException.class, e.getCause());
                    }
                }
            }
            assertEquals(1, pool.submit(new Returns(1)).get());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_worker_that_stands_still_is_killed_at_the_time_out_and_replaced() throws Exception {
        try (ProcessPool pool = ProcessPool.builder()
                .workers(1)
                .timeout(Duration.ofSeconds(1))
                .grace(Duration.ofMillis(100))
                .build()) {
            long pid = pool.submit(() -> ProcessHandle.current().pid()).get();
            assertEquals(
                    0, new ProcessBuilder("kill", "-STOP", "" + pid).start().waitFor());
            Future<Integer> task = pool.submit(new Returns(1));
            ExecutionException e = assertThrows(ExecutionException.class, () -> task.get(30, TimeUnit.SECONDS));
            assertInstanceOf(TimeoutException.class, e.getCause());
            Waiting.until(() -> pool.workersReplaced() == 1);
            assertFalse(Waiting.alive(pid));
        }
    }
}
