package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parlab.pipelines.Fetched.Failure;

/** Each fault of the server, seen from the download: it is named, it takes a bounded time, and nothing stays behind. */
@Timeout(120)
class DownloadTest {
    private static ImageServer server;
    private static Download download;
    /** For what takes too long, whatever time it is given. */
    private static Download hasty;

    @BeforeAll
    static void start() {
        server = Samples.server(0, 0);
        Download.Builder limits =
                Download.builder().attempts(2).pause(Duration.ofMillis(1)).expecting("image/jpeg");
        download = limits.perAttempt(Duration.ofSeconds(20)).build();
        hasty = limits.perAttempt(Duration.ofMillis(400)).build();
    }

    @AfterAll
    static void stop() {
        download.close();
        hasty.close();
        server.close();
    }

    @Test
    void bringsTheImage() {
        Fetched image = download.get(server.image(3));
        assertTrue(image.arrived(), image.toString());
        assertArrayEquals(Samples.jpeg(3), image.bytes());
        assertEquals("3.jpg", image.name());
        assertEquals(1, image.attempts());
        assertArrayEquals(
                Samples.jpeg(3), download.get(server.image(3 + Samples.COUNT)).bytes());
        assertArrayEquals(
                Samples.thumbnail(3), download.get(server.thumbnail(3)).bytes());
    }

    @ParameterizedTest
    @CsvSource({
        "ERROR, SERVER_ERROR, 500",
        "BREAKS_OFF, BROKEN_OFF, ended early",
        "SLOW_LORIS, TIMED_OUT, not done within 400 ms",
        "SLOW_HEADERS, TIMED_OUT, not done within 400 ms",
        "STALLS, TIMED_OUT, not done within 400 ms",
        "REDIRECT_LOOP, REDIRECTED, more than 5 times",
        "REDIRECT_TO_FILE, REDIRECTED, file:///etc/hostname",
        "OVERSIZE, TOO_LARGE, announced as 100000000 bytes",
        "ENDLESS, TOO_LARGE, more than 100000 bytes",
        "NOT_AN_IMAGE, WRONG_CONTENT, text/html"
    })
    void namesWhatFailed(Fault fault, Failure failure, String words) {
        Fetched result = (failure == Failure.TIMED_OUT ? hasty : download).get(server.fault(fault, 7));
        assertEquals(failure, result.failure(), result.toString());
        assertTrue(result.why().contains(words), result.why());
        assertEquals(failure.isPassing() ? 2 : 1, result.attempts());
        assertNull(result.bytes());
        assertTrue(result.nanos() < 30e9, result.toString());
    }

    @Test
    void theTwoBrokenImagesFailEveryTime() {
        assertEquals(
                Failure.SERVER_ERROR,
                download.get(server.image(server.errorImage())).failure());
        assertEquals(
                Failure.BROKEN_OFF,
                download.get(server.image(server.brokenImage())).failure());
    }

    @Test
    void whatArrivesWrongIsFoundByTheDecoder() {
        List<Fault> faults = List.of(Fault.CORRUPT, Fault.TRUNCATED, Fault.BOMB, Fault.LYING_LENGTH);
        for (Decoder decoder : Samples.decoders())
            for (Fault fault : faults) {
                Processed result = new Pipeline(decoder).work(download, server.fault(fault, 5));
                assertNull(result.pixels(), fault.path());
                assertTrue(
                        result.why().matches("(damaged|cut off|its header|not a JPEG).*"),
                        decoder + ", " + fault + ": " + result.why());
            }
    }

    @Test
    void followsARedirection() {
        Fetched image = download.get(server.fault(Fault.REDIRECT, 9));
        assertArrayEquals(Samples.jpeg(9), image.bytes());
    }

    @Test
    void triesAgainWhatMayPass() {
        try (Download patient =
                Download.builder().attempts(3).pause(Duration.ofMillis(1)).build()) {
            Fetched image = patient.get(server.fault(Fault.FLAKY, 11));
            assertEquals(3, image.attempts(), image.toString());
            assertArrayEquals(Samples.jpeg(11), image.bytes());
        }
    }

    @Test
    void answersInJson() {
        try (Download any = Download.standard()) {
            String text = new String(any.get(server.api(4)).bytes(), StandardCharsets.UTF_8);
            assertTrue(text.matches("\\{\"id\": 4, \"value\": \\d+}\\R"), text);
            assertEquals(
                    Failure.STATUS, any.get(server.api(4).resolve("/nowhere")).failure());
        }
    }

    @Test
    void aDeadlineEndsAllAttempts() {
        try (Download hurried = Download.builder()
                .attempts(100)
                .perAttempt(Duration.ofSeconds(30))
                .total(Duration.ofMillis(300))
                .build()) {
            Fetched first = hurried.get(server.fault(Fault.STALLS, 1));
            assertEquals(Failure.TIMED_OUT, first.failure());
            assertTrue(first.nanos() < 10e9, first.toString());
            Fetched second = hurried.get(server.image(1));
            assertEquals(Failure.TIMED_OUT, second.failure());
            assertEquals(0, second.attempts());
        }
    }

    @Test
    void withoutTimeForAnotherAttemptItEndsAtOnceAndSaysItOnce() {
        try (Download hasty = Download.builder()
                .attempts(100)
                .pause(Duration.ofSeconds(10))
                .total(Duration.ofMillis(300))
                .build()) {
            Fetched result = hasty.get(server.fault(Fault.ERROR, 7));
            assertEquals(Failure.TIMED_OUT, result.failure(), result.toString());
            assertEquals(1, result.attempts());
            assertTrue(result.why().length() < 200, result.why());
        }
    }

