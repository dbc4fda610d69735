package parlab.pipelines;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import parlab.pipelines.Fetched.Failure;

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
 * off like one that sends none. What may pass by itself ({@link Failure#isPassing}) is tried again by Failsafe, after a pause that
 * doubles, with some chance in it, so that those who failed together do not come back together.
 *
 * <p>Thread-safe: any number of threads, and virtual ones best, share one object, its connections and its deadline.
 */
public final class Download implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final double JITTER = 0.5;
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final int LONGEST_ADDRESS = 200;

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

    /** Downloads without a deadline: 3 attempts of 5 s each, 100 kB at most, any kind of content. */
    public static Download standard() {
        return builder().build();
    }

    /** Returns a builder with the limits of {@link #standard}. */
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

        /** Sets how often to try, from 1 to 100 times. */
        public Builder attempts(int times) {
            if (times < 1 || times > 100) {
                throw new IllegalArgumentException("attempts must be from 1 to 100, got " + times);
            }
            attempts = times;
            return this;
        }

        /** Sets how long an attempt may take, redirections included. */
        public Builder perAttempt(Duration time) {
            perAttempt = positive("the time for an attempt", time);
            return this;
        }

        /**
         * Sets how long all downloads together may take, counted from {@link #build}. What is not done by then fails.
         */
        public Builder total(Duration time) {
            total = positive("the time for all", time);
            return this;
        }

        /** Sets the pause before the second attempt; it doubles before each further one, up to 2 s. */
        public Builder pause(Duration time) {
            pause = positive("the pause", time);
            return this;
        }

        /** Sets the largest body that is read, from 1 byte to 1 GB. */
        public Builder maxBytes(long bytes) {
            if (bytes < 1 || bytes > 1_000_000_000) {
                throw new IllegalArgumentException("the largest body must be from 1 byte to 1 GB, got " + bytes);
            }
            maxBytes = bytes;
            return this;
        }

        /** Takes nothing else than this type of content, such as {@code image/jpeg}. */
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

        /** Opens the downloads; the time for all begins. */
        public Download build() {
            return new Download(new Builder(this));
        }
    }

    /** Why an attempt failed. */
    private static final class Failed extends RuntimeException {
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
     * @param address of the web; any other one is a {@link Failure#BAD_ADDRESS}
     * @return what came, or what failed; if the thread is interrupted, {@link Failure#CANCELLED}, and its interrupt status is set
     */
    public Fetched get(URI address) {
        Objects.requireNonNull(address, "address");
        long start = System.nanoTime();
        int[] attempts = {0};
        byte[] bytes = null;
        Failure failure = null;
        String why = "";
        try {
            bytes = withRetries(address, attempts);
        } catch (Failed e) {
            failure = e.failure;
            why = e.getMessage();
        } catch (FailsafeException e) {
            // Interrupted in the pause before an attempt; Failsafe has set the interrupt status again.
            failure = Failure.CANCELLED;
            why = "interrupted";
        } catch (RuntimeException | Error e) {
            failure = Failure.UNFORESEEN;
            why = e.toString();
        }
        return new Fetched(address, bytes, failure, why, attempts[0], start, System.nanoTime() - start);
    }

    private byte[] withRetries(URI address, int[] attempts) {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        if (!left.isPositive()) {
            throw new Failed(Failure.TIMED_OUT, "the time for all downloads was over");
        }
        Duration pause = settings.pause;
        var retries = RetryPolicy.<byte[]>builder().handleIf(e -> e instanceof Failed f && f.failure.isPassing());
        if (pause.compareTo(left) < 0) {
            Duration longest = pause.compareTo(LONGEST_PAUSE) < 0 ? LONGEST_PAUSE : pause.plusNanos(1);
            retries.withMaxDuration(left)
                    .withBackoff(pause, longest)
                    .withJitter(JITTER)
                    .withMaxAttempts(settings.attempts);
        } else {
            retries.withMaxAttempts(1);
        }
        try {
            return Failsafe.with(retries.build()).get(() -> attempt(address, attempts));
        } catch (Failed e) {
            if (e.failure.isPassing() && e.failure != Failure.TIMED_OUT && attempts[0] < settings.attempts) {
                throw new Failed(Failure.TIMED_OUT, "no time for another attempt; the last one: " + e.getMessage());
            }
            throw e;
        }
    }

    /** One attempt, with the redirections that belong to it. */
    private byte[] attempt(URI address, int[] attempts) {
        long now = System.nanoTime();
        if (deadline - now <= 0) {
            throw new Failed(Failure.TIMED_OUT, "the time for all downloads was over");
        }
        attempts[0]++;
        long end = now + Math.min(settings.perAttempt.toNanos(), deadline - now);
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

    private static URI location(HttpResponse<?> response, URI from) {
        String location = response.headers().firstValue("Location").orElse("").strip();
        try {
            URI target = resolve(from, location);
            boolean secure = "https".equalsIgnoreCase(target.getScheme());
            if (!location.isEmpty()
                    && target.getHost() != null
                    && (secure || from.getScheme().equalsIgnoreCase(target.getScheme()))) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Failed(
                Failure.REDIRECTED, "redirected to \"" + abridged(location) + "\", where a download must not go");
    }

    /**
     * Where a {@code Location} header leads, as browsers read it. {@link URI#resolve} follows RFC 2396, and drops the path's last
     * part where RFC 3986 has a query alone replace the query alone; nor does it take the blanks that servers send.
     */
    static URI resolve(URI from, String location) {
        URI base = from.getRawPath().isEmpty() ? from.resolve("/") : from;
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < location.length(); i++) {
            char c = location.charAt(i);
            boolean allowed = c > ' ' && c < 127 && "\"<>\\^`{|}".indexOf(c) < 0;
            // A header's characters are its bytes.
            escaped.append(allowed ? "" + c : String.format("%%%02X", (int) c));
        }
        String place = base.getScheme() + "://" + base.getRawAuthority() + base.getRawPath();
        return location.startsWith("?") ? URI.create(place + escaped) : base.resolve(escaped.toString());
    }

    private static HttpRequest request(URI target) {
        String scheme = Objects.requireNonNullElse(target.getScheme(), "").toLowerCase(Locale.ROOT);
        boolean web = scheme.equals("http") || scheme.equals("https");
        if (!web || target.getHost() == null || target.getPort() > 65_535) {
            throw new Failed(Failure.BAD_ADDRESS, "no address of the web: " + abridged(target.toString()));
        }
        try {
            return HttpRequest.newBuilder(target).build();
        } catch (IllegalArgumentException e) {
            throw new Failed(Failure.BAD_ADDRESS, "no address of the web: " + e.getMessage());
        }
    }

    private static String abridged(String address) {
        return address.length() > LONGEST_ADDRESS ? address.substring(0, LONGEST_ADDRESS) + "..." : address;
    }

    private HttpResponse<byte[]> exchange(URI target, long end) {
        HttpRequest request = request(target);
        AtomicReference<Failed> refused = new AtomicReference<>();
        CompletableFuture<HttpResponse<byte[]>> response;
        try {
            response = client.sendAsync(request, info -> body(info, refused));
        } catch (RuntimeException e) {
            throw failed(e);
        }
        try {
            HttpResponse<byte[]> all = response.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (refused.get() != null) {
                throw refused.get();
            }
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed(Failure.CANCELLED, "interrupted");
        } catch (TimeoutException e) {
            throw new Failed(
                    Failure.TIMED_OUT,
                    deadline - System.nanoTime() <= 0
                            ? "the time for all downloads was over"
                            : "not done within " + settings.perAttempt.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw refused.get() != null ? refused.get() : failed(e.getCause());
        } catch (CancellationException e) {
            throw new Failed(Failure.CANCELLED, "the downloads were closed");
        } finally {
            response.cancel(true); // closes the connection of an answer that is not complete; else without effect
        }
    }

    /** Looks at an answer's headers before its body: a length over the limit that is announced is believed. */
    private BodySubscriber<byte[]> body(HttpResponse.ResponseInfo info, AtomicReference<Failed> refused) {
        long limit = settings.maxBytes;
        long announced = -1;
        try {
            announced = info.headers().firstValueAsLong("Content-Length").orElse(-1);
        } catch (NumberFormatException e) {
            refused.set(new Failed(Failure.MALFORMED, "its Content-Length is no number: " + e.getMessage()));
        }
        String type = info.headers().firstValue("Content-Type").orElse("nothing");
        boolean expected =
                type.toLowerCase(Locale.ROOT).split(";", 2)[0].strip().startsWith(settings.contentType);
        if (announced > limit) {
            String why = "announced as " + announced + " bytes, and " + limit + " are allowed";
            refused.set(new Failed(Failure.TOO_LARGE, why));
        } else if (info.statusCode() == 200 && !expected) {
            String why = "it is " + type + " and should be " + settings.contentType;
            refused.set(new Failed(Failure.WRONG_CONTENT, why));
        }
        // A body of no bytes at most: at the first one the connection is closed. (If this threw, it would stay open.)
        long most = refused.get() == null ? limit : 0;
        // What comes with another status is read, so that the connection can be used again, but not kept.
        return BodySubscribers.limiting(
                info.statusCode() == 200 ? BodySubscribers.ofByteArray() : BodySubscribers.replacing(new byte[0]),
                most);
    }

    private Failed failed(Throwable cause) {
        if (closed) {
            return new Failed(Failure.CANCELLED, "the downloads were closed");
        }
        for (Throwable e = cause; e != null; e = e.getCause()) {
            String why = Objects.requireNonNullElse(e.getMessage(), e.toString());
            if (e instanceof ConnectException) {
                return new Failed(Failure.REFUSED, "nobody listens there");
            }
            if (e instanceof ProtocolException || e instanceof IllegalArgumentException) {
                return new Failed(Failure.MALFORMED, "the answer is not HTTP (" + why + ")");
            }
            if (e instanceof IOException && why.startsWith("body exceeds capacity")) { // that is all it is known by
                return new Failed(
                        Failure.TOO_LARGE,
                        "more than " + settings.maxBytes + " bytes came, without having been announced");
            }
        }
        return cause instanceof IOException
                ? new Failed(Failure.BROKEN_OFF, "the connection ended early (" + cause.getMessage() + ")")
                : new Failed(Failure.UNFORESEEN, cause.toString());
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
