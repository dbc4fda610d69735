package parlab.pipelines;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import parlab.executors.Pools;
import parlab.processes.ProcessPool;
import parlab.executors.Tasks;
import parlab.processes.Worker;

/**
 * One pipeline, in several designs: download every image, scale it, hand it to a consumer. What comes out is the same for all
 * of them; what differs is who does what where.
 *
 * <p>Each method reads the addresses as it goes, holds a bounded number of images at any time, and returns when the consumer, which
 * is called in the caller's thread, has had the last one. An image that fails is handed over too, with its reason; an exception of
 * the consumer, or an interruption of the caller ({@link CancellationException}), stops everything, and leaves no thread behind.
 *
 * <p>Stateless and thread-safe.
 */
public final class Designs {
    private static final String DOWNLOAD_IN_WORKER = "parlab.pipelines.download";

    private Designs() {}

    /**
     * One after the other, in the caller's thread.
     *
     * @param addresses of the images
     * @param download how
     * @param consumer gets each
     */
    public static void serial(Iterable<URI> addresses, Download download, Consumer<? super Processed> consumer) {
        for (URI address : addresses) {
            Processed image = work(download, address);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted");
            }
            consumer.accept(image);
        }
    }

    /**
     * Threads only: each downloads an image, scales it, and goes on to the next.
     *
     * @param pool {@link Pools#threads}, or {@link Pools#virtualThreads}; stays open
     * @param atOnce how many images may be under way
     * @param addresses of the images
     * @param download how
     * @param consumer gets each, as it is ready
     */
    public static void threads(
            ExecutorService pool,
            int atOnce,
            Iterable<URI> addresses,
            Download download,
            Consumer<? super Processed> consumer) {
        Tasks.Options bounded = Tasks.Options.standard().withLookAhead(atOnce);
        try (Tasks.Results<URI, Processed> results =
                Tasks.asCompleted(pool, addresses, address -> work(download, address), bounded)) {
            for (Tasks.Completed<URI, Processed> done : results) {
                consumer.accept(done.get());
            }
        }
    }

    /**
     * Processes only: each worker downloads an image, scales it, and sends the pixels back.
     *
     * @param pool stays open; its workers keep their connections
     * @param addresses of the images
     * @param consumer gets each, as it is ready
     */
    public static void processes(ProcessPool pool, Iterable<URI> addresses, Consumer<? super Processed> consumer) {
        try (ProcessPool.Results<Tasks.Completed<URI, Processed>> results =
                pool.asCompleted(addresses, Designs::workInWorker)) {
            for (Tasks.Completed<URI, Processed> done : results) {
                consumer.accept(done.get());
            }
        }
    }

    /**
     * A hybrid: virtual threads download, worker processes scale. The files are sent to the workers, and the pixels back.
     *
     * @param pool scales; stays open
     * @param downloads how many at once
     * @param channel from the downloads to the workers, of as many producers as there are downloads
     * @param addresses of the images
     * @param download how
     * @param consumer gets each, as it is ready
     */
    public static void hybrid(
            ProcessPool pool,
            int downloads,
            Channel<Fetched> channel,
            Iterable<URI> addresses,
            Download download,
            Consumer<? super Processed> consumer) {
        try (ExecutorService threads = Pools.virtualThreads()) {
            download(threads, downloads, channel, addresses, download);
            try (ProcessPool.Results<Tasks.Completed<Fetched, Processed>> results =
                    pool.asCompleted(channel, Designs::scale)) {
                for (Tasks.Completed<Fetched, Processed> done : results) {
                    consumer.accept(done.get());
                }
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
     * @param addresses of the images
     * @param download how
     * @param consumer gets each, as it is ready
     */
    public static void stages(
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
            try (Tasks.Results<Fetched, Processed> results =
                    Tasks.asCompleted(cores, channel, Designs::scale, bounded)) {
                for (Tasks.Completed<Fetched, Processed> done : results) {
                    consumer.accept(done.get());
                }
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

    /**
     * Starts the first stage: so many loops that take an address, download it, and put what came into the channel, which
     * makes them wait when it is full. If the addresses fail, the consumers of the channel get an
     * {@link IllegalStateException} with that cause.
     *
     * @param threads where they run
     * @param loops how many
     * @param channel of as many producers
     * @param addresses of the images
     * @param download how
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

    /**
     * All of one image's work.
     *
     * @param download how
     * @param address of the image
     * @return the small image, or why there is none
     */
    public static Processed work(Download download, URI address) {
        return scale(download.get(address));
    }

    /** The same in a worker, which keeps its own connections. */
    static Processed workInWorker(URI address) {
        // Shorter than the pool's patience with a worker; the server that the lessons ask is near.
        return work(
                Worker.get(
                        DOWNLOAD_IN_WORKER,
                        () -> Download.builder()
                                .perAttempt(Duration.ofSeconds(5))
                                .build()),
                address);
    }

    /**
     * The second stage.
     *
     * @param file what was downloaded, or failed to be
     * @return the small image, or why there is none
     */
    public static Processed scale(Fetched file) {
        Objects.requireNonNull(file, "file");
        long begin = System.nanoTime();
        Pixels pixels = null;
        String why = file.why();
        if (file.arrived()) {
            try {
                pixels = Images.thumbnail(file.bytes());
            } catch (BadImageException e) {
                why = e.getMessage();
            }
        } else {
            why = file.failure() + ": " + why;
        }
        return new Processed(
                file.name(),
                pixels,
                why,
                Worker.isWorker() ? Worker.name() : Thread.currentThread().getName(),
                file.startNanos(),
                file.startNanos() + file.nanos(),
                begin,
                System.nanoTime());
    }
}
