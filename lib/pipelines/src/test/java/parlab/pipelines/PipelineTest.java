package parlab.pipelines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parlab.executors.Pools;
import parlab.processes.ProcessPool;

/** All designs do the same work: every image that can be had is right, the others are named, and nothing stays behind. */
@Timeout(240)
class PipelineTest {
    private static final int BOUND = 10;
    private static final Pipeline PIPELINE = new Pipeline(Decoder.IMAGE_IO);

    private static ImageServer server;
    private static ProcessPool pool;

    /** One of the designs. */
    private interface Design {
        void run(Iterable<URI> addresses, Download download, Consumer<? super Processed> consumer) throws Exception;
    }

    private static final Map<String, Design> DESIGNS = new LinkedHashMap<>();

    @BeforeAll
    static void start() {
        server = Samples.server(2, 0);
        pool = ProcessPool.of(2);
        DESIGNS.put("threads", (a, d, c) -> {
            try (ExecutorService threads = Pools.threads(8)) {
                PIPELINE.threads(threads, 16, a, d, c);
            }
        });
        DESIGNS.put("virtual threads", (a, d, c) -> {
            try (ExecutorService threads = Pools.virtualThreads()) {
                PIPELINE.threads(threads, 32, a, d, c);
            }
        });
        DESIGNS.put("processes", (a, d, c) -> PIPELINE.processes(pool, a, c));
        DESIGNS.put("hybrid", (a, d, c) -> PIPELINE.hybrid(pool, 8, channel(8), a, d, c));
        DESIGNS.put("stages", (a, d, c) -> PIPELINE.stages(2, 8, channel(8), a, d, c));
    }

    @AfterAll
    static void stop() {
        pool.close();
        server.close();
    }

    private static Channel<Fetched> channel(int producers) {
        return new Channel<>(BOUND, producers, f -> f.arrived() ? f.bytes().length : 0);
    }

    private static Download quick() {
        return Download.builder()
                .attempts(2)
                .perAttempt(Duration.ofSeconds(5))
                .pause(Duration.ofMillis(1))
                .expecting("image/jpeg")
                .build();
    }

    @Test
    void everyDesignGetsTheSameImagesAndNamesTheTwoThatFail() throws Exception {
        Tally expected = new Tally();
        for (int n = 0; n < Samples.COUNT; n++) {
            if (n != server.errorImage() && n != server.brokenImage()) {
                Pixels pixels = Images.thumbnail(Samples.jpeg(n), Decoder.IMAGE_IO);
                expected.add(new Processed(server.image(n), pixels, "", "", 0, 0, 0, 0));
            }
        }
        Set<String> failing = Set.of(server.errorImage() + ".jpg", server.brokenImage() + ".jpg");
        for (Map.Entry<String, Design> design : DESIGNS.entrySet()) {
            Tally tally = new Tally();
            try (Download download = quick()) {
                design.getValue().run(server.images(), download, tally::add);
            }
            assertEquals(Samples.COUNT - 2, tally.images(), design.getKey() + ": " + tally.failures());
            assertEquals(failing, tally.failures().keySet(), design.getKey());
            assertEquals(expected.checksum(), tally.checksum(), design.getKey());
        }
    }

    @Test
    void everyFaultIsNamedAndTheRestIsDone() throws Exception {
        List<URI> addresses = new ArrayList<>();
        IntStream.range(0, 20).filter(n -> n != server.errorImage()).forEach(n -> addresses.add(server.image(n)));
        int good = addresses.size();
        Set<String> faulty = new HashSet<>();
        int n = 100;
        for (Fault fault : Fault.values()) {
            boolean passes = fault == Fault.REDIRECT || fault == Fault.FLAKY;
            addresses.add((n * 7) % addresses.size(), server.fault(fault, n));
            if (!passes) {
                faulty.add(n + ".jpg");
            }
            n++;
        }
        int arriving = good + 2;
        for (String name : List.of("virtual threads", "stages", "hybrid")) {
            Tally tally = new Tally();
            try (Download download = Download.builder()
                    .attempts(3)
                    .perAttempt(Duration.ofMillis(1500))
                    .pause(Duration.ofMillis(1))
                    .expecting("image/jpeg")
                    .build()) {
                DESIGNS.get(name).run(addresses, download, tally::add);
            }
            assertEquals(faulty, tally.failures().keySet(), name + ": " + tally.failures());
            assertEquals(arriving, tally.images(), name);
        }
    }

