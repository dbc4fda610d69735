package parlab.pipelines;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import parlab.pipelines.Fetched.Failure;
import parlab.pipelines.internal.LimitedBody;

/**
 * Downloads that end: within a time, within a size, and with a {@link Fetched} that says what failed instead of an exception
 * that takes others with it.
 *
 * <pre>{@code
 * try (Download download = Download.builder().attempts(3).build()) {
 *     Fetched image = download.get(address);
 * }
 * }</pre>
 *
 * <p>The limit on an attempt holds for all of it, connection, headers and body: a server that sends a byte now and then is cut
 * off like one that sends none. What may pass by itself ({@link Failure#isPassing}) is tried again after a pause that doubles, with
 * some chance in it, so that those who failed together do not come back together.
 *
 * <p>Thread-safe: any number of threads, and virtual ones best, share one object, its connections and its deadline.
 */
public final class Download implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Builder settings;
    private final long deadline;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;
    private volatile boolean closed;

    private Download(Builder settings) {
        this.settings = settings;
        deadline = System.nanoTime() + settings.total.toNanos();
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER) // we follow, and count
                .executor(threads)
                .build();
    }

    /**
     * Downloads without a deadline: 3 attempts of 5 s each, 100 kB at most, any kind of content.
     *
     * @return to be closed
     */
    public static Download standard() {
        return builder().build();
    }

    /**
     * For other limits.
     *
     * @return a builder with those of {@link #standard}
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The limits. Not thread-safe. */
    public static final class Builder {
        private int attempts = 3;
        private Duration perAttempt = Duration.ofSeconds(5);
        private Duration total = LONGEST;
        private Duration pause = Duration.ofMillis(50);
        private long maxBytes = ImageServer.PROMISED_BYTES;
        private String contentType = "";

        private Builder() {}

        private Builder(Builder other) {
            attempts = other.attempts;
            perAttempt = other.perAttempt;
            total = other.total;
            pause = other.pause;
            maxBytes = other.maxBytes;
            contentType = other.contentType;
        }

        /**
         * How often to try.
         *
         * @param times from 1 to 100
         * @return this
         */
        public Builder attempts(int times) {
            if (times < 1 || times > 100) {
                throw new IllegalArgumentException("attempts must be from 1 to 100, got " + times);
            }
            attempts = times;
            return this;
        }

        /**
         * How long an attempt may take, redirections included.
         *
         * @param time more than 0
         * @return this
         */
        public Builder perAttempt(Duration time) {
            perAttempt = positive("the time for an attempt", time);
            return this;
        }

        /**
         * How long all downloads together may take, counted from {@link #build}. What is not done by then fails.
         *
         * @param time more than 0
         * @return this
         */
        public Builder total(Duration time) {
            total = positive("the time for all", time);
            return this;
        }

        /**
         * The pause before the second attempt; it doubles before each further one, up to 2 s.
         *
         * @param time more than 0
         * @return this
         */
        public Builder pause(Duration time) {
            pause = positive("the pause", time);
            return this;
        }

        /**
         * The largest body that is read.
         *
         * @param bytes from 1 to 1 GB
         * @return this
         */
        public Builder maxBytes(long bytes) {
            if (bytes < 1 || bytes > 1_000_000_000) {
                throw new IllegalArgumentException("the largest body must be from 1 byte to 1 GB, got " + bytes);
            }
            maxBytes = bytes;
            return this;
        }

        /**
         * Takes nothing else than this.
         *
         * @param type such as {@code image/jpeg}
         * @return this
         */
        public Builder expecting(String type) {
            contentType = Objects.requireNonNull(type, "type");
            return this;
        }

        private static Duration positive(String what, Duration time) {
            if (!time.isPositive() || time.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(what + " must be more than 0 and less than a century, got " + time);
            }
            return time;
        }

        /**
         * Opens the downloads; the time for all begins.
         *
         * @return to be closed
         */
        public Download build() {
            return new Download(new Builder(this));
        }
    }

    /** Why an attempt failed. */
    private static final class Failed extends Exception {
        private static final long serialVersionUID = 1;
        private final Failure failure;

        Failed(Failure failure, String why) {
            super(why, null, false, false);
            this.failure = failure;
        }
    }

    /**
     * Downloads, and waits.
     *
     * @param address of the web
     * @return what came, or what failed; if the thread is interrupted, {@link Failure#CANCELLED}, and its interrupt status is set
     */
    public Fetched get(URI address) {
        Objects.requireNonNull(address, "address");
        long start = System.nanoTime();
        int attempt = 0;
        Failed last = null;
        while (attempt < settings.attempts) {
            int before = attempt;
            try {
                if (attempt > 0) {
                    pauseBefore(attempt, last);
                }
                if (deadline - System.nanoTime() <= 0) {
                    throw new Failed(Failure.TIMED_OUT, "the time for all downloads was over");
                }
                attempt++;
                byte[] bytes = attempt(address);
                return new Fetched(address, bytes, null, "", attempt, start, System.nanoTime() - start);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                last = new Failed(Failure.CANCELLED, "interrupted");
                break;
            } catch (Failed e) {
                last = e;
                // Where there was no time for another attempt, there will be none either.
                if (attempt == before || !e.failure.isPassing() || deadline - System.nanoTime() <= 0) {
                    break;
                }
            }
        }
        return new Fetched(address, null, last.failure, last.getMessage(), attempt, start, System.nanoTime() - start);
    }

    /** Waits before the attempt after so many; not beyond the deadline, then what failed last counts. */
    private void pauseBefore(int attempts, Failed last) throws InterruptedException, Failed {
        double doubled = settings.pause.toNanos() * Math.pow(2, attempts - 1);
        double chance = ThreadLocalRandom.current().nextDouble(0.5, 1.5);
        long nanos = Math.min((long) (doubled * chance), LONGEST_PAUSE.toNanos());
        if (nanos >= deadline - System.nanoTime()) {
            throw new Failed(Failure.TIMED_OUT, "no time for another attempt after: " + last.getMessage());
        }
        TimeUnit.NANOSECONDS.sleep(nanos);
    }

    private byte[] attempt(URI address) throws InterruptedException, Failed {
        long end =
                System.nanoTime() + Math.min(settings.perAttempt.toNanos(), Math.max(1, deadline - System.nanoTime()));
        URI target = address;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpResponse<byte[]> response = exchange(target, end);
            int status = response.statusCode();
            if (status == 200) {
                return response.body();
            }
            if (status < 300 || status >= 400) {
                boolean passing = status == 429 || status >= 500;
                throw new Failed(passing ? Failure.SERVER_ERROR : Failure.STATUS, "the server answered " + status);
            }
            target = location(response, target);
        }
        throw new Failed(Failure.REDIRECTED, "redirected more than " + MAX_REDIRECTS + " times");
    }

    private static URI location(HttpResponse<?> response, URI from) throws Failed {
        String location = response.headers().firstValue("Location").orElse("");
        try {
            URI target = from.resolve(location);
            String scheme = Objects.requireNonNullElse(target.getScheme(), "");
            if (!location.isEmpty()
                    && target.getHost() != null
                    && (scheme.equals("https") || scheme.equals(from.getScheme()))) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Failed(Failure.REDIRECTED, "redirected to \"" + location + "\", where a download must not go");
    }

    private HttpResponse<byte[]> exchange(URI target, long end) throws InterruptedException, Failed {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(target).build();
        } catch (IllegalArgumentException e) {
            throw new Failed(Failure.STATUS, "no address of the web: " + e.getMessage());
        }
        CompletableFuture<HttpResponse<byte[]>> response;
        try {
            response = client.sendAsync(request, LimitedBody.handler(settings.maxBytes, settings.contentType));
        } catch (RuntimeException e) {
            if (closed) {
                throw new Failed(Failure.CANCELLED, "the downloads were closed");
            }
            throw e;
        }
        try {
            return response.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new Failed(
                    Failure.TIMED_OUT,
                    deadline - System.nanoTime() <= 0
                            ? "the time for all downloads was over"
                            : "not done within " + settings.perAttempt.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } catch (CancellationException e) {
            throw new Failed(Failure.CANCELLED, "the downloads were closed");
        } finally {
            response.cancel(true); // closes the connection of an answer that is not complete; else without effect
        }
    }

    private Failed failed(Throwable cause) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof LimitedBody.TooLargeException) {
                return new Failed(Failure.TOO_LARGE, e.getMessage());
            }
            if (e instanceof LimitedBody.WrongContentException) {
                return new Failed(Failure.WRONG_CONTENT, e.getMessage());
            }
            if (closed) {
                return new Failed(Failure.CANCELLED, "the downloads were closed");
            }
            if (e instanceof ConnectException) {
                return new Failed(Failure.REFUSED, "nobody listens there");
            }
        }
        if (cause instanceof IOException) {
            return new Failed(Failure.BROKEN_OFF, "the connection ended early (" + cause.getMessage() + ")");
        }
        throw new IllegalStateException("a download failed in an unforeseen way", cause);
    }

    /** Cancels what is under way, and closes all connections. */
    @Override
    public void close() {
        closed = true;
        client.shutdownNow();
        threads.shutdownNow();
        client.close();
        threads.close();
    }
}
