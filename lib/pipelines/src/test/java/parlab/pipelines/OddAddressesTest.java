package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.processes.ProcessPool;

/** Among a thousand addresses there are some that nothing good comes of: each is one named failure, and the others arrive. */
@Timeout(240)
class OddAddressesTest {
    private static final int ADDRESSES = 1000;
    private static final int ODD_PER_CENT = 20;
    private static final byte[] IMAGE = Samples.thumbnail(1);

    private static final List<String> THROWN = List.of("EXCEPTION", "STACK", "MEMORY", "ASSERTION");

    private static ImageServer server;
    private static ProxySelector before;
    private static OddServer odd;
    private static ProcessPool pool;
    /** Addresses of whatever comes, and whether an image comes of it. */
    private static final Map<URI, Boolean> ODD = new LinkedHashMap<>();

    @BeforeAll
    static void start() {
        server = Samples.server(0, 0);
        pool = ProcessPool.of(2);
        before = ProxySelector.getDefault();
        ProxySelector.setDefault(new ThrowingProxies());
        // Slow enough that each of the two workers takes one.
        Tasks.map(pool, Collections.nCopies(50, 0), x -> {
            ProxySelector.setDefault(new ThrowingProxies());
            return Calculator.compute(1_000_000);
        });
        Map<String, byte[]> answers = new ConcurrentHashMap<>();
        byte[] half = Arrays.copyOf(IMAGE, IMAGE.length / 2);
        String ok = "HTTP/1.1 200 OK\nContent-Type: image/jpeg\n";
        answers.put("/length-with-a-unit/1.jpg", OddServer.answer(ok + "Content-Length: 12kB", IMAGE));
        answers.put("/length-below-zero/1.jpg", OddServer.answer(ok + "Content-Length: -5", IMAGE));
        answers.put("/two-lengths/1.jpg", OddServer.answer(ok + "Content-Length: 5\nContent-Length: 7", IMAGE));
        answers.put("/huge-length/1.jpg", OddServer.answer(ok + "Content-Length: 99999999999999999999", IMAGE));
        answers.put("/cut-off/1.jpg", OddServer.answer(ok + "Content-Length: " + IMAGE.length, half));
        answers.put(
                "/bad-chunk/1.jpg",
                OddServer.answer(ok + "Transfer-Encoding: chunked", "zz\r\n".getBytes(StandardCharsets.US_ASCII)));
        answers.put("/no-http/1.jpg", "220 welcome to the mail\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        answers.put("/no-answer/1.jpg", new byte[0]);
        answers.put("/status-of-words/1.jpg", OddServer.answer("HTTP/1.1 two OK\nContent-Length: 0"));
        answers.put("/empty/1.jpg", OddServer.image());
        answers.put("/no-content/1.jpg", OddServer.answer("HTTP/1.1 204 No Content"));
        answers.put("/redirected-nowhere/1.jpg", redirection(""));
        answers.put("/redirected-to-a-port/1.jpg", redirection("http://127.0.0.1:99999/1.jpg"));
        answers.put("/redirected-to-data/1.jpg", redirection("data:image/jpeg,x"));
        answers.put("/text/1.jpg", OddServer.image("no image".getBytes(StandardCharsets.US_ASCII)));
        answers.put("/half/1.jpg", OddServer.image(half));
        for (String what : THROWN) {
            answers.put("/scaling/" + what, OddServer.image(what.getBytes(StandardCharsets.US_ASCII)));
            answers.put("/download/" + what, OddServer.image(IMAGE));
        }
        odd = new OddServer(answers);
        answers.keySet().forEach(path -> ODD.put(odd.address(path), false));
        answers.put("/no-colon/1.jpg", OddServer.answer(ok + "nonsense\nContent-Length: " + IMAGE.length, IMAGE));
        ODD.put(odd.address("/no-colon/1.jpg"), true); // which the client overlooks
        answers.put("/query/1.jpg", redirection("?token=1"));
        answers.put("/query/1.jpg?token=1", OddServer.image(IMAGE));
        answers.put("/blank/1.jpg", redirection("/with a blank/1.jpg"));
        answers.put("/with%20a%20blank/1.jpg", OddServer.image(IMAGE));
        ODD.put(odd.address("/query/1.jpg"), true);
        ODD.put(odd.address("/blank/1.jpg"), true);
        for (String address : List.of(
                "data:image/png;base64,iVBORw0KGgo=",
                "mailto:me@example.org",
                "urn:isbn:1",
                "ftp://127.0.0.1/1.jpg",
                "file:///etc/hostname",
                "images/1.jpg",
                "",
                "//127.0.0.1/1.jpg",
                "http:///1.jpg",
                "http://no_host_of_this_name:80/1.jpg",
                "http://127.0.0.1:99999/1.jpg",
                "http://127.0.0.1:1/1.jpg")) {
            ODD.put(URI.create(address), false);
        }
        for (Fault fault : List.of(
                Fault.ERROR,
                Fault.BREAKS_OFF,
                Fault.REDIRECT_LOOP,
                Fault.REDIRECT_TO_FILE,
                Fault.OVERSIZE,
                Fault.CORRUPT,
                Fault.TRUNCATED,
                Fault.BOMB,
                Fault.NOT_AN_IMAGE)) {
            ODD.put(server.fault(fault, 7), false);
        }
        ODD.put(server.fault(Fault.REDIRECT, 7), true);
    }

    private static byte[] redirection(String location) {
        return OddServer.answer("HTTP/1.1 302 Found\nContent-Length: 0\nLocation: " + location);
    }

    @AfterAll
    static void stop() {
        ProxySelector.setDefault(before);
        pool.close();
        odd.close();
        server.close();
    }

    /** Decodes, and throws where it is told to by the file. */
    private static Pixels decode(byte[] file) throws BadImageException {
        throwIfTold(new String(file, 0, Math.min(9, file.length), StandardCharsets.US_ASCII));
        return Images.thumbnail(file, Decoder.IMAGE_IO);
    }

    private static void throwIfTold(String what) {
        switch (what) {
            case "EXCEPTION" -> throw new IllegalStateException("thrown by the stage");
            case "STACK" -> throw new StackOverflowError("thrown by the stage");
            case "MEMORY" -> throw new OutOfMemoryError("thrown by the stage");
            case "ASSERTION" -> throw new AssertionError("thrown by the stage");
            default -> {}
        }
    }

    /** What the HTTP client asks within each download: so a download throws where it is told to by the address. */
    private static final class ThrowingProxies extends ProxySelector {
        @Override
        public List<Proxy> select(URI address) {
            String path = address.getPath();
            if (path.startsWith("/download/")) {
                throwIfTold(path.substring("/download/".length()));
            }
            return List.of(Proxy.NO_PROXY);
        }

        @Override
        public void connectFailed(URI address, SocketAddress proxy, IOException reason) {}
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "virtual threads", "processes", "hybrid", "stages"})
    void arrivedAndNamedFailuresAreAllThatThereWas(String design) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<URI> kinds = List.copyOf(ODD.keySet());
        List<URI> addresses = new ArrayList<>(IntStream.range(0, ADDRESSES)
                .mapToObj(n -> random.nextInt(100) < ODD_PER_CENT
                        ? kinds.get(random.nextInt(kinds.size()))
                        : server.thumbnail(n % 200))
                .toList());
        kinds.forEach(kind -> addresses.set(random.nextInt(ADDRESSES), kind));
        Map<URI, Integer> expected = new TreeMap<>();
        Map<URI, Integer> got = new TreeMap<>();
        addresses.forEach(a -> expected.merge(a, ODD.getOrDefault(a, true) ? 1 : ADDRESSES, Integer::sum));
        Map<URI, String> why = new TreeMap<>();
        Tally tally = new Tally();
        try (Download download =
                Download.builder().attempts(2).pause(Duration.ofMillis(1)).build()) {
            run(design, addresses, download, image -> {
                tally.add(image);
                got.merge(image.address(), image.pixels() != null ? 1 : ADDRESSES, Integer::sum);
                why.put(image.address(), image.why());
            });
        }
        for (URI address : expected.keySet()) {
            // An image counts 1, a failure 1000: each address is expected to come out as often as it went in, in one
            // way.
            String text = design + ", seed " + seed + ", " + address + ": " + why.get(address);
            assertEquals(expected.get(address), got.get(address), text);
        }
        assertEquals(expected.keySet(), got.keySet());
        assertEquals(ADDRESSES, tally.images() + tally.failures().size(), design + ", seed " + seed);
        PipelineTest.nothingIsLeft(server);
        long end = System.nanoTime() + 30_000_000_000L;
        while (odd.open() > 0) {
            assertTrue(System.nanoTime() < end, odd.open() + " connections are open");
            Thread.onSpinWait();
        }
    }

    private static void run(
            String design, List<URI> addresses, Download download, Consumer<? super Processed> consumer) {
        Pipeline pipeline = new Pipeline(OddAddressesTest::decode);
        switch (design) {
            case "threads" -> {
                try (var threads = Pools.threads(8)) {
                    pipeline.threads(threads, 16, addresses, download, consumer);
                }
            }
            case "virtual threads" -> {
                try (var threads = Pools.virtualThreads()) {
                    pipeline.threads(threads, 32, addresses, download, consumer);
                }
            }
            case "processes" -> pipeline.processes(pool, addresses, consumer);
            case "hybrid" -> pipeline.hybrid(pool, 8, new Channel<>(10, 8), addresses, download, consumer);
            default -> pipeline.stages(2, 8, new Channel<>(10, 8), addresses, download, consumer);
        }
    }
}
