package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ImageServerTest {

    /** A notebook's place: starts a server, says its process, and stays until it is killed. */
    static final class Starter {
        private Starter() {}

        public static void main(String[] args) throws Exception {
            ImageServer server = Samples.server(10, 2_000_000);
            System.out.println(server.pid());
            Thread.sleep(Duration.ofHours(1)); // to be killed
            server.close();
        }
    }

    @Test
    void endsWhenItsParentIsKilled() throws Exception {
        Samples.jpeg(0); // is made before
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Starter.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = parent.inputReader(StandardCharsets.UTF_8)) {
            CompletableFuture<ProcessHandle> end = ProcessHandle.of(Long.parseLong(out.readLine()))
                    .orElseThrow()
                    .onExit();
            assertFalse(end.isDone());
            parent.destroyForcibly();
            assertFalse(end.get(60, TimeUnit.SECONDS).isAlive());
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void endsWhenItIsClosed() {
        ImageServer server = Samples.server(10, 2_000_000);
        assertTrue(server.isAlive());
        assertTrue(server.toString().contains("127.0.0.1"), server.toString());
        server.close();
        server.close();
        assertFalse(server.isAlive());
        assertTrue(server.toString().contains("not running"), server.toString());
    }

    @Test
    void saysWhyItDoesNotStart(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        IllegalStateException e = assertThrows(
                IllegalStateException.class, () -> ImageServer.start(new ServerMain.Settings(file, 10, 0, 0)));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }

    @Test
    void waitsAndThrottlesAsItWasTold() {
        try (ImageServer server = Samples.server(40, 100_000);
                Download download = Download.standard()) {
            Fetched image = download.get(server.image(5));
            double least = 0.04 + image.bytes().length / 100_000.0;
            assertTrue(image.nanos() > 1e9 * least, image + ", and it takes at least " + least + " s");
            Fetched quick = download.get(server.slow(server.image(5), Duration.ZERO, 0));
            assertEquals(image.bytes().length, quick.bytes().length);
            Fetched slow = download.get(server.slow(server.thumbnail(5), Duration.ofMillis(150), 0));
            assertTrue(slow.nanos() > 150e6, slow.toString());
        }
    }

    @Test
    void theSameImagesAreMadeEachTimeAndABrokenFileIsMadeAnew(@TempDir Path folder) throws Exception {
        ImageSet first = ImageSet.in(folder, 10, 1);
        Path file;
        try (var files = Files.list(folder)) {
            file = files.filter(f -> f.toString().endsWith(".bin")).findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(file);
        byte[] damaged = whole.clone();
        damaged[whole.length / 2]++;
        for (byte[] bytes : new byte[][] {damaged, Arrays.copyOf(whole, 100), {}}) {
            Files.write(file, bytes);
            ImageSet again = ImageSet.in(folder, 10, 1);
            assertEquals(first.image(7).length, again.image(7).length);
            assertArrayEquals(whole, Files.readAllBytes(file));
        }
        ImageSet other = ImageSet.in(folder, 10, 2);
        assertFalse(Arrays.equals(first.image(0), other.image(0)));
    }
}
