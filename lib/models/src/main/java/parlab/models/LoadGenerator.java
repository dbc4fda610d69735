package parlab.models;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Sends requests, and measures how long their answers take, with or without coordinated omission.
 *
 * <p>{@link #openLoop} sends at a given rate whether or not earlier requests are answered, as the world does, and counts
 * from the moment at which a request was <em>due</em>. {@link #closedLoop} is the usual loop, in which a caller waits for its
 * answer before it sends the next request: while the server stalls, nothing is sent, and the requests that would have waited
 * are missing from the figures.
 *
 * <p>Stateless and thread-safe.
 */
public final class LoadGenerator {
    private static final int DIGITS = 3;

    /** When requests come. */
    public enum Arrivals {
        /** One after the other at the same distance. */
        EVEN,
        /**
         * Independently of each other, as from many users; the same sequence each time. The requests are as many as rate
         * and duration say, rounded and at least one, so that the load is the one that was asked for: a Poisson process
         * given its count, whose times are spread evenly and independently over the duration.
         */
        POISSON
    }

    /** A request, sent and answered. */
    @FunctionalInterface
    public interface Request {
        /** Sends it and waits for its answer. */
        void send() throws Exception;
    }

    /**
     * What was measured. Times are in nanoseconds, in histograms that keep three digits.
     *
     * @param sent requests that were sent
     * @param failed those of them that failed, and are in no histogram
     * @param failure the first failure; null if there was none
     * @param seconds from the first request's time to the last answer, and the duration that was asked for at least
     * @param sinceDue from when a request was due to its answer: what a user waits
     * @param sinceSent from when a request was begun to its answer: what a server sees of it
     */
    public record Load(
            long sent, long failed, Throwable failure, double seconds, Histogram sinceDue, Histogram sinceSent) {
        /** {@return the answers in a second, in 1/s} */
        public double perSecond() {
            return (sent - failed) / seconds;
        }

        /** {@return what a user waits at most for that percentage of the requests, in milliseconds} */
        public double dueMillis(double percentile) {
            return sinceDue.getValueAtPercentile(percentile) / 1e6;
        }

        /** {@return what the server sees at most for that percentage of the requests, in milliseconds} */
        public double sentMillis(double percentile) {
            return sinceSent.getValueAtPercentile(percentile) / 1e6;
        }
    }

    private static final class Tally {
        final Histogram sinceDue = new ConcurrentHistogram(DIGITS);
        final Histogram sinceSent = new ConcurrentHistogram(DIGITS);
        final AtomicLong failed = new AtomicLong();
        final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

        void send(Request request, long due) {
            long start = System.nanoTime();
            try {
                request.send();
                long end = System.nanoTime();
                sinceDue.recordValue(Math.max(0, end - due));
                sinceSent.recordValue(end - start);
            } catch (InterruptedException e) {
                failed(e);
                Thread.currentThread().interrupt(); // the sender's next pause must see it
            } catch (Throwable e) {
                failed(e);
            }
        }

        void failed(Throwable e) {
            if (failed.getAndIncrement() == 0) {
                failures.add(e);
            }
        }

        Load load(long sent, long begin, Duration duration, Histogram due) {
            double seconds = Math.max(System.nanoTime() - begin, duration.toNanos()) / 1e9;
            return new Load(sent, failed.get(), failures.peek(), seconds, due.copy(), sinceSent.copy());
        }
    }

    private LoadGenerator() {}

    /**
     * Sends requests at a rate, each on a thread of the executor, and waits for the last answer.
     *
     * <p>If the executor drops tasks without a word (a policy that discards, a shutdownNow), their answers never come, and
     * this waits for ever.
     *
     * @param perSecond requests in a second, in 1/s
     * @param arrivals when they come
     * @param duration for how long
     * @param executor where they wait for a thread, and run; its queue should have no bound
     * @param request what is sent; called by many threads at once
     * @return what was measured; a request that the executor refuses has failed
     * @throws IllegalArgumentException if rate or duration is not positive
     * @throws InterruptedException if the caller is interrupted; requests that were sent go on
     */
    public static Load openLoop(
            double perSecond, Arrivals arrivals, Duration duration, Executor executor, Request request)
            throws InterruptedException {
        check(perSecond, duration);
        Tally tally = new Tally();
        SplittableRandom random = new SplittableRandom(1);
        AtomicLong open = new AtomicLong(1);
        CountDownLatch done = new CountDownLatch(1);
        long begin = System.nanoTime();
        double end = duration.toNanos();
        double asked = perSecond * end / 1e9 - 1e-9; // its rounding must not make room for one more
        long count = Math.max(1, arrivals == Arrivals.EVEN ? (long) Math.ceil(asked) : Math.round(asked));
        double at = 0;
        for (long sent = 0; sent < count; sent++) {
            // The least of k uniform times that are left: one after the other, they are k uniform times, sorted.
            at = arrivals == Arrivals.EVEN
                    ? sent * 1e9 / perSecond
                    : at + (end - at) * -Math.expm1(Math.log1p(-random.nextDouble()) / (count - sent));
            long due = begin + (long) at;
            pause(due);
            open.incrementAndGet();
            Runnable task = () -> {
                try {
                    tally.send(request, due);
                } finally {
                    leave(open, done);
                }
            };
            try {
                executor.execute(task);
            } catch (RejectedExecutionException e) {
                tally.failed(e);
                leave(open, done);
            }
        }
        leave(open, done);
        done.await();
        return tally.load(count, begin, duration, tally.sinceDue);
    }

    private static void leave(AtomicLong open, CountDownLatch done) {
        if (open.decrementAndGet() == 0) {
            done.countDown();
        }
    }

    /**
     * Sends requests from some callers, each of which waits for its answer before it sends the next.
     *
     * <p>Here {@link Load#sinceDue} is HdrHistogram's correction: for an answer that took longer than the callers' interval, the
     * requests that were not sent meanwhile are added, each with what it would have waited.
     *
     * @param callers how many at the same time
     * @param perSecond requests in a second that all of them mean to send, in 1/s; if they are late, they send at once
     * @param duration for how long
     * @param request what is sent; a caller whose request throws InterruptedException sends no more
     * @return what was measured
     * @throws IllegalArgumentException if a number or the duration is not positive
     * @throws InterruptedException if the caller is interrupted; the callers stop after their present request
     */
    public static Load closedLoop(int callers, double perSecond, Duration duration, Request request)
            throws InterruptedException {
        check(perSecond, duration);
        if (callers < 1 || callers > 10_000) {
            throw new IllegalArgumentException("callers must be from 1 to 10000, got " + callers);
        }
        Tally tally = new Tally();
        AtomicLong sent = new AtomicLong();
        double interval = callers / perSecond * 1e9;
        double end =
                duration.toNanos() - 0.5; // times are sums of intervals: their rounding must not make room for one more
        long begin = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            double first = interval * i / callers;
            threads.add(Thread.ofPlatform().daemon().name("caller-" + i).start(() -> {
                try {
                    double at = first;
                    while (at < end) {
                        pause(begin + (long) at);
                        sent.incrementAndGet();
                        tally.send(request, System.nanoTime());
                        // The interval counts from here when the answer was late: this is the omission.
                        at = Math.max(at + interval, (double) (System.nanoTime() - begin));
                    }
                } catch (InterruptedException e) {
                    // asked to stop
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            throw e;
        }
        return tally.load(sent.get(), begin, duration, tally.sinceSent.copyCorrectedForCoordinatedOmission((long)
                Math.max(1, interval)));
    }

    private static void check(double perSecond, Duration duration) {
        if (!(perSecond > 0 && perSecond <= 1e7) || duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException("cannot send " + perSecond + " requests a second for " + duration);
        }
    }

    private static void pause(long until) throws InterruptedException {
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
