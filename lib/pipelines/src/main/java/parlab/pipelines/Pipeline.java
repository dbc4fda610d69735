package parlab.pipelines;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import parlab.executors.Pools;
import parlab.executors.Tasks;
import parlab.processes.ProcessPool;
import parlab.processes.Worker;

/**
 * One pipeline, in several designs: download every image, scale it, hand it to a consumer. What comes out is the same for all
 * of them; what differs is who does what where.
 *
 * <p>Each design reads the addresses as it goes, holds a bounded number of images at any time, and returns when the consumer, which
 * is called in the caller's thread, has had the last one. An image that fails, in whatever way, is handed over too, with its reason.
 * An exception of the consumer or of the addresses' iterator, or an interruption of the caller ({@link CancellationException}), stops
 * everything, and leaves no thread behind.
 *
 * <p>Immutable and thread-safe; can be sent between processes.
 */
public final class Pipeline implements Serializable {
    private static final long serialVersionUID = 1;
    private static final String DOWNLOAD_IN_WORKER = "parlab.pipelines.download";

    /** What the second stage makes of a file. */
    interface Stage extends Serializable {
        Pixels apply(byte[] file) throws BadImageException;
    }

    private final Stage stage;

    /** Makes a pipeline whose images this decodes, in every thread and process. */
    public Pipeline(Decoder decoder) {
        this(file -> Images.thumbnail(file, decoder));
        Objects.requireNonNull(decoder, "decoder");
    }

    Pipeline(Stage stage) {
        this.stage = stage;
    }

    /**
     * Threads only: each downloads an image, scales it, and goes on to the next.
     *
     * @param pool {@link Pools#threads}, or {@link Pools#virtualThreads}; stays open
     * @param atOnce how many images may be under way
     */
    public void threads(
            ExecutorService pool,
            int atOnce,
            Iterable<URI> addresses,
            Download download,
            Consumer<? super Processed> consumer) {
        Tasks.Options bounded = Tasks.Options.standard().withLookAhead(atOnce);
        try (Tasks.Results<URI, Processed> results =
                Tasks.asCompleted(pool, addresses, address -> work(download, address), bounded)) {
            results.forEach(done -> consumer.accept(outcome(done, Function.identity())));
        }
    }

    /**
     * Processes only: each worker of the pool, which stays open, downloads an image over connections that it keeps, with the
     * limits of {@link Download#standard}, scales it, and sends the pixels back.
     */
    public void processes(ProcessPool pool, Iterable<URI> addresses, Consumer<? super Processed> consumer) {
        try (Tasks.Results<URI, Processed> results = Tasks.asCompleted(pool, addresses, this::workInWorker)) {
            results.forEach(done -> consumer.accept(outcome(done, Function.identity())));
        }
    }

    /**
     * A hybrid: virtual threads download, worker processes scale. The files are sent to the workers, and the pixels back.
     *
     * @param pool scales; stays open
     * @param downloads how many at once
     * @param channel from the downloads to the workers, of as many producers as there are downloads
     */
    public void hybrid(
            ProcessPool pool,
            int downloads,
            Channel<Fetched> channel,
            Iterable<URI> addresses,
            Download download,
            Consumer<? super Processed> consumer) {
        try (ExecutorService threads = Pools.virtualThreads()) {
            download(threads, downloads, channel, addresses, download);
            try (Tasks.Results<Fetched, Processed> results = Tasks.asCompleted(pool, channel, this::scale)) {
                results.forEach(done -> consumer.accept(outcome(done, Fetched::address)));
            } finally {
                stop(threads, channel);
            }
        }
    }

    /**
     * Stages: virtual threads download, some threads scale, all in this process. Nothing is copied between the stages.
     *
     * @param scalers how many threads scale; as many as there are processors
     * @param downloads how many at once
     * @param channel from the downloads to the scalers, of as many producers as there are downloads
     */
    public void stages(
            int scalers,
            int downloads,
            Channel<Fetched> channel,
            Iterable<URI> addresses,
            Download download,
            Consumer<? super Processed> consumer) {
        Tasks.Options bounded = Tasks.Options.standard().withLookAhead(2 * scalers);
        try (ExecutorService threads = Pools.virtualThreads();
                ExecutorService cores = Pools.threads(scalers)) {
            download(threads, downloads, channel, addresses, download);
            try (Tasks.Results<Fetched, Processed> results = Tasks.asCompleted(cores, channel, this::scale, bounded)) {
                results.forEach(done -> consumer.accept(outcome(done, Fetched::address)));
            } finally {
                stop(threads, channel);
            }
        }
    }

    /** Whether all was done or not: afterwards nobody downloads any more, or waits to hand over what was. */
    private static void stop(ExecutorService threads, Channel<Fetched> channel) {
        channel.close();
        threads.shutdownNow();
    }

    /** What came of a task; one that was lost, as with a worker that died of it, is an image that failed. */
    private static <T> Processed outcome(Tasks.Completed<T, Processed> done, Function<T, URI> address) {
        return done.succeeded() ? done.result() : Processed.failed(address.apply(done.item()), done.failure());
    }

    /**
     * Starts the first stage: so many loops that take an address, download it, and put what came into the channel, of
     * as many producers, which makes them wait when it is full. If the addresses fail, the consumers of the channel get an
     * {@link IllegalStateException} with that cause.
     */
    public static void download(
            ExecutorService threads, int loops, Channel<Fetched> channel, Iterable<URI> addresses, Download download) {
        Feed<URI> feed = new Feed<>(addresses);
        for (int k = 0; k < loops; k++) {
            threads.execute(() -> {
                try {
                    for (URI address = feed.next(); address != null; address = feed.next()) {
                        channel.put(download.get(address));
                    }
                } catch (InterruptedException | CancellationException e) {
                    channel.close(); // nobody wants more
                } catch (Throwable e) {
                    channel.fail(e); // or the consumers would wait for ever
                } finally {
                    channel.finish();
                }
            });
        }
    }

    /** Does all of one image's work. */
    public Processed work(Download download, URI address) {
        return scale(download.get(address));
    }

    /** The same in a worker, which keeps its own connections. */
    private Processed workInWorker(URI address) {
        // Shorter than the pool's patience with a worker; the server that the lessons ask is near.
        return work(
                Worker.get(
                        DOWNLOAD_IN_WORKER,
                        () -> Download.builder()
                                .perAttempt(Duration.ofSeconds(5))
                                .build()),
                address);
    }

    /** Does the second stage; a download that failed stays one. */
    public Processed scale(Fetched file) {
        Objects.requireNonNull(file, "file");
        long begin = System.nanoTime();
        Pixels pixels = null;
        String why = file.why();
        if (file.arrived()) {
            try {
                pixels = stage.apply(file.bytes());
            } catch (BadImageException e) {
                why = e.getMessage();
            } catch (RuntimeException | Error e) {
                // Whatever it is, it is this image's: the others go on.
                why = "failed: " + e;
            }
        } else {
            why = file.failure() + ": " + why;
        }
        return new Processed(
                file.address(),
                pixels,
                why,
                Worker.isWorker() ? Worker.name() : Thread.currentThread().getName(),
                file.startNanos(),
                file.startNanos() + file.nanos(),
                begin,
                System.nanoTime());
    }
}
