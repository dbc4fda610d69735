package parlab.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * One display whose content is replaced while a cell runs, such as a table of the best results so far; made by {@link
 * Notebook#live}.
 *
 * <p>Any thread may update it, at any rate: it is drawn four times a second at most and for no more than a fifth of the
 * time, and what is left out is overtaken, not queued. The newest content is drawn as soon as that rule allows, even if
 * no update follows; {@link #close} draws it at once. Drawing takes place in the updating thread or, if it was put off,
 * in a daemon thread of its own: keep it out of what you measure.
 *
 * <p>Thread-safe. Losing its cell (an interrupted job that goes on behind the reader's back) silences it, and content
 * that cannot be drawn shows an error in its place; neither does harm to the job.
 */
public final class Live implements AutoCloseable {
    private static final long DRAW_INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

    /** After a drawing comes a pause of so many times its length. */
    private static final long PAUSE_PER_DRAWING = 4;

    private final String label;
    private final FrontEnd.Ticker ticker;
    private final LongSupplier clock;
    private final ObjLongConsumer<Runnable> later;

    private volatile Object newest;

    /** Whether somebody is drawing, or has undertaken to draw later: then nobody else needs to. */
    private final AtomicBoolean undertaken = new AtomicBoolean();

    private final ReentrantLock drawing = new ReentrantLock();

    // Written under the lock.
    private volatile Object drawn;
    private volatile boolean ended;
    private volatile long nextDraw;

    Live(String label, FrontEnd.Ticker ticker) {
        this(label, ticker, System::nanoTime, Live::inAWhile);
    }

    /** For tests, which bring a clock in nanoseconds, and what runs a task after so many nanoseconds. */
    Live(String label, FrontEnd.Ticker ticker, LongSupplier clock, ObjLongConsumer<Runnable> later) {
        this.label = Objects.requireNonNull(label, "label");
        this.ticker = ticker;
        this.clock = clock;
        this.later = later;
        this.nextDraw = clock.getAsLong();
    }

    /** A platform thread, because busy virtual threads, which lessons make on purpose, would keep a virtual one waiting. */
    private static void inAWhile(Runnable task, long nanos) {
        Thread.ofPlatform().daemon().name("parlab-live").start(() -> {
            try {
                Thread.sleep(Duration.ofNanos(nanos));
            } catch (InterruptedException e) {
                return; // nobody has this thread to interrupt it; a drawing less
            }
            task.run();
        });
    }

    /**
     * Replaces the content; nothing happens after {@link #close}. A text shows as Markdown, a list of records, a
     * Tablesaw table, a {@link parlab.charts.Figure} as {@link Notebook#show} renders it, anything else as its text.
     * Lists are copied; other content must not be changed after this.
     */
    public void update(Object content) {
        Objects.requireNonNull(content, "content");
        if (!ended) {
            // Not List.copyOf, for a list that is not of records may hold null.
            newest = content instanceof List<?> list ? Collections.unmodifiableList(new ArrayList<>(list)) : content;
            undertake();
        }
    }

    /** Draws the newest content for the last time, and ends the display. Does nothing the second time. */
    @Override
    public void close() {
        drawing.lock();
        try {
            if (!ended) {
                ended = true;
                drawn = newest;
                if (drawn != null) {
                    ticker.draw(Rendering.live(label, drawn), true);
                }
            }
        } finally {
            drawing.unlock();
        }
    }

    private void undertake() {
        if (undertaken.compareAndSet(false, true)) {
            long wait = nextDraw - clock.getAsLong();
            if (wait > 0) {
                later.accept(this::draw, wait);
            } else {
                draw();
            }
        }
    }

    private void draw() {
        drawing.lock();
        try {
            if (ended) {
                return;
            }
            long start = clock.getAsLong();
            drawn = newest;
            ticker.draw(Rendering.live(label, drawn), false);
            long end = clock.getAsLong();
            nextDraw = end + Math.max(DRAW_INTERVAL_NANOS, PAUSE_PER_DRAWING * (end - start));
        } finally {
            undertaken.set(false);
            drawing.unlock();
        }
        // An update that came meanwhile found the drawing undertaken and left it to us.
        if (newest != drawn) {
            undertake();
        }
    }

    /** Returns the label and the newest content as text. */
    @Override
    public String toString() {
        Object content = newest;
        return content == null ? label : Rendering.live(label, content).text();
    }
}
