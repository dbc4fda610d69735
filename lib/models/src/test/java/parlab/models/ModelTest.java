package parlab.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class ModelTest {
    @TempDir
    Path folder;

    private Path tiny(String name, byte[] bytes) {
        return TinyOnnx.write(folder.resolve(name), bytes);
    }

    private static void refused(String words, Executable body) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, body);
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }

    private static void bad(String words, Path file) {
        BadModelException e =
                assertThrows(BadModelException.class, () -> Model.open(file).close());
        assertTrue(e.getMessage().contains(words) && e.getMessage().contains(file.toString()), e.getMessage());
    }

    @Test
    void digits_are_recognised_one_by_one_and_all_at_once() throws IOException {
        DigitSet digits = Digits.load();
        try (Model model = Model.open(Digits.MODEL)) {
            float[] answers = model.run(digits.batch(digits.size()));
            int right = digits.right(answers);
            assertTrue(right >= 0.97 * digits.size(), right + " right");
            for (int i = 0; i < digits.size(); i++) {
                float[] own = Arrays.copyOfRange(answers, i * 10, i * 10 + 10);
                assertArrayEquals(model.run(digits.pixels(i)), own, 1e-5f);
            }
        }
    }

    @Test
    void a_model_opens_out_of_the_bytes_of_its_file() throws IOException {
        float[] one = Digits.load().pixels(0);
        byte[] bytes = Files.readAllBytes(Digits.MODEL);
        try (Model file = Model.open(Digits.MODEL);
                Model memory = Model.open(bytes, Model.Options.DEFAULT)) {
            assertArrayEquals(file.run(one), memory.run(one));
        }
        byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
        BadModelException e = assertThrows(
                BadModelException.class,
                () -> Model.open(half, Model.Options.DEFAULT).close());
        assertTrue(e.getMessage().contains(half.length + " bytes"), e.getMessage());
    }

    @Test
    void the_model_says_what_it_takes() throws IOException {
        try (Model model = Model.open(Digits.MODEL)) {
            assertEquals("pixels", model.inputName());
            assertArrayEquals(new long[] {-1, 64}, model.inputShape());
            assertEquals(64, model.inputLength());
            assertEquals("digits.onnx [n, 64] -> [n, 10]", model.toString());
        }
        assertEquals("1.29.0", Model.runtimeVersion());
    }

    @Test
    void a_request_that_does_not_fit_is_refused_with_its_reason_and_the_next_is_answered() throws IOException {
        try (Model model = Model.open(tiny("four.onnx", TinyOnnx.adds(4, 1)))) {
            refused("the request is null; four.onnx takes [n, 4] floats, 4 a row", () -> model.run(null));
            refused("the request has 5 numbers", () -> model.run(new float[5]));
            refused("the request has 0 numbers", () -> model.run(new float[0]));
            refused("the request has NaN at place 2", () -> model.run(new float[] {1, 2, Float.NaN, 4}));
            refused(
                    "the request has -Infinity at place 7",
                    () -> model.run(new float[] {1, 2, 3, 4, 5, 6, 7, Float.NEGATIVE_INFINITY}));
            refused("must be a float[], this is a double[]", () -> model.answer(new double[4]));
            refused("must be a float[], this is a String", () -> model.answer("4"));
            refused("the request is null", () -> model.answer(null));
            assertArrayEquals(new float[] {2, 3, 4, 5}, model.run(new float[] {1, 2, 3, 4}));
            assertArrayEquals(new float[] {2, 3, 4, 5}, model.answer(new float[] {1, 2, 3, 4}));
        }
    }

    @Test
    void numbers_are_not_looked_at_if_that_is_not_wanted() throws IOException {
        Path file = tiny("four.onnx", TinyOnnx.adds(4, 1));
        try (Model model = Model.open(file, Model.Options.DEFAULT.check(false))) {
            assertTrue(Float.isNaN(model.run(new float[] {Float.NaN, 0, 0, 0})[0]));
        }
    }

    @Test
    void a_file_that_is_no_model_is_refused_with_its_reason() throws IOException {
        byte[] whole = Files.readAllBytes(Digits.MODEL);
        bad("there is no such file", folder.resolve("absent.onnx"));
        bad("it is not a file", folder);
        bad("Protobuf parsing failed", tiny("truncated.onnx", Arrays.copyOf(whole, whole.length / 2)));
        bad("Protobuf parsing failed", tiny("text.onnx", new byte[500]));
        bad("cannot be used as a model", tiny("empty.onnx", new byte[0]));
        bad("Opset 99 is under development", tiny("opset.onnx", TinyOnnx.withOpset(99)));
        bad("its input x is DOUBLE, not FLOAT", tiny("double.onnx", TinyOnnx.withType(TinyOnnx.DOUBLE)));
        bad("only the first dimension may be free", tiny("free.onnx", TinyOnnx.withFree("n", "m")));
    }

    @Test
    void options_are_checked_and_any_of_them_gives_the_same_answer() throws IOException {
        refused("from 0 to 1024, got -1", () -> Model.Options.DEFAULT.intra(-1));
        refused("from 0 to 1024, got 1025", () -> Model.Options.DEFAULT.intra(1025));
        float[] one = Digits.load().pixels(0);
        float[] wanted;
        try (Model model = Model.open(Digits.MODEL)) {
            wanted = model.run(one);
        }
        Model.Options plain = Model.Options.DEFAULT;
        for (Model.Options options :
                List.of(plain.intra(2), plain.intra(2).spin(false), plain.shared(true), plain.intra(0))) {
            try (Model model = Model.open(Digits.MODEL, options)) {
                assertArrayEquals(wanted, model.run(one), 1e-5f, options.toString());
            }
        }
    }

    @Test
    void buffers_are_used_again_for_other_numbers_of_rows() throws IOException {
        try (Model model = Model.open(tiny("four.onnx", TinyOnnx.adds(4, 10)))) {
            for (int rows : new int[] {2, 1, 1, 3, 2, 2, 5, 1, 3}) {
                float[] request = new float[rows * 4];
                float[] wanted = new float[rows * 4];
                for (int i = 0; i < request.length; i++) {
                    request[i] = i + rows;
                    wanted[i] = i + rows + 10;
                }
                assertArrayEquals(wanted, model.run(request));
            }
        }
    }

    @Test
    void a_closed_model_takes_no_requests_and_closing_twice_does_nothing() throws IOException {
        Model model = Model.open(Digits.MODEL);
        model.run(new float[64]);
        model.close();
        model.close();
        assertTrue(model.isFreed());
        assertThrows(IllegalStateException.class, () -> model.run(new float[64]));
    }

    @Test
    void many_threads_share_a_model_and_each_gets_its_own_answers() throws Exception {
        try (Model model = Model.open(tiny("four.onnx", TinyOnnx.adds(4, 1)));
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<?>> futures = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int number = thread;
                futures.add(pool.submit(() -> {
                    for (int i = 0; i < 2000; i++) {
                        float x = number * 10_000 + i;
                        int rows = 1 + i % 3;
                        float[] request = new float[4 * rows];
                        Arrays.fill(request, x);
                        for (float y : model.run(request)) {
                            assertEquals(x + 1, y);
                        }
                    }
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }

    /** Whoever runs when the model is closed gets an answer; whoever comes later is refused; nothing crashes. */
    @Test
    void closing_under_load_never_frees_what_is_in_use() throws Exception {
        Path file = tiny("wide.onnx", TinyOnnx.adds(50_000, 1));
        float[] request = new float[50_000];
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                Model model = Model.open(file);
                CountDownLatch running = new CountDownLatch(8);
                List<Future<Integer>> futures = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    futures.add(pool.submit(() -> {
                        int answered = 0;
                        while (true) {
                            try {
                                assertEquals(1f, model.run(request)[49_999]);
                            } catch (IllegalStateException e) {
                                return answered;
                            }
                            answered++;
                            running.countDown();
                        }
                    }));
                }
                running.await();
                model.close();
                int answered = 0;
                for (Future<Integer> future : futures) {
                    answered += future.get();
                }
                assertTrue(answered >= 8 && model.isFreed());
            }
        }
    }
}
