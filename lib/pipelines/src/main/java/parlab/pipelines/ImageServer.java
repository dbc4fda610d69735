package parlab.pipelines;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import parlab.system.ChildJvm;
import parlab.system.OutputTail;

/**
 * A web server on 127.0.0.1, in a process of its own, that serves 1000 JPEG images as slowly as a server that is far away, after 10 ms
 * and at 2 MB/s for each connection, and fails where it is told to.
 *
 * <pre>{@code
 * try (ImageServer server = ImageServer.start()) {
 *     for (URI image : server.images()) { ... }
 * }
 * }</pre>
 *
 * <p>The images are drawn from a seed at the first start, which takes some seconds, and kept in a file; they
 * are in several sizes from 160 x 120 to 640 x 480 pixels. Of the images of {@link #images()} one, {@link #errorImage()}, is always
 * answered with 500, and one, {@link #brokenImage()}, always breaks off half-way. {@link #fault} has more to offer.
 *
 * <p>The process ends when this object is closed, when nobody refers to it any more, and when this JVM ends, however it ends.
 * Thread-safe.
 */
public final class ImageServer implements AutoCloseable {
    /** What the list of images promises: no image is larger. */
    public static final int PROMISED_BYTES = 100_000;

    private static final Cleaner CLEANER = Cleaner.create();
    /** The images may have to be drawn first. */
    private static final Duration START_WITHIN = Duration.ofMinutes(2);

    private static final int CHARACTERS_KEPT = 4000;

    /** The process, apart from this object, so that a cleaner may end it. */
    private static final class Child implements Runnable {
        private volatile Process process;

        @Override
        public void run() {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private final ServerMain.Settings settings;
    private final Child child = new Child();
    private final Cleaner.Cleanable cleanable;
    private final int port;

    private ImageServer(ServerMain.Settings settings) {
        this.settings = settings;
        port = launch(0);
        cleanable = CLEANER.register(this, child);
    }

    /**
     * Starts a server, whose images are kept in {@code build/data} of this clone, and waits until it answers.
     *
     * @throws IllegalStateException if it does not start; the message has what it said
     */
    public static ImageServer start() {
        Path folder = Path.of(System.getProperty("parlab.home", ".."), "build", "data");
        return start(new ServerMain.Settings(folder, 1000, 10, 2_000_000));
    }

    static ImageServer start(ServerMain.Settings settings) {
        return new ImageServer(settings);
    }

    /** Starts the process on a port, 0 for a free one, and returns the port. */
    private int launch(int wanted) {
        Process process;
        try {
            process = ChildJvm.of(ServerMain.class)
                    .options("-Xmx256m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError")
                    .options("-Djava.awt.headless=true")
                    .locationsOf(ServerMain.class)
                    .arguments(settings.arguments(wanted))
                    .builder()
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("the image server's process does not start: " + e.getMessage(), e);
        }
        child.process = process;
        CompletableFuture<Integer> ready = new CompletableFuture<>();
        OutputTail said = new OutputTail(process.getInputStream(), CHARACTERS_KEPT, line -> {
            if (line.startsWith("ready ")) {
                ready.complete(Integer.valueOf(line.substring(6)));
            }
        });
        var unused = process.onExit().thenRun(() -> ready.completeExceptionally(new IOException("it has ended")));
        try {
            return ready.get(START_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the image server was starting", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the image server did not start; it said: " + all(said), e);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "the image server was not ready within " + START_WITHIN.toSeconds() + " s; it said: " + all(said),
                    e);
        }
    }

    private static String all(OutputTail said) {
        try {
            said.awaitEnd(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // what has come until now
        }
        return said.text().isBlank() ? "nothing" : said.text().strip();
    }

    // ---- addresses

    /** Returns the addresses of all images, with the two that fail among them. */
    public List<URI> images() {
        return IntStream.range(0, settings.count()).mapToObj(this::image).toList();
    }

    /**
     * Returns the address of the n-th image. There is no last one: numbers beyond the count begin again with the first
     * image, and do not fail.
     */
    public URI image(int n) {
        return address("images/" + number(n) + ".jpg");
    }

    /** Returns the address of a small version of an image, 96 x 72 pixels and some 3 kB. None of them fails. */
    public URI thumbnail(int n) {
        return address("thumbnails/" + number(n) + ".jpg");
    }

    /** Returns the address of a small answer in JSON, {@code {"id": 7, "value": 123}}. */
    public URI api(int n) {
        return address("api/" + number(n));
    }

    /** Returns the address of an image that does not come as it should. */
    public URI fault(Fault fault, int n) {
        return address("faults/" + fault.path() + "/" + number(n) + ".jpg");
    }

    /**
     * Returns an address of this server with a latency, from 0 to 60 s, and a bandwidth, 0 for no limit, of its own.
     */
    public URI slow(URI address, Duration latency, long bytesPerSecond) {
        return URI.create(address + "?latency=" + latency.toMillis() + "&rate=" + bytesPerSecond);
    }

    /** Returns the number of the image that is always answered with 500. */
    public int errorImage() {
        return settings.errorImage();
    }

    /** Returns the number of the image that always breaks off half-way. */
    public int brokenImage() {
        return settings.brokenImage();
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + port + "/" + path);
    }

    private static int number(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("an image's number must be 0 or more, got " + n);
        }
        return n;
    }

    // ---- the process

    /**
     * Returns the largest number of requests that were being answered at once since this was last asked.
     *
     * @throws UncheckedIOException if the server does not answer
     */
    public int mostInProgress() {
        try (InputStream in = address("stats").toURL().openStream()) {
            return Integer.parseInt(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the number of the running process, or of the last one. */
    public long pid() {
        return child.process.pid();
    }

    /** Returns whether the process lives. */
    public boolean isAlive() {
        return child.process.isAlive();
    }

    /**
     * Kills the process at once, in the middle of whatever it was sending, and waits for its end. An interrupt does not cut that
     * short, or {@link #restart} would find the process alive; the thread's interrupt status is set then.
     */
    public void kill() {
        ChildJvm.awaitEnd(child.process.destroyForcibly());
    }

    /**
     * Starts it again on the same port, after a {@link #kill}.
     *
     * @throws IllegalStateException if it lives, or does not start
     */
    public void restart() {
        if (isAlive()) {
            throw new IllegalStateException("the image server lives, process " + pid() + ": kill it first");
        }
        launch(port);
    }

    /** Ends the process, and waits for its end. */
    @Override
    public void close() {
        cleanable.clean();
        kill();
    }

    @Override
    public String toString() {
        return "image server at " + address("") + (isAlive() ? ", process " + pid() : ", not running");
    }
}