    @Test
    void aServerThatIsKilledAndRestartedInTheMiddleCostsNothingButTime() throws Exception {
        try (ImageServer mortal = Samples.server(5, 2_000_000)) {
            Tally tally = new Tally();
            AtomicInteger seen = new AtomicInteger();
            try (Download patient = Download.builder()
                    .attempts(10)
                    .pause(Duration.ofMillis(20))
                    .total(Duration.ofMinutes(2))
                    .build()) {
                PIPELINE.stages(2, 8, channel(8), mortal.images(), patient, image -> {
                    tally.add(image);
                    if (seen.incrementAndGet() == Samples.COUNT / 3) {
                        mortal.kill();
                        mortal.restart();
                    }
                });
            }
            assertEquals(Samples.COUNT - 2, tally.images(), tally.failures().toString());
            assertEquals(2, tally.failures().size(), tally.failures().toString());
        }
    }

    @Test
    void aServerThatStaysAwayFailsTheRestByName() throws Exception {
        try (ImageServer mortal = Samples.server(10, 2_000_000)) {
            Tally tally = new Tally();
            try (Download download = quick()) {
                PIPELINE.stages(2, 4, channel(4), mortal.images(), download, image -> {
                    tally.add(image);
                    if (tally.images() == 10) {
                        mortal.kill();
                    }
                });
            }
            assertEquals(Samples.COUNT, tally.images() + tally.failures().size());
            assertTrue(
                    tally.failures().values().stream().anyMatch(why -> why.startsWith("REFUSED")),
                    tally.failures().toString());
        }
    }

    @Test
    void aSlowConsumerHoldsTheDownloadsBack() throws Exception {
        Channel<Fetched> channel = channel(4);
        AtomicInteger asked = new AtomicInteger();
        Iterable<URI> counted = () -> IntStream.range(0, 500)
                .mapToObj(n -> {
                    asked.incrementAndGet();
                    return server.thumbnail(n);
                })
                .iterator();
        AtomicInteger taken = new AtomicInteger();
        try (Download download = quick()) {
            PIPELINE.stages(1, 4, channel, counted, download, image -> {
                int ahead = asked.get() - taken.incrementAndGet();
                // In the channel, in the downloads' hands, with the scaler, and the next that each has asked for.
                assertTrue(ahead <= BOUND + 4 + 4 + 2, ahead + " were asked for ahead of the consumer");
            });
        }
        assertEquals(500, taken.get());
        assertTrue(channel.depth().mostItems() <= BOUND);
        assertTrue(channel.depth().mostBytes() <= BOUND * 10_000L);
    }

    @Test
    void aLongStreamTakesNoMoreMemoryThanAShortOne() throws Exception {
        long[] used = new long[2];
        int[] lengths = {500, 10_000};
        for (int k = 0; k < 2; k++) {
            int length = lengths[k];
            Tally tally = new Tally();
            AtomicInteger seen = new AtomicInteger();
            int run = k;
            try (Download download = quick()) {
                Iterable<URI> addresses = () -> IntStream.range(0, length)
                        .mapToObj(n -> server.slow(server.thumbnail(n), Duration.ZERO, 0))
                        .iterator();
                PIPELINE.stages(2, 8, channel(8), addresses, download, image -> {
                    tally.add(image);
                    if (seen.incrementAndGet() == length - 10) {
                        System.gc();
                        used[run] = Runtime.getRuntime().totalMemory()
                                - Runtime.getRuntime().freeMemory();
                    }
                });
            }
            assertEquals(length, tally.images(), tally.failures().toString());
        }
        assertTrue(used[1] < used[0] + 20_000_000, used[0] + " bytes after 500 images, " + used[1] + " after 10,000");
    }

