package parlab.pipelines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import parlab.pipelines.internal.ServerMain;

/**
 * A web server on 127.0.0.1, in a process of its own, that serves JPEG images as slowly as it is told to, and fails where it is
 * told to.
 *
 * <pre>{@code
 * try (ImageServer server = ImageServer.start()) {
 *     for (URI image : server.images()) { ... }
 * }
 * }</pre>
 *
 * <p>The images are drawn from a seed at the first start, which takes some seconds, and kept in a file; {@code count} of them
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
    private static final int LINES_KEPT = 20;

    /**
     * How busy the server is.
     *
     * @param open connections that are open
     * @param mostInProgress the largest number of requests that were being answered at once since this was last asked
     * @param served requests answered to the end
     */
    public record Load(int open, int mostInProgress, long served) {}

    /** The process, apart from this object, so that a cleaner may end it. */
    private static final class Server implements Runnable {
        private Process process;

        synchronized void set(Process newProcess) {
            process = newProcess;
        }

        synchronized Process get() {
            return process;
        }

        @Override
        public void run() {
            Process now = get();
            if (now != null) {
                now.destroyForcibly();
            }
        }
    }

    private final ServerMain.Settings settings;
    private final Duration startWithin;
    private final Server server = new Server();
    private final Cleaner.Cleanable cleanable;
    private final int port;

    private ImageServer(ServerMain.Settings settings, Duration startWithin) {
        this.settings = settings;
        this.startWithin = startWithin;
        port = launch(0);
        cleanable = CLEANER.register(this, server);
    }

    /**
     * A server as {@link #builder} has it: 1000 images, 10 ms latency, 2 MB/s for each connection.
     *
     * @return a server that answers
     * @throws IllegalStateException if it does not start; the message has what it said
     */
    public static ImageServer start() {
        return builder().start();
    }

    /**
     * For a server with other properties.
     *
     * @return a builder with the defaults of {@link #start}
     */
    public static Builder builder() {
        return new Builder();
    }

    /** How a server shall be. Not thread-safe. */
    public static final class Builder {
        private int count = 1000;
        private long seed = 5;
        private Duration latency = Duration.ofMillis(10);
        private long bytesPerSecond = 2_000_000;
        private Path folder = Path.of(System.getProperty("parlab.home", ".."), "build", "data");
        private Duration startWithin = Duration.ofMinutes(2);

        private Builder() {}

        /**
         * The number of images.
         *
         * @param images from 10 to 100,000
         * @return this
         */
        public Builder images(int images) {
            count = Math.toIntExact(inRange("images", images, 10, 100_000));
            return this;
        }

        /**
         * What the images are drawn from.
         *
         * @param newSeed any number
         * @return this
         */
        public Builder seed(long newSeed) {
            seed = newSeed;
            return this;
        }

        /**
         * How long a request waits for its answer to begin; {@link ImageServer#slow} sets it for single requests.
         *
         * @param time from 0 to 60 s, in whole milliseconds
         * @return this
         */
        public Builder latency(Duration time) {
            inRange("the latency in ms", time.toMillis(), 0, 60_000);
            latency = time;
            return this;
        }

        /**
         * How fast an answer comes.
         *
         * @param bytes a second, for each connection; 0 for no limit
         * @return this
         */
        public Builder bandwidth(long bytes) {
            bytesPerSecond = inRange("the bandwidth", bytes, 0, 1L << 40);
            return this;
        }

        /**
         * Where the images are kept; otherwise {@code build/data} of this clone.
         *
         * @param newFolder made if it is not there
         * @return this
         */
        public Builder folder(Path newFolder) {
            folder = Objects.requireNonNull(newFolder, "folder");
            return this;
        }

        /**
         * How long to wait for the server, which may have to draw its images first.
         *
         * @param time more than 0; 2 minutes otherwise
         * @return this
         */
        public Builder startWithin(Duration time) {
            inRange("the time to start in ms", time.toMillis(), 1, Long.MAX_VALUE);
            startWithin = time;
            return this;
        }

        private static long inRange(String what, long value, long low, long high) {
            if (value < low || value > high) {
                throw new IllegalArgumentException(what + " must be from " + low + " to " + high + ", got " + value);
            }
            return value;
        }

        /**
         * Starts the server and waits until it answers.
         *
         * @return the server
         * @throws IllegalStateException if it does not start; the message has what it said
         */
        public ImageServer start() {
            ServerMain.Settings settings = new ServerMain.Settings(
                    folder.toAbsolutePath().normalize(),
                    count,
                    seed,
                    0,
                    latency.toMillis(),
                    bytesPerSecond,
                    Set.of(errorImage(count)),
                    Set.of(brokenImage(count)));
            return new ImageServer(settings, startWithin);
        }
    }

    /** Starts the process on a port, 0 for a free one, and returns the port. */
    private int launch(int wanted) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
                "-cp",
                placeOfThisClass(),
                ServerMain.class.getName()));
        command.addAll(Arrays.asList(settings.withPort(wanted).arguments()));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IllegalStateException("the image server's process does not start: " + e.getMessage(), e);
        }
        server.set(process);
        Deque<String> said = new ArrayDeque<>();
        Thread.Builder reader = Thread.ofVirtual().name("image-server-output");
        CompletableFuture<Integer> ready = new CompletableFuture<>();
        reader.start(() -> listen(process, said, ready));
        try {
            return ready.get(startWithin.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the image server was starting", e);
        } catch (ExecutionException e) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "the image server did not start; it said: " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "the image server was not ready within " + startWithin.toSeconds() + " s; it said: " + tail(said),
                    e);
        }
    }

    private static void listen(Process process, Deque<String> said, CompletableFuture<Integer> ready) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ready ")) {
                    ready.complete(Integer.valueOf(line.substring(6)));
                }
                synchronized (said) {
                    said.add(line);
                    if (said.size() > LINES_KEPT) {
                        said.remove();
                    }
                }
            }
        } catch (IOException e) {
            // it was killed; what it said before counts
        }
        ready.completeExceptionally(new IOException(tail(said)));
    }

    private static String tail(Deque<String> said) {
        synchronized (said) {
            return said.isEmpty() ? "nothing" : String.join("\n", said);
        }
    }

    private static String placeOfThisClass() {
        try {
            return Path.of(ImageServer.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the jar of the image server has an odd address: " + e.getMessage(), e);
        }
    }

    // ---- addresses

    /**
     * All images.
     *
     * @return as many addresses as there are images, with the two that fail among them
     */
    public List<URI> images() {
        return IntStream.range(0, settings.count()).mapToObj(this::image).toList();
    }

    /**
     * One image. There is no last one: numbers beyond the count begin again with the first image, and do not fail.
     *
     * @param n 0 or more
     * @return its address
     */
    public URI image(int n) {
        return address("images/" + number(n) + ".jpg");
    }

    /**
     * A small version of an image, 96 x 72 pixels and some 3 kB.
     *
     * @param n 0 or more, without an end as {@link #image}; none of them fails
     * @return its address
     */
    public URI thumbnail(int n) {
        return address("thumbnails/" + number(n) + ".jpg");
    }

    /**
     * A small answer in JSON, {@code {"id": 7, "value": 123}}.
     *
     * @param n 0 or more
     * @return its address
     */
    public URI api(int n) {
        return address("api/" + number(n));
    }

    /**
     * An image that does not come as it should.
     *
     * @param fault what is wrong
     * @param n the image's number, 0 or more
     * @return its address
     */
    public URI fault(Fault fault, int n) {
        return address("faults/" + fault.path() + "/" + number(n) + ".jpg");
    }

    /**
     * The same with another latency and bandwidth than the server's.
     *
     * @param address one of this server's
     * @param latency from 0 to 60 s, in whole milliseconds
     * @param bytesPerSecond 0 for no limit
     * @return the new address
     */
    public URI slow(URI address, Duration latency, long bytesPerSecond) {
        return URI.create(address + "?latency=" + latency.toMillis() + "&rate=" + bytesPerSecond);
    }

    /**
     * The number of the image that is always answered with 500.
     *
     * @return from 0 to the number of images
     */
    public int errorImage() {
        return errorImage(settings.count());
    }

    /**
     * The number of the image that always breaks off half-way.
     *
     * @return from 0 to the number of images
     */
    public int brokenImage() {
        return brokenImage(settings.count());
    }

    private static int errorImage(int count) {
        return (int) (0.137 * count);
    }

    private static int brokenImage(int count) {
        return (int) (0.613 * count);
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
     * How busy it is. Asking opens a connection of its own, which is not counted.
     *
     * @return as of now
     * @throws UncheckedIOException if the server does not answer
     */
    public Load load() {
        try (InputStream in = address("stats").toURL().openStream()) {
            Map<String, Long> values = new HashMap<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String[] pair = line.split("=", 2);
                values.put(pair[0], Long.valueOf(pair[1]));
            }
            return new Load(values.get("open").intValue(), values.get("most").intValue(), values.get("served"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The process's number.
     *
     * @return of the running process, or of the last one
     */
    public long pid() {
        return server.get().pid();
    }

    /**
     * Whether the process lives.
     *
     * @return false after {@link #kill} and {@link #close}
     */
    public boolean isAlive() {
        return server.get().isAlive();
    }

    /**
     * Kills the process at once, in the middle of whatever it was sending, and waits for its end. An interrupt does not cut that
     * short, or {@link #restart} would find the process alive; the thread's interrupt status is set then.
     */
    public void kill() {
        Process process = server.get().destroyForcibly();
        boolean interrupted = false;
        while (true) {
            try {
                process.waitFor();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
