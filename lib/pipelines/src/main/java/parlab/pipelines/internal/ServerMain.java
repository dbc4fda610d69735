package parlab.pipelines.internal;

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
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import parlab.pipelines.Fault;
import parlab.pipelines.ImageServer;

/**
 * The process behind {@link ImageServer}: HTTP/1.1 over plain sockets, because most of its faults are ones that a proper
 * server's library refuses to commit. One virtual thread a connection.
 *
 * <p>It ends with its standard input, and so with whoever started it, however that ends.
 */
public final class ServerMain {
    private static final int BACKLOG = 10_000;
    private static final int HUGE = 100_000_000;
    private static final int LONGEST_LINE = 8192;
    private static final long SLICE_NANOS = 25_000_000;
    private static final long DRIP_NANOS = 100_000_000;

    /**
     * What the process is told on its command line.
     *
     * @param port 0 for a free one
     * @param bytesPerSecond of each connection; 0 for no limit
     * @param errors numbers of the images that are answered with 500
     * @param broken numbers of the images that break off half-way
     */
    public record Settings(
            Path folder,
            int count,
            long seed,
            int port,
            long latencyMillis,
            long bytesPerSecond,
            Set<Integer> errors,
            Set<Integer> broken) {
        public String[] arguments() {
            return new String[] {
                folder.toString(),
                Integer.toString(count),
                Long.toString(seed),
                Integer.toString(port),
                Long.toString(latencyMillis),
                Long.toString(bytesPerSecond),
                joined(errors),
                joined(broken)
            };
        }

        private static String joined(Set<Integer> numbers) {
            return new TreeSet<>(numbers).stream().map(String::valueOf).collect(Collectors.joining(","));
        }

        static Settings of(String[] args) {
            return new Settings(
                    Path.of(args[0]),
                    Integer.parseInt(args[1]),
                    Long.parseLong(args[2]),
                    Integer.parseInt(args[3]),
                    Long.parseLong(args[4]),
                    Long.parseLong(args[5]),
                    numbers(args[6]),
                    numbers(args[7]));
        }

        private static Set<Integer> numbers(String text) {
            return text.isEmpty()
                    ? Set.of()
                    : Arrays.stream(text.split(",")).map(Integer::valueOf).collect(Collectors.toUnmodifiableSet());
        }

        public Settings withPort(int newPort) {
            return new Settings(folder, count, seed, newPort, latencyMillis, bytesPerSecond, errors, broken);
        }
    }

    /** A request's path and what stands behind its question mark. */
    private record Request(String path, long latencyMillis, long bytesPerSecond) {}

    private final Settings settings;
    private final ImageSet images;
    private final ServerSocket socket;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger inProgress = new AtomicInteger();
    private final AtomicInteger mostInProgress = new AtomicInteger();
    private final AtomicLong served = new AtomicLong();
    private final Map<Integer, AtomicInteger> flaky = new ConcurrentHashMap<>();