    /** An exception and errors, as a stage may throw them. */
    private static final List<Throwable> THROWN =
            List.of(new IllegalStateException("enough"), new AssertionError("enough"), new OutOfMemoryError("enough"));

    private static <T extends Throwable> void throwUnchecked(Throwable thrown) throws T {
        @SuppressWarnings("unchecked")
        T unchecked = (T) thrown;
        throw unchecked;
    }

    @Test
    void whatTheConsumerThrowsEndsAllAndLeavesNoThread() throws Exception {
        for (Map.Entry<String, Design> design : DESIGNS.entrySet()) {
            for (Throwable thrown : THROWN) {
                AtomicInteger seen = new AtomicInteger();
                try (Download download = quick()) {
                    Throwable got = assertThrows(
                            Throwable.class,
                            () -> design.getValue().run(server.images(), download, image -> {
                                if (seen.incrementAndGet() == 5) {
                                    PipelineTest.<RuntimeException>throwUnchecked(thrown);
                                }
                            }),
                            design.getKey());
                    assertEquals(thrown, got, design.getKey());
                }
                assertEquals(5, seen.get(), design.getKey());
            }
        }
        nothingIsLeft(server);
    }

    @Test
    void whatWeighingThrowsEndsAllAndLeavesNoThread() throws Exception {
        for (Throwable thrown : THROWN) {
            for (boolean inProcesses : List.of(true, false)) {
                Channel<Fetched> channel = new Channel<>(BOUND, 8, file -> {
                    if (file.name().equals("20.jpg")) {
                        PipelineTest.<RuntimeException>throwUnchecked(thrown);
                    }
                    return 1;
                });
                try (Download download = quick()) {
                    IllegalStateException got = assertThrows(IllegalStateException.class, () -> {
                        if (inProcesses) {
                            PIPELINE.hybrid(pool, 8, channel, server.images(), download, image -> {});
                        } else {
                            PIPELINE.stages(2, 8, channel, server.images(), download, image -> {});
                        }
                    });
                    assertEquals(thrown, got.getCause());
                }
            }
        }
        nothingIsLeft(server);
    }

    @Test
    void anInterruptionHalfWayLeavesNoThreadAndNoRequest() throws Exception {
        for (Map.Entry<String, Design> design : DESIGNS.entrySet()) {
            CountDownLatch halfWay = new CountDownLatch(1);
            AtomicInteger seen = new AtomicInteger();
            List<Throwable> thrown = new ArrayList<>();
            Thread runner = Thread.ofPlatform().name("runner").start(() -> {
                Iterable<URI> endless = () ->
                        IntStream.iterate(0, n -> n + 1).mapToObj(server::image).iterator();
                try (Download download = quick()) {
                    design.getValue().run(endless, download, image -> {
                        if (seen.incrementAndGet() == 20) {
                            halfWay.countDown();
                        }
                    });
                } catch (Throwable e) {
                    thrown.add(e);
                }
            });
            halfWay.await();
            runner.interrupt();
            runner.join();
            assertEquals(1, thrown.size(), design.getKey());
            assertEquals(CancellationException.class, thrown.getFirst().getClass(), design.getKey());
        }
        nothingIsLeft(server);
    }

