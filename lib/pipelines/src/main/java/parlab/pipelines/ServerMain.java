package parlab.pipelines;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The process behind {@link ImageServer}: HTTP/1.1 over plain sockets, because most of its faults are ones that a proper
 * server's library refuses to commit. One virtual thread a connection.
 *
 * <p>It ends with its standard input, and so with whoever started it, however that ends.
 */
final class ServerMain {
    private static final int BACKLOG = 10_000;
    private static final int LONGEST_LINE = 8192;
    private static final long SEED = 5;

    /**
     * What the process is told on its command line.
     *
     * @param folder where the images are kept
     * @param count how many
     * @param latencyMillis how long a request waits for its answer to begin
     * @param bytesPerSecond of each connection; 0 for no limit
     */
    record Settings(Path folder, int count, long latencyMillis, long bytesPerSecond) {
        String[] arguments(int port) {
            return new String[] {
                folder.toAbsolutePath().normalize().toString(),
                "" + count,
                "" + latencyMillis,
                "" + bytesPerSecond,
                "" + port
            };
        }

        static Settings of(String[] args) {
            return new Settings(
                    Path.of(args[0]), Integer.parseInt(args[1]), Long.parseLong(args[2]), Long.parseLong(args[3]));
        }

        /** The number of the image that is answered with 500. */
        int errorImage() {
            return (int) (0.137 * count);
        }

        /** The number of the image that breaks off half-way. */
        int brokenImage() {
            return (int) (0.613 * count);
        }
    }

    /** A request's path and what stands behind its question mark. */
    private record Request(String path, long latencyMillis, long bytesPerSecond) {}

    private final Settings settings;
    private final ImageSet images;
    private final ServerSocket socket;
    private final AtomicInteger inProgress = new AtomicInteger();
    private final AtomicInteger mostInProgress = new AtomicInteger();
    private final Map<Integer, AtomicInteger> flaky = new ConcurrentHashMap<>();

    private ServerMain(Settings settings, int port) throws IOException {
        this.settings = settings;
        images = ImageSet.in(settings.folder(), settings.count(), SEED);
        socket = new ServerSocket();
        socket.setReuseAddress(true); // the port of a server that was killed a moment ago
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    }

    /**
     * Serves until standard input ends.
     *
     * @param args {@link Settings}, and the port, 0 for a free one
     */
    public static void main(String[] args) throws IOException {
        ServerMain server;
        try {
            server = new ServerMain(Settings.of(args), Integer.parseInt(args[4]));
        } catch (IOException e) {
            System.out.println("failed " + e);
            return;
        }
        Thread.ofPlatform().daemon().name("parent-watch").start(ServerMain::endWithInput);
        System.out.println("ready " + server.socket.getLocalPort());
        while (true) {
            Socket connection = server.socket.accept();
            Thread.ofVirtual().start(() -> server.serve(connection));
        }
    }

