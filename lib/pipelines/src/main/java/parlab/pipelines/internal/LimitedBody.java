package parlab.pipelines.internal;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * A body that is read up to a limit. At the first byte over it the connection is closed; a length over it that is announced is
 * believed, and nothing is read.
 */
public final class LimitedBody implements BodySubscriber<byte[]> {

    /** More than the limit came, or was announced. */
    public static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        TooLargeException(String message) {
            super(message);
        }
    }

    /** Something else than the expected kind of content was announced. */
    public static final class WrongContentException extends IOException {
        private static final long serialVersionUID = 1;

        WrongContentException(String message) {
            super(message);
        }
    }

    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final long limit;
    private byte[] bytes;
    private int length;
    private Flow.Subscription subscription;

    private LimitedBody(long limit, int expected) {
        this.limit = limit;
        bytes = new byte[expected];
    }

    /**
     * A handler that reads the bodies of answers with status 200 and drops those of others.
     *
     * @param limit bytes
     * @param contentType what the answer must be; empty for anything
     */
    public static BodyHandler<byte[]> handler(long limit, String contentType) {
        return info -> {
            long announced = info.headers().firstValueAsLong("Content-Length").orElse(-1);
            if (announced > limit) {
                return refused(
                        new TooLargeException("announced as " + announced + " bytes, and " + limit + " are allowed"));
            }
            if (info.statusCode() != 200) {
                // Read, so that the connection can be used again, but not kept.
                return BodySubscribers.mapping(new LimitedBody(limit, 0), bytes -> new byte[0]);
            }
            String type = info.headers().firstValue("Content-Type").orElse("nothing");
            if (!type.toLowerCase(Locale.ROOT).split(";", 2)[0].strip().startsWith(contentType)) {
                return refused(new WrongContentException("it is " + type + " and should be " + contentType));
            }
            return new LimitedBody(limit, (int) Math.max(0, announced));
        };
    }

    private static BodySubscriber<byte[]> refused(IOException reason) {
        LimitedBody body = new LimitedBody(0, 0);
        body.body.completeExceptionally(reason);
        return body;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (body.isDone()) {
            subscription.cancel();
        } else {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            int more = part.remaining();
            if (body.isDone()) {
                return;
            }
            if (length + (long) more > limit) {
                bytes = null;
                subscription.cancel();
                body.completeExceptionally(
                        new TooLargeException("more than " + limit + " bytes came, without having been announced"));
                return;
            }
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(length + more, 2L * bytes.length)));
            }
            part.get(bytes, length, more);
            length += more;
        }
    }

    @Override
    public void onError(Throwable e) {
        body.completeExceptionally(e);
    }

    @Override
    public void onComplete() {
        body.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
    }
}