    @Test
    void aFullDiskIsNamedForTheFilesThatItDoesNotTake(@TempDir Path folder) throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "only Linux has a disk that is always full");
        Store store = new Store(folder);
        Files.createSymbolicLink(store.unfinished("7.jpg"), full);
        Files.createSymbolicLink(store.unfinished("9.jpg"), full);
        Tally tally = new Tally();
        try (Download download = quick()) {
            Iterable<URI> thumbnails =
                    () -> IntStream.range(0, 30).mapToObj(server::thumbnail).iterator();
            PIPELINE.stages(2, 8, channel(8), thumbnails, download, image -> {
                try {
                    store.write(image.name(), image.pixels().rgb());
                    tally.add(image);
                } catch (IOException e) {
                    tally.fail(image, e.getMessage());
                }
            });
        }
        assertEquals(28, tally.images());
        assertEquals(Set.of("7.jpg", "9.jpg"), tally.failures().keySet());
        assertTrue(
                tally.failures().get("7.jpg").contains("No space"),
                tally.failures().toString());
        try (var files = Files.list(folder)) {
            assertEquals(28, files.count());
        }
    }

    @Test
    void aSecondRunDoesOnlyWhatTheFirstDidNot(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("journal");
        Set<String> first = new HashSet<>();
        Set<String> second = new HashSet<>();
        try (Journal journal = Journal.open(path);
                Download download = quick()) {
            assertThrows(
                    CancellationException.class,
                    () -> PIPELINE.stages(2, 8, channel(8), missing(journal), download, image -> {
                        note(journal, image);
                        first.add(image.name());
                        if (first.size() == 25) {
                            throw new CancellationException("stopped half-way");
                        }
                    }));
        }
        try (Journal journal = Journal.open(path);
                Download download = quick()) {
            PIPELINE.stages(2, 8, channel(8), missing(journal), download, image -> {
                note(journal, image);
                second.add(image.name());
            });
            assertEquals(Samples.COUNT, journal.done().size());
        }
        assertEquals(25, first.size());
        assertEquals(Samples.COUNT - 25, second.size());
    }

    private static List<URI> missing(Journal journal) {
        return server.images().stream()
                .filter(a -> !journal.has(a.getPath().substring(a.getPath().lastIndexOf('/') + 1)))
                .toList();
    }

    private static void note(Journal journal, Processed image) {
        try {
            journal.add(image.name(), image.pixels() == null ? image.why() : "" + Images.checksum(image.pixels()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aThreadDumpShowsWhereAThreadWaits() throws Exception {
        Channel<String> channel = new Channel<>(1, 1);
        channel.put("full");
        Thread waiting = Thread.ofPlatform().name("waits-for-room").start(() -> {
            try {
                channel.put("more");
            } catch (InterruptedException | CancellationException e) {
                // as meant
            }
        });
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        List<ThreadDump.Line> lines = ThreadDump.of(name -> name.equals("waits-for-room"));
        assertEquals(1, lines.size());
        assertEquals("WAITING", lines.getFirst().state());
        assertEquals("Channel.put", lines.getFirst().stands(), lines.toString());
        channel.close();
        waiting.join();
    }

    /** Threads of ours, and requests that the server is still answering; both may take a moment to notice. */
    static void nothingIsLeft(ImageServer server) throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (server.mostInProgress() > 0
                || !ThreadDump.of(name -> name.startsWith("thread-")).isEmpty()) {
            assertTrue(System.nanoTime() < end, ThreadDump.of(name -> true).toString());
            Thread.onSpinWait();
        }
    }

    @Test
    void addressesThatFailAreTheReasonThatTheCallerHears() throws Exception {
        for (Map.Entry<String, Design> design : DESIGNS.entrySet()) {
            for (Throwable thrown : THROWN) {
                Iterable<URI> failing = () -> IntStream.range(0, 20)
                        .mapToObj(n -> {
                            if (n == 10) {
                                PipelineTest.<RuntimeException>throwUnchecked(thrown);
                            }
                            return server.image(n);
                        })
                        .iterator();
                try (Download download = quick()) {
                    Throwable got = assertThrows(
                            Throwable.class,
                            () -> design.getValue().run(failing, download, image -> {}),
                            design.getKey());
                    // Where another thread read the addresses, its exception is the cause.
                    assertTrue(got == thrown || got.getCause() == thrown, design.getKey() + ": " + got);
                }
            }
        }
        nothingIsLeft(server);
    }
}
