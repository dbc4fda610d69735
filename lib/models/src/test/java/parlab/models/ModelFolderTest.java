package parlab.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelFolderTest {
    @TempDir
    Path path;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void versions_are_numbered_and_the_manifest_names_the_last() throws IOException {
        ModelFolder folder = new ModelFolder(path.resolve("new"));
        assertEquals(Optional.empty(), folder.current());
        assertEquals(1, folder.publish(Digits.MODEL).number());
        ModelFolder.Version second = folder.publish(Digits.WIDE);
        assertEquals(2, second.number());
        assertEquals(Optional.of(second), folder.current());
        assertArrayEquals(Files.readAllBytes(Digits.WIDE), Files.readAllBytes(second.file()));
        assertEquals(1, folder.prune());
        assertEquals(Optional.of(second), folder.current());
    }

    /** A stand-in for a disk that is full: the writer fails half-way. */
    @Test
    void a_disk_that_fills_up_leaves_all_as_it_was() throws IOException {
        ModelFolder folder = new ModelFolder(path);
        ModelFolder.Version first = folder.publish(Digits.MODEL);
        List<String> before = names();
        IOException e = assertThrows(
                IOException.class,
                () -> folder.publish(out -> {
                    out.write(new byte[10_000]);
                    throw new IOException("No space left on device");
                }));
        assertEquals("No space left on device", e.getMessage());
        assertEquals(before, names());
        assertEquals(Optional.of(first), folder.current());
        assertEquals(2, folder.publish(Digits.WIDE).number());
    }

    @Test
    void a_model_with_its_weights_elsewhere_is_refused_by_name(@TempDir Path elsewhere) throws IOException {
        ModelFolder folder = new ModelFolder(path);
        ModelFolder.Version first = folder.publish(out -> out.write(TinyOnnx.withProperty("location", "x.data")));
        List<String> before = names();
        for (boolean nested : new boolean[] {false, true}) {
            byte[] model = TinyOnnx.withExternalData("digits.onnx.data", nested);
            IOException e = assertThrows(IOException.class, () -> folder.publish(out -> out.write(model)));
            assertTrue(e.getMessage().contains("this model keeps weights in digits.onnx.data"), e.getMessage());
            Path file = TinyOnnx.write(elsewhere.resolve("digits.onnx"), model);
            e = assertThrows(IOException.class, () -> folder.publish(file));
            assertTrue(e.getMessage().contains(file + " keeps weights in digits.onnx.data"), e.getMessage());
            assertEquals(before, names());
            assertEquals(Optional.of(first), folder.current());
        }
    }

    @Test
    void a_manifest_that_makes_no_sense_is_an_error_with_its_name() throws IOException {
        ModelFolder folder = new ModelFolder(path);
        folder.publish(Digits.MODEL);
        Path manifest = path.resolve("manifest.properties");
        for (String text : List.of(
                "",
                "version=1",
                "version=x\nfile=model-1.onnx\nbytes=1",
                "file=../other.onnx\nversion=1\nbytes=1",
                "file=\\u12")) {
            Files.writeString(manifest, text);
            IOException e = assertThrows(IOException.class, folder::current);
            assertTrue(e.getMessage().contains("manifest.properties"), e.getMessage());
        }
    }

    @Test
    void publishers_at_the_same_time_get_numbers_of_their_own() throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            Callable<Long> publish =
                    () -> new ModelFolder(path).publish(Digits.MODEL).number();
            TreeSet<Long> numbers = new TreeSet<>();
            for (Future<Long> future :
                    pool.invokeAll(IntStream.range(0, 20).mapToObj(_ -> publish).toList())) {
                numbers.add(future.get());
            }
            assertEquals(20, numbers.size());
            assertEquals(20, numbers.last());
        }
    }

    @Test
    void a_folder_named_through_a_link_is_the_same_folder() throws Exception {
        Path link = Files.createSymbolicLink(path.resolve("link"), Files.createDirectory(path.resolve("real")));
        List<ModelFolder> names = List.of(new ModelFolder(path.resolve("real")), new ModelFolder(link));
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            TreeSet<Long> numbers = new TreeSet<>();
            List<Future<Long>> futures = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ModelFolder folder = names.get(i % 2);
                futures.add(pool.submit(() -> folder.publish(Digits.MODEL).number()));
            }
            for (Future<Long> future : futures) {
                numbers.add(future.get());
            }
            assertEquals(20, numbers.size());
        }
        IOException e = assertThrows(
                IOException.class,
                () -> names.getFirst().publish(out -> names.getLast().publish(Digits.MODEL)));
        assertTrue(e.getMessage().contains("is locked by this process already"), e.getMessage());
    }

    /** To root nothing is read-only: then this shows less. */
    @Test
    void a_folder_that_can_not_be_written_to_can_be_served() throws IOException {
        ModelFolder folder = new ModelFolder(path);
        folder.publish(Digits.MODEL);
        File lock = path.resolve("lock").toFile();
        assertTrue(lock.setWritable(false) && path.toFile().setWritable(false));
        try (SwappableModel model = SwappableModel.open(path, Model.Options.DEFAULT)) {
            assertEquals(1, model.version());
        } finally {
            assertTrue(path.toFile().setWritable(true) && lock.setWritable(true));
        }
    }
}
