package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parlab.pipelines.Fetched.Failure;

/** Each fault of the server, seen from the download: it is named, it takes a bounded time, and nothing stays behind. */
@Timeout(120)
class DownloadTest {
    private static ImageServer server;
    private static Download download;

    @BeforeAll
    static void start() {
        server = ImageServer.builder()
                .images(Samples.COUNT)
                .folder(Samples.FOLDER)
                .latency(Duration.ZERO)
                .bandwidth(0)
                .start();
        download = Download.builder()
                .attempts(2)
                .perAttempt(Duration.ofMillis(400))
                .pause(Duration.ofMillis(1))
                .expecting("image/jpeg")
                .build();
    }

    @AfterAll
    static void stop() {
        download.close();
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
        Fetched result = download.get(server.fault(fault, 7));
        assertEquals(failure, result.failure(), result.toString());
        assertTrue(result.why().contains(words), result.why());
        assertEquals(failure.isPassing() ? 2 : 1, result.attempts());
        assertNull(result.bytes());
        assertTrue(result.nanos() < 5e9, result.toString());
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
        for (Fault fault : new Fault[] {Fault.CORRUPT, Fault.TRUNCATED, Fault.BOMB, Fault.LYING_LENGTH}) {
            Processed result = Designs.work(download, server.fault(fault, 5));
            assertNull(result.pixels(), fault.path());
            assertTrue(result.why().matches("(damaged|cut off|its header|not a JPEG).*"), fault + ": " + result.why());
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
        server.load(); // forgets how many there were
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
            while (server.load().mostInProgress() == 0) {
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
            server.load();
            Future<Fetched> stalled = threads.submit(() -> patient.get(server.fault(Fault.STALLS, 1)));
            while (server.load().mostInProgress() == 0) {
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
        try (ImageServer mortal = ImageServer.builder()
                        .images(Samples.COUNT)
                        .folder(Samples.FOLDER)
                        .start();
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
        assertThrows(IllegalArgumentException.class, () -> ImageServer.builder().images(1));
        assertThrows(IllegalArgumentException.class, () -> server.image(-1));
    }

    /** Connections that idle in a client's pool may stay; those of requests under way may not. */
    private static void noConnectionStays() throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (server.load().mostInProgress() > 0) {
            assertTrue(System.nanoTime() < end, "requests are still being answered");
            Thread.onSpinWait();
        }
    }
}
