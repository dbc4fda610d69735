package parlab.bench;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import parlab.pipelines.Channel;
import parlab.pipelines.Decoder;
import parlab.pipelines.Download;
import parlab.pipelines.Fetched;
import parlab.pipelines.Pipeline;
import parlab.pipelines.Tally;

/**
 * A pipeline in a JVM of its own, so that its memory can be seen: {@link PipelineBench} starts it, and looks at it from outside.
 *
 * <p>Arguments: {@code stages} or {@code stream}, the server, the number of images, the decoder; or {@code slow}, the
 * server, the number of downloads at once.
 * Prints how many arrived, and the checksum of the images.
 */
public final class PipelineChild {
    private static final int DOWNLOADS = 64;
    private static final int BOUND = 100;
    private static final int SLOW_MILLIS = 20_000;

    private PipelineChild() {}

    /**
     * Runs it.
     *
     * @param args see above
     * @throws Exception if it fails
     */
    public static void main(String[] args) throws Exception {
        String server = "http://" + args[1];
        int count = Integer.parseInt(args[2]);
        switch (args[0]) {
            case "stages" -> stages(server, count, Decoder.valueOf(args[3]));
            case "stream" -> stream(server, count, Decoder.valueOf(args[3]));
            case "slow" -> slow(server, count);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void stages(String server, int count, Decoder decoder) {
        run(
                IntStream.range(0, count)
                        .mapToObj(n -> URI.create(server + "/images/" + n + ".jpg"))
                        .toList(),
                decoder);
    }

    /** Thumbnails, whose addresses are made as they are asked for, from a server that does not make one wait. */
    private static void stream(String server, int count, Decoder decoder) {
        run(
                () -> IntStream.range(0, count)
                        .mapToObj(n -> URI.create(server + "/thumbnails/" + n + ".jpg?latency=0&rate=0"))
                        .iterator(),
                decoder);
    }

    private static void run(Iterable<URI> addresses, Decoder decoder) {
        Tally tally = new Tally();
        Channel<Fetched> channel = new Channel<>(BOUND, DOWNLOADS);
        try (Download download = Download.standard()) {
            int cores = Runtime.getRuntime().availableProcessors();
            new Pipeline(decoder).stages(cores, DOWNLOADS, channel, addresses, download, tally::add);
        }
        System.out.println(tally.images() + " " + tally.checksum());
    }

    /** A virtual thread each; every answer is made to wait until all have been asked for. */
    private static void slow(String server, int count) throws Exception {
        URI address = URI.create(server + "/thumbnails/1.jpg?latency=" + SLOW_MILLIS + "&rate=2000");
        int arrived = 0;
        Duration patience = Duration.ofMinutes(3);
        try (Download download =
                        Download.builder().attempts(1).perAttempt(patience).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Fetched>> all = IntStream.range(0, count)
                    .mapToObj(n -> threads.submit(() -> download.get(address)))
                    .toList();
            String first = "";
            for (Future<Fetched> future : all) {
                Fetched fetched = future.get();
                if (fetched.arrived()) {
                    arrived++;
                } else if (first.isEmpty()) {
                    first = fetched.toString();
                }
            }
            System.out.println(arrived + " " + first);
        }
    }
}
