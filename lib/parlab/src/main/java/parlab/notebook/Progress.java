package parlab.notebook;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import parlab.executors.Tasks;
import parlab.timing.Numbers;

/**
 * A live progress bar: how much is done, how fast, how much longer.
 *
 * <p>It is drawn by whoever reports progress, at most ten times a second, and once more at the end; there is no timer
 * behind it, so a task that reports nothing for a minute leaves the bar as it is for a minute. Thread-safe; a report
 * that comes while another is being drawn costs a few nanoseconds. Losing its cell (an interrupted job that goes on
 * behind the reader's back) silences it and does no harm to the job.
 */
public final class Progress implements Tasks.Progress, AutoCloseable {
    private static final long DRAW_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final long UNKNOWN = -1;

    private final String label;
    private final FrontEnd.Ticker ticker;
    private final LongSupplier clock;
    private final AtomicLong done = new AtomicLong();
    private final ReentrantLock drawing = new ReentrantLock();

    // Written under the lock; read without it as a hint only.
    private volatile long nextDraw;
    private volatile boolean ended;

    private long startNanos;
    private volatile long total = UNKNOWN;

    Progress(String label, FrontEnd.Ticker ticker, LongSupplier clock) {
        this.label = Objects.requireNonNull(label, "label");
        this.ticker = ticker;
        this.clock = clock;
        this.startNanos = clock.getAsLong();
        this.nextDraw = startNanos;
    }

    /** Begins the job: the clock starts anew and the bar appears. A total of -1 where nobody knows. */
    @Override
    public void started(long total) {
        if (total < UNKNOWN) {
            throw new IllegalArgumentException("a total must be 0 or more, or -1 for unknown, got " + total);
        }
        drawing.lock();
        try {
            if (!ended) {
                startNanos = clock.getAsLong();
                this.total = total;
                draw(false);
            }
        } finally {
            drawing.unlock();
        }
    }

    /**
     * Goes on with the job: so many tasks have ended. Reports may arrive in any order; the bar never runs backwards.
     */
    @Override
    public void advanced(long done) {
        if (done < 0) {
            throw new IllegalArgumentException("the number of tasks done must be 0 or more, got " + done);
        }
        this.done.accumulateAndGet(done, Math::max);
        if (ended || clock.getAsLong() - nextDraw < 0 || !drawing.tryLock()) {
            return;
        }
        try {
            if (!ended && clock.getAsLong() - nextDraw >= 0) {
                draw(false);
            }
        } finally {
            drawing.unlock();
        }
    }

    /** Goes on with the job by one task, where a cell's own loop does the work. */
    public void step() {
        advanced(done.incrementAndGet());
    }

    /** Gives the bar its final state: all is done. Does nothing the second time. */
    @Override
    public void finished() {
        close();
    }

    /** Ends the bar, whatever has been done by now, as after an error. Does nothing after {@link #finished}. */
    @Override
    public void close() {
        drawing.lock();
        try {
            if (!ended) {
                ended = true;
                draw(true);
            }
        } finally {
            drawing.unlock();
        }
    }

    /** Called with the lock held. */
    private void draw(boolean last) {
        long now = clock.getAsLong();
        nextDraw = now + DRAW_INTERVAL_NANOS;
        long count = done.get();
        String text = text(count, now - startNanos, last);
        boolean bar = total != 0 && !(last && total == UNKNOWN);
        String value = total > 0 ? " max=\"" + total + "\" value=\"" + Math.min(count, total) + "\"" : "";
        String html = (bar ? "<progress" + value + " aria-label=\"" + Grid.escape(label) + "\"></progress> " : "")
                + "<span>" + Grid.escape(text) + "</span>";
        ticker.draw(Bundle.text(text).withHtml(html), last);
    }

    private String text(long count, long elapsedNanos, boolean last) {
        StringBuilder text = new StringBuilder(label).append(": ");
        boolean stopped = last && total != UNKNOWN && count < total;
        text.append(stopped ? "stopped at " : "").append(count);
        if (total != UNKNOWN) {
            text.append(" of ").append(total);
        }
        Duration elapsed = Duration.ofNanos(Math.max(0, elapsedNanos));
        if (last) {
            text.append(" in ").append(Numbers.duration(elapsed));
        }
        if (count > 0 && elapsedNanos > 0) {
            double perNano = (double) count / elapsedNanos;
            text.append(", ").append(rate(perNano * 1e9));
            if (!last && total > count) {
                text.append(", ").append(left(Duration.ofNanos((long) ((total - count) / perNano))));
            }
        }
        return text.toString();
    }

    private static String rate(double perSecond) {
        return perSecond >= 0.95 ? Numbers.shortText(perSecond) + "/s" : Numbers.shortText(perSecond * 60) + "/min";
    }

    private static String left(Duration duration) {
        // Digits that change ten times a second are noise, and a forecast has none to give.
        long seconds = Math.max(1, Math.round(duration.toMillis() / 1e3));
        return "about " + (seconds < 60 ? seconds + " s" : Numbers.duration(Duration.ofSeconds(seconds))) + " left";
    }

    /** Returns the bar's text as it would be drawn now. */
    @Override
    public String toString() {
        drawing.lock();
        try {
            return text(done.get(), clock.getAsLong() - startNanos, ended);
        } finally {
            drawing.unlock();
        }
    }
}