    private static void endWithInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // the same as its end
        }
        Runtime.getRuntime().halt(0);
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream(), 512);
            OutputStream out = connection.getOutputStream();
            boolean again = true;
            while (again) {
                Request request = read(in);
                if (request == null) {
                    return;
                }
                if (request.path().equals("/stats")) {
                    stats(out);
                    return;
                }
                mostInProgress.accumulateAndGet(inProgress.incrementAndGet(), Math::max);
                try {
                    again = answer(request, in, out);
                } finally {
                    inProgress.decrementAndGet();
                }
            }
        } catch (IOException e) {
            // the client has gone, as it may
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next request; null if the client has closed the connection. */
    private Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        String header = line(in);
        while (header != null && !header.isEmpty()) {
            header = line(in); // none of them matters here
        }
        String[] words = first.split(" ", -1);
        if (words.length != 3 || !words[0].equals("GET")) {
            return new Request("", 0, 0);
        }
        String[] parts = words[1].split("\\?", 2);
        long latency = settings.latencyMillis();
        long rate = settings.bytesPerSecond();
        for (String option : parts.length == 2 ? parts[1].split("&", -1) : new String[0]) {
            try {
                if (option.startsWith("latency=")) {
                    latency = Math.clamp(Long.parseLong(option.substring(8)), 0, 60_000);
                } else if (option.startsWith("rate=")) {
                    rate = Math.max(0, Long.parseLong(option.substring(5)));
                }
            } catch (NumberFormatException e) {
                return new Request("", 0, 0);
            }
        }
        return new Request(parts[0], latency, rate);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (line.isEmpty()) {
                    return null;
                }
                throw new EOFException();
            }
            if (line.length() > LONGEST_LINE) {
                throw new IOException("a line of more than " + LONGEST_LINE + " characters");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    private void stats(OutputStream out) throws IOException {
        byte[] body = ("" + mostInProgress.getAndSet(inProgress.get())).getBytes(StandardCharsets.US_ASCII);
        Answers.head(out, "200 OK", "text/plain", body.length, "Connection: close\r\n");
        out.write(body);
    }

    /** Answers, and says whether the connection is still good for another request. */
    private boolean answer(Request request, InputStream in, OutputStream out) throws IOException, InterruptedException {
        String[] path = request.path().split("/", -1); // "", kind, number.jpg
        try {
            if (path.length == 4 && path[1].equals("faults")) {
                Fault fault = Fault.ofPath(path[2]).orElse(null);
                return fault == null ? Answers.notFound(out) : fail(fault, number(path[3]), request, in, out);
            }
            if (path.length != 3) {
                return Answers.notFound(out);
            }
            int n = number(path[2]);
            Answers.pause(request.latencyMillis() * 1_000_000);
            return switch (path[1]) {
                case "images" -> image(n, request, out);
                case "thumbnails" ->
                    Answers.send(out, "200 OK", "image/jpeg", images.thumbnail(n), request.bytesPerSecond());
                case "api" -> {
                    String body = String.format(
                            Locale.ROOT, "{\"id\": %d, \"value\": %d}%n", n, new SplittableRandom(n).nextInt(1000));
                    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                    yield Answers.send(out, "200 OK", "application/json", bytes, request.bytesPerSecond());
                }
                default -> Answers.notFound(out);
            };
        } catch (NumberFormatException e) {
            return Answers.notFound(out);
        }
    }

    private static int number(String name) {
        return Integer.parseUnsignedInt(name.endsWith(".jpg") ? name.substring(0, name.length() - 4) : name);
    }

    private boolean image(int n, Request request, OutputStream out) throws IOException, InterruptedException {
        if (n == settings.errorImage()) {
            return Answers.send(
                    out, "500 Internal Server Error", "text/plain", "injected\n".getBytes(StandardCharsets.UTF_8), 0);
        }
        byte[] image = images.image(n);
        if (n == settings.brokenImage()) {
            Answers.head(out, "200 OK", "image/jpeg", image.length, "");
            Answers.body(out, image, image.length / 2, request.bytesPerSecond());
            return false;
        }
        return Answers.send(out, "200 OK", "image/jpeg", image, request.bytesPerSecond());
    }

    private boolean fail(Fault fault, int n, Request request, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        byte[] image = images.image(n);
        String here = "http://127.0.0.1:" + socket.getLocalPort();
        switch (fault) {
            case ERROR -> {
                return Answers.send(out, "500 Internal Server Error", "text/plain", new byte[] {'!'}, 0);
            }
            case FLAKY -> {
                int before = flaky.computeIfAbsent(n, k -> new AtomicInteger()).getAndIncrement();
                return before < 2
                        ? Answers.send(out, "503 Service Unavailable", "text/plain", new byte[] {'!'}, 0)
                        : Answers.send(out, "200 OK", "image/jpeg", image, request.bytesPerSecond());
            }
            case BREAKS_OFF -> {
                Answers.head(out, "200 OK", "image/jpeg", image.length, "");
                out.write(image, 0, image.length / 2);
            }
            case SLOW_LORIS -> {
                Answers.head(out, "200 OK", "image/jpeg", image.length, "");
                Answers.drip(out, image);
            }
            case SLOW_HEADERS -> {
                StringBuilder headers = new StringBuilder("HTTP/1.1 200 OK\r\n");
                for (int i = 0; i < 1000; i++) {
                    headers.append("X-Header-").append(i).append(": nothing\r\n");
                }
                Answers.drip(out, headers.toString().getBytes(StandardCharsets.UTF_8));
            }
            case STALLS -> in.read(); // until the client has had enough
            case REDIRECT -> {
                return Answers.redirect(out, here + "/images/" + n + ".jpg");
            }
            case REDIRECT_LOOP -> {
                return Answers.redirect(out, here + request.path());
            }
            case REDIRECT_TO_FILE -> {
                return Answers.redirect(out, "file:///etc/hostname");
            }
            case OVERSIZE -> {
                Answers.head(out, "200 OK", "image/jpeg", Answers.HUGE, "");
                Answers.flood(out);
            }
            case ENDLESS -> {
                Answers.head(out, "200 OK", "image/jpeg", -1, "Connection: close\r\n");
                Answers.flood(out);
            }
            case LYING_LENGTH -> {
                Answers.head(out, "200 OK", "image/jpeg", ImageServer.PROMISED_BYTES, "");
                Answers.flood(out);
            }
            case CORRUPT -> {
                byte[] damaged = image.clone();
                byte[] noise = new byte[image.length - image.length / 2];
                new SplittableRandom(n).nextBytes(noise);
                System.arraycopy(noise, 0, damaged, image.length / 2, noise.length);
                return Answers.send(out, "200 OK", "image/jpeg", damaged, request.bytesPerSecond());
            }
            case TRUNCATED -> {
                return Answers.send(out, "200 OK", "image/jpeg", Arrays.copyOf(image, image.length / 2), 0);
            }
            case BOMB -> {
                return Answers.send(out, "200 OK", "image/jpeg", bomb(image), request.bytesPerSecond());
            }
            case NOT_AN_IMAGE -> {
                byte[] page = "<html><body>Please log in</body></html>\n".getBytes(StandardCharsets.UTF_8);
                return Answers.send(out, "200 OK", "text/html", page, 0);
            }
        }
        return false;
    }

    /** The image with other dimensions in its header: what decodes it without looking asks for 13 GB. */
    private static byte[] bomb(byte[] image) {
        byte[] bomb = image.clone();
        for (int i = 2; i + 8 < bomb.length; i += 2 + ((bomb[i + 2] & 0xff) << 8 | (bomb[i + 3] & 0xff))) {
            if ((bomb[i + 1] & 0xff) == 0xc0) { // start of frame: length, precision, height, width
                for (int at : new int[] {i + 5, i + 7}) {
                    bomb[at] = (byte) (65_500 >> 8);
                    bomb[at + 1] = (byte) 65_500;
                }
                return bomb;
            }
        }
        throw new IllegalStateException("the JPEG has no start of frame");
    }
}
