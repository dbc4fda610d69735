package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How ONNX Runtime is loaded, in JVMs of their own. */
final class OnnxRuntimeTest {
    private static final int CHILDREN = 4;

    /** Waits for a line, then opens a model. */
    static final class Opens {
        private Opens() {}

        public static void main(String[] args) throws Exception {
            System.out.println("ready");
            if (System.in.read() < 0) {
                return; // whoever started this is gone
            }
            if (args.length > 1) {
                Model.globalThreads(2, false);
            }
            try (Model model = Model.open(Path.of(args[0]))) {
                System.out.print(model.run(new float[64]).length);
            }
        }
    }

    /** Such as the workers of a pool on a new machine. Their command lines are long: ONNX Runtime recurses over them. */
    @Test
    void processes_that_load_it_first_at_the_same_moment_all_succeed(@TempDir Path cache) throws Exception {
        List<String> options = List.of("-Dparlab.cache=" + cache, "-Dpadding=" + "x".repeat(20_000));
        List<Child> children = new ArrayList<>();
        try {
            for (int i = 0; i < CHILDREN; i++) {
                String[] arguments = {Digits.MODEL.toString(), "with global threads"};
                children.add(Child.start(Opens.class, options, Arrays.copyOf(arguments, 1 + i % 2)));
            }
            for (Child child : children) {
                assertEquals("ready", child.output().readLine());
            }
            for (Child child : children) {
                child.process().outputWriter().append('\n').flush();
            }
            for (Child child : children) {
                assertEquals("10", child.rest());
            }
        } finally {
            children.forEach(child -> child.process().destroyForcibly());
        }
        try (Stream<Path> copies = Files.list(cache)) {
            assertEquals(1, copies.count());
        }
    }

    @Test
    void global_threads_are_made_before_the_first_model_or_not_at_all() throws IOException {
        Model.open(Digits.MODEL).close();
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> Model.globalThreads(2, true));
        assertTrue(e.getMessage().contains("in a fresh process"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Model.globalThreads(-1, true));
    }
}