    @Test
    void anInterruptEndsItAndStaysSet() throws Exception {
        SynchronousQueue<Fetched> result = new SynchronousQueue<>();
        server.mostInProgress(); // forgets how many there were
        try (Download patient =
                Download.builder().perAttempt(Duration.ofMinutes(1)).build()) {
            Thread thread = Thread.ofVirtual().start(() -> {
                Fetched got = patient.get(server.fault(Fault.STALLS, 1));
                boolean set = Thread.interrupted();
                try {
                    result.put(set ? got : patient.get(server.image(1)));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            while (server.mostInProgress() == 0) {
                Thread.onSpinWait();
            }
            thread.interrupt();
            Fetched got = result.poll(30, TimeUnit.SECONDS);
            assertEquals(Failure.CANCELLED, got.failure(), got.toString());
            noConnectionStays();
        }
    }

    @Test
    void closingEndsWhatIsUnderWay() throws Exception {
        Download patient = Download.builder().perAttempt(Duration.ofMinutes(1)).build();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.mostInProgress();
            Future<Fetched> stalled = threads.submit(() -> patient.get(server.fault(Fault.STALLS, 1)));
            while (server.mostInProgress() == 0) {
                Thread.onSpinWait();
            }
            patient.close();
            assertEquals(Failure.CANCELLED, stalled.get(30, TimeUnit.SECONDS).failure());
            assertEquals(Failure.CANCELLED, patient.get(server.image(1)).failure());
        }
        noConnectionStays();
    }

    @Test
    void aServerThatIsKilledIsRefusedAndAfterItsRestartAnswers() {
        try (ImageServer mortal = Samples.server(10, 2_000_000);
                Download any = Download.builder().attempts(1).build()) {
            assertTrue(any.get(mortal.image(1)).arrived());
            mortal.kill();
            Failure failure = any.get(mortal.image(1)).failure();
            assertTrue(failure == Failure.REFUSED || failure == Failure.BROKEN_OFF, failure.toString());
            mortal.restart();
            assertTrue(any.get(mortal.image(1)).arrived());
            assertThrows(IllegalStateException.class, mortal::restart);
        }
    }

    @Test
    void anAddressThatIsNotOfTheWebIsNamed() {
        for (String address : new String[] {
            "data:image/png;base64,iVBORw0KGgo=", "mailto:me@example.org", "http://127.0.0.1:99999/1.jpg", "1.jpg"
        }) {
            Fetched result = download.get(URI.create(address));
            assertEquals(Failure.BAD_ADDRESS, result.failure(), result.toString());
            assertEquals(1, result.attempts());
            assertTrue(result.why().contains(address), result.why());
        }
    }

    @Test
    void aRedirectionIsFollowedAsABrowserDoes() {
        URI from = URI.create("http://127.0.0.1:80/images/1.jpg?old=1");
        assertEquals("http://127.0.0.1:80/images/1.jpg?token=1", "" + Download.resolve(from, "?token=1"));
        assertEquals("http://127.0.0.1:80/images/2%203.jpg", "" + Download.resolve(from, "2 3.jpg"));
        assertEquals("http://127.0.0.1:80/a", "" + Download.resolve(from, "/a"));
        assertEquals("https://x/%C3%A9?q=%7C", "" + Download.resolve(from, "https://x/\u00c3\u00a9?q=|"));
        assertEquals("http://h/1.jpg", "" + Download.resolve(URI.create("http://h"), "1.jpg"));
        assertEquals("http://h/?t", "" + Download.resolve(URI.create("http://h"), "?t"));
    }

    @Test
    void filesOfOneNameAreCountedAndStoredOnceEach(@TempDir Path folder) throws Exception {
        Tally tally = new Tally();
        Store store = new Store(folder);
        Pipeline pipeline = new Pipeline(Decoder.IMAGE_IO);
        for (URI address : new URI[] {
            server.image(3), server.thumbnail(3), server.fault(Fault.ERROR, 3), server.fault(Fault.TRUNCATED, 3)
        }) {
            for (int twice = 0; twice < 2; twice++) {
                Processed image = pipeline.work(download, address);
                assertEquals("3.jpg", image.name());
                tally.add(image);
                if (image.pixels() != null) {
                    store.write(image.fileName(), image.pixels().rgb());
                }
            }
        }
        assertEquals(4, tally.images());
        assertEquals(4, tally.failures().size(), tally.toString());
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count()); // as many as there are addresses with an image
        }
    }

    @Test
    void nobodyThereIsNamed() {
        try (Download any = Download.builder().attempts(1).build()) {
            assertEquals(
                    Failure.REFUSED,
                    any.get(URI.create("http://127.0.0.1:1/x.jpg")).failure());
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> Download.builder().attempts(0));
        assertThrows(IllegalArgumentException.class, () -> Download.builder().maxBytes(0));
        assertThrows(IllegalArgumentException.class, () -> Download.builder().perAttempt(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> server.image(-1));
    }

    /** Connections that idle in a client's pool may stay; those of requests under way may not. */
    private static void noConnectionStays() throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (server.mostInProgress() > 0) {
            assertTrue(System.nanoTime() < end, "requests are still being answered");
            Thread.onSpinWait();
        }
    }
}
