package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.processes.ProcessPool;
import parlab.processes.Worker;

/** Models in the workers of a process pool: each loads its own, from one folder. */
final class ModelWorkersTest {
    private static final int WIDTH = 16;

    @TempDir
    Path path;

    /** The version that answered, and its first and last number, which must both be that version. */
    static long[] ask(String folder) {
        SwappableModel model = Worker.get("model", () -> SwappableModel.open(Path.of(folder), Model.Options.DEFAULT));
        SwappableModel.Refresh refresh = model.refresh();
        if (refresh.outcome() == SwappableModel.Outcome.REFUSED) {
            throw new IllegalStateException(refresh.reason());
        }
        SwappableModel.Answer answer = model.ask(new float[WIDTH * 3]);
        return new long[] {answer.version(), (long) answer.values()[0], (long) answer.values()[WIDTH * 3 - 1]};
    }

    private void publish(ModelFolder folder, int version) throws Exception {
        folder.publish(out -> out.write(TinyOnnx.adds(WIDTH, version)));
    }

    private static long version(Future<long[]> answer) throws Exception {
        long[] found = answer.get();
        assertEquals(found[0], found[1]);
        assertEquals(found[0], found[2]);
        return found[0];
    }

    @Test
    void in_twenty_swaps_no_request_to_a_worker_fails_and_none_sees_two_versions() throws Exception {
        ModelFolder folder = new ModelFolder(path);
        publish(folder, 1);
        String name = path.toString();
        TreeSet<Long> seen = new TreeSet<>();
        try (ProcessPool pool = ProcessPool.of(2)) {
            for (int version = 1; version <= 21; version++) {
                List<Future<long[]>> before = submit(pool, name, 20);
                if (version > 1) {
                    publish(folder, version); // while those run
                    folder.prune();
                }
                for (Future<long[]> answer : before) {
                    seen.add(version(answer));
                }
                for (Future<long[]> answer : submit(pool, name, 4)) {
                    assertEquals(version, version(answer));
                    seen.add((long) version);
                }
            }
        }
        assertEquals(21, seen.size());
    }

    @Test
    void a_worker_that_is_killed_under_load_costs_no_answer() throws Exception {
        publish(new ModelFolder(path), 1);
        String name = path.toString();
        try (ProcessPool pool = ProcessPool.builder().workers(2).retryLost(5).build()) {
            List<Future<long[]>> answers = new ArrayList<>(submit(pool, name, 200));
            for (int kill = 0; kill < 3; kill++) {
                version(answers.get(50 * kill)); // it is at work
                pool.workers().stream()
                        .map(worker -> ProcessHandle.of(worker.pid()))
                        .flatMap(java.util.Optional::stream)
                        .findFirst()
                        .ifPresent(ProcessHandle::destroyForcibly);
                answers.addAll(submit(pool, name, 200));
            }
            for (Future<long[]> answer : answers) {
                assertEquals(1, version(answer));
            }
            assertEquals(800, answers.size());
            assertTrue(pool.workersReplaced() >= 1);
        }
    }

    private static List<Future<long[]>> submit(ProcessPool pool, String folder, int count) {
        List<Future<long[]>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(pool.submit((ProcessPool.Job<long[]>) () -> ask(folder)));
        }
        return answers;
    }
}
