package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens at the edges: pools that cannot start, a busy notebook, messages that do not fit. */
@Timeout(120)
final class ProcessPoolEdgesTest {
    private static String failure(Future<?> future) {
        return assertThrows(ExecutionException.class, future::get).getMessage();
    }

    @Test
    void a_pool_that_cannot_start_ends_with_its_tasks_when_closed() {
        Future<Integer> task;
        try (ProcessPool pool =
                ProcessPool.builder().workers(1).jvmOptions("-XX:NoSuchOption").build()) {
            task = pool.submit(() -> 1);
        }
        assertTrue(failure(task).contains("NoSuchOption"), failure(task));
    }

    @Test
    void an_option_that_prints_on_standard_output_is_named() {
        try (ProcessPool pool =
                ProcessPool.builder().workers(1).jvmOptions("-Xlog:gc*").build()) {
            String failure = failure(pool.submit(() -> 1));
            assertTrue(failure.contains("-Xlog:gc:stderr"), failure);
        }
    }

    private static Future<Double> firstOf(ProcessPool pool) {
        Shared.Doubles shared = Shared.doubles(new double[] {2.5});
        return pool.submit(() -> shared.get(0));
    }

    @Test
    void shared_memory_that_only_a_waiting_task_knows_is_kept() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1);
                Shared.Doubles go = Shared.doubles(1)) {
            Future<?> first = pool.submit(() -> {
                Waiting.spinUntilSet(go, 0);
            });
            Future<Double> waiting = firstOf(pool);
            System.gc();
            System.gc();
            go.set(0, 1);
            assertEquals(2.5, waiting.get());
            first.get();
        }
    }

    @Test
    void virtual_threads_that_compute_do_not_keep_a_task_from_its_interrupt() throws Exception {
        AtomicBoolean go = new AtomicBoolean(true);
        AtomicLong counted = new AtomicLong();
        List<Thread> busy = new ArrayList<>();
        try (ProcessPool pool = ProcessPool.of(1);
                Shared.Doubles begun = Shared.doubles(1)) {
            pool.submit(() -> 1).get();
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                busy.add(Thread.ofVirtual().start(() -> {
                    while (go.get()) {
                        counted.incrementAndGet();
                    }
                }));
            }
            Future<Integer> task = pool.submit(() -> {
                begun.set(0, 1);
                Thread.sleep(60_000);
                return 1;
            });
            Waiting.until(() -> begun.get(0) != 0);
            task.cancel(true);
            assertEquals(2, pool.submit(() -> 2).get());
            assertEquals(0, pool.workersReplaced());
        } finally {
            go.set(false);
            for (Thread thread : busy) {
                thread.join();
            }
        }
        assertTrue(counted.get() > 0);
    }

    @Test
    void a_task_too_big_for_a_workers_heap_says_so() {
        String big = "x".repeat(40_000_000);
        try (ProcessPool pool =
                ProcessPool.builder().workers(1).jvmOptions("-Xmx32m").build()) {
            String failure = failure(pool.submit(() -> big.length()));
            assertTrue(failure.contains("too big for its heap"), failure);
        }
    }

    @Test
    void arrays_that_cannot_be_read_are_deleted(@TempDir Path folder) throws IOException {
        MessageFolder parent = new MessageFolder(List.of(folder), "p");
        MessageFolder worker = new MessageFolder(List.of(folder), "w");
        Path mine = parent.write(new double[10]);
        Path sent = worker.write(new double[10]);
        Path alsoSent = worker.write(new double[10]);
        parent.discardReceived();
        assertTrue(Files.exists(mine));
        assertFalse(Files.exists(sent));
        assertFalse(Files.exists(alsoSent));
    }

    @Test
    void of_a_message_with_one_bad_array_no_other_is_left(@TempDir Path folder) throws IOException {
        BigArrays.InFiles sent = new BigArrays.InFiles(new MessageFolder(List.of(folder), "p"));
        sent.add(new double[10]);
        sent.add(new double[20]);
        Files.delete(folder.resolve("p1"));
        Outgoing table = new Outgoing(100);
        sent.writeTable(table);
        MessageFolder worker = new MessageFolder(List.of(folder), "w");
        assertThrows(IOException.class, () -> BigArrays.read(new Incoming(Wire.TASK, table.toArray()), worker));
        assertFalse(Files.exists(folder.resolve("p2")));
    }

    @Test
    void asking_a_finished_task_in_an_interrupted_thread_cancels_nothing() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1);
                Shared.Doubles go = Shared.doubles(1)) {
            Future<Integer> done = pool.submit(() -> 1);
            done.get();
            Future<Integer> other = pool.submit(() -> {
                Waiting.spinUntilSet(go, 0);
                return 2;
            });
            Thread.currentThread().interrupt();
            assertEquals(Future.State.SUCCESS, done.state());
            assertEquals(1, done.resultNow());
            assertTrue(Thread.interrupted());
            go.set(0, 1);
            assertEquals(2, other.get());
        }
    }

    @Test
    void a_list_of_equal_elements_comes_back() throws Exception {
        try (ProcessPool pool = ProcessPool.of(1)) {
            List<Integer> equal = Collections.nCopies(1_000_000, 1);
            assertEquals(
                    equal, pool.submit(() -> Collections.nCopies(1_000_000, 1)).get());
        }
    }

    @Test
    void whoever_waits_for_printed_lines_does_not_wait_for_later_ones() {
        OutputPrinter printer = new OutputPrinter("test-output");
        PrintStream before = System.out;
        AtomicBoolean more = new AtomicBoolean(true);
        // Each line that is printed brings another.
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                if (more.get()) {
                    printer.line(false, "another");
                }
            }
        });
        try {
            printer.line(false, "a line");
            printer.drain();
            more.set(false);
            printer.drain();
        } finally {
            System.setOut(before);
            printer.end();
        }
    }

    @Test
    void a_long_line_is_cut_between_characters() throws Exception {
        String line = "x" + "\u00e9".repeat(50_000);
        String all = Console.heard(() -> {
            try (ProcessPool pool = ProcessPool.of(1)) {
                return pool.submit(() -> System.out.println(line)).get();
            }
        });
        assertEquals(line, all.replace("[worker-1] ", "").replace(System.lineSeparator(), ""));
    }
}