    private ServerMain(Settings settings) throws IOException {
        this.settings = settings;
        images = ImageSet.in(settings.folder(), settings.count(), settings.seed());
        socket = new ServerSocket();
        socket.setReuseAddress(true); // the port of a server that was killed a moment ago
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port()), BACKLOG);
    }

    /**
     * Serves until standard input ends.
     *
     * @param args see {@link Settings}
     */
    public static void main(String[] args) throws IOException {
        ServerMain server;
        try {
            server = new ServerMain(Settings.of(args));
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
        open.incrementAndGet();
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
                    served.incrementAndGet();
                } finally {
                    inProgress.decrementAndGet();
                }
            }
        } catch (IOException e) {
            // the client has gone, as it may
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.decrementAndGet();
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

    /** Neither this request nor its connection counts. */
    private void stats(OutputStream out) throws IOException {
        byte[] body = "open=%d\nmost=%d\nserved=%d\n"
                .formatted(open.get() - 1, mostInProgress.getAndSet(inProgress.get()), served.get())
                .getBytes(StandardCharsets.UTF_8);
        head(out, "200 OK", "text/plain", body.length, "Connection: close\r\n");
        out.write(body);
    }

    /** Answers, and says whether the connection is still good for another request. */
    private boolean answer(Request request, InputStream in, OutputStream out) throws IOException, InterruptedException {
        String[] path = request.path().split("/", -1); // "", kind, number.jpg
        try {
            if (path.length == 4 && path[1].equals("faults")) {
                Fault fault = Fault.ofPath(path[2]).orElse(null);
                return fault == null ? notFound(out) : fail(fault, number(path[3]), request, in, out);
            }
            if (path.length != 3) {
                return notFound(out);
            }
            int n = number(path[2]);
            pause(request.latencyMillis() * 1_000_000);
            return switch (path[1]) {
                case "images" -> image(n, request, out);
                case "thumbnails" -> send(out, "200 OK", "image/jpeg", images.thumbnail(n), request.bytesPerSecond());
                case "api" -> {
                    String body = String.format(
                            Locale.ROOT, "{\"id\": %d, \"value\": %d}%n", n, new SplittableRandom(n).nextInt(1000));
                    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                    yield send(out, "200 OK", "application/json", bytes, request.bytesPerSecond());
                }
                default -> notFound(out);
            };
        } catch (NumberFormatException e) {
            return notFound(out);
        }
    }

    private static int number(String name) {
        return Integer.parseUnsignedInt(name.endsWith(".jpg") ? name.substring(0, name.length() - 4) : name);
    }

    private boolean image(int n, Request request, OutputStream out) throws IOException, InterruptedException {
        if (settings.errors().contains(n)) {
            return send(
                    out, "500 Internal Server Error", "text/plain", "injected\n".getBytes(StandardCharsets.UTF_8), 0);
        }
        byte[] image = images.image(n);
        if (settings.broken().contains(n)) {
            head(out, "200 OK", "image/jpeg", image.length, "");
            body(out, image, image.length / 2, request.bytesPerSecond());
            return false;
        }
        return send(out, "200 OK", "image/jpeg", image, request.bytesPerSecond());
    }

    private boolean fail(Fault fault, int n, Request request, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        byte[] image = images.image(n);
        String here = "http://127.0.0.1:" + socket.getLocalPort();
        switch (fault) {
            case ERROR -> {
                return send(out, "500 Internal Server Error", "text/plain", new byte[] {'!'}, 0);
            }
            case FLAKY -> {
                int before = flaky.computeIfAbsent(n, k -> new AtomicInteger()).getAndIncrement();
                return before < 2
                        ? send(out, "503 Service Unavailable", "text/plain", new byte[] {'!'}, 0)
                        : send(out, "200 OK", "image/jpeg", image, request.bytesPerSecond());
            }
            case BREAKS_OFF -> {
                head(out, "200 OK", "image/jpeg", image.length, "");
                out.write(image, 0, image.length / 2);
            }
            case SLOW_LORIS -> {
                head(out, "200 OK", "image/jpeg", image.length, "");
                drip(out, image);
            }
            case SLOW_HEADERS -> {
                StringBuilder headers = new StringBuilder("HTTP/1.1 200 OK\r\n");
                for (int i = 0; i < 1000; i++) {
                    headers.append("X-Header-").append(i).append(": nothing\r\n");
                }
                drip(out, headers.toString().getBytes(StandardCharsets.UTF_8));
            }
            case STALLS -> in.read(); // until the client has had enough
            case REDIRECT -> {
                return redirect(out, here + "/images/" + n + ".jpg");
            }
            case REDIRECT_LOOP -> {
                return redirect(out, here + request.path());
            }
            case REDIRECT_TO_FILE -> {
                return redirect(out, "file:///etc/hostname");
            }
            case OVERSIZE -> {
                head(out, "200 OK", "image/jpeg", HUGE, "");
                flood(out);
            }
            case ENDLESS -> {
                head(out, "200 OK", "image/jpeg", -1, "Connection: close\r\n");
                flood(out);
            }
            case LYING_LENGTH -> {
                head(out, "200 OK", "image/jpeg", ImageServer.PROMISED_BYTES, "");
                flood(out);
            }
            case CORRUPT -> {
                byte[] damaged = image.clone();
                byte[] noise = new byte[image.length - image.length / 2];
                new SplittableRandom(n).nextBytes(noise);
                System.arraycopy(noise, 0, damaged, image.length / 2, noise.length);
                return send(out, "200 OK", "image/jpeg", damaged, request.bytesPerSecond());
            }
            case TRUNCATED -> {
                return send(out, "200 OK", "image/jpeg", Arrays.copyOf(image, image.length / 2), 0);
            }
            case BOMB -> {
                return send(out, "200 OK", "image/jpeg", bomb(image), request.bytesPerSecond());
            }
            case NOT_AN_IMAGE -> {
                byte[] page = "<html><body>Please log in</body></html>\n".getBytes(StandardCharsets.UTF_8);
                return send(out, "200 OK", "text/html", page, 0);
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

    private static boolean notFound(OutputStream out) throws IOException, InterruptedException {
        return send(out, "404 Not Found", "text/plain", "no such thing\n".getBytes(StandardCharsets.UTF_8), 0);
    }

    private static boolean redirect(OutputStream out, String target) throws IOException {
        head(out, "302 Found", "text/plain", 0, "Location: " + target + "\r\n");
        return true;
    }

    private static boolean send(OutputStream out, String status, String type, byte[] body, long rate)
            throws IOException, InterruptedException {
        if (rate == 0) {
            // Header and body in one write, or they would be two packets.
            byte[] head = headBytes(status, type, body.length, "");
            byte[] all = Arrays.copyOf(head, head.length + body.length);
            System.arraycopy(body, 0, all, head.length, body.length);
            out.write(all);
        } else {
            head(out, status, type, body.length, "");
            body(out, body, body.length, rate);
        }
        return true;
    }

    private static void head(OutputStream out, String status, String type, int length, String more) throws IOException {
        out.write(headBytes(status, type, length, more));
    }

    private static byte[] headBytes(String status, String type, int length, String more) {
        return ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\n"
                        + (length < 0 ? "" : "Content-Length: " + length + "\r\n") + more + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The body's first bytes, not faster than that many a second. */
    private static void body(OutputStream out, byte[] body, int length, long rate)
            throws IOException, InterruptedException {
        if (rate == 0) {
            out.write(body, 0, length);
            return;
        }
        int slice = Math.toIntExact(Math.clamp(rate * SLICE_NANOS / 1_000_000_000, 1, 1 << 20));
        long start = System.nanoTime();
        for (int sent = 0; sent < length; ) {
            int part = Math.min(slice, length - sent);
            // A slice is sent when its last byte would have arrived.
            pause(start + (long) ((sent + part) * 1e9 / rate) - System.nanoTime());
            out.write(body, sent, part);
            sent += part;
        }
    }

    private static void drip(OutputStream out, byte[] bytes) throws IOException, InterruptedException {
        for (byte b : bytes) {
            out.write(b);
            pause(DRIP_NANOS);
        }
    }

    private static void flood(OutputStream out) throws IOException {
        byte[] part = new byte[1 << 16];
        for (int sent = 0; sent < HUGE; sent += part.length) {
            out.write(part);
        }
    }

    private static void pause(long nanos) throws InterruptedException {
        if (nanos > 0) {
            Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
        }
    }
}
