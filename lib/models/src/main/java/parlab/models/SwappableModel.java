package parlab.models;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The model that a {@link ModelFolder} names, swapped for the next version while requests run.
 *
 * <p>A new version is compared with the manifest's checksum, loaded, warmed by a few runs and checked before it gets a request;
 * until then, and if it is refused, the old one serves. A request is answered by one version from beginning to end. The old
 * version is closed when its last request is done.
 *
 * <p>Thread-safe. Requests do not wait for a swap; swaps wait for each other.
 */
public final class SwappableModel implements AutoCloseable {
    private static final int WARM_UP_RUNS = 3;

    /**
     * An answer, and who gave it.
     *
     * @param values the output's rows
     * @param version the version's number
     */
    @SuppressWarnings("ArrayRecordComponent") // a copy would cost more than the model
    public record Answer(float[] values, long version) {}

    /** What became of a look at the folder. */
    public enum Outcome {
        /** The manifest names the version that serves. */
        SAME,
        /** A new version serves. */
        SWAPPED,
        /** There is a new version that cannot be used, or the folder cannot be read; the old one serves. */
        REFUSED
    }

    /**
     * The result of {@link #refresh}.
     *
     * @param outcome what became of it
     * @param version the version that serves now
     * @param reason why a version was refused; empty else
     */
    public record Refresh(Outcome outcome, long version, String reason) {}

    /** A look at a new version before it serves. */
    @FunctionalInterface
    public interface Check {
        /**
         * Looks at it.
         *
         * @param model loaded and warm
         * @throws InterruptedException if the thread was interrupted: this says nothing about the version, nor does a
         *     {@link CancellationException}
         * @throws Exception to refuse it; the message is the reason, or its class where there is none. An error refuses
         *     it as well, but one of the virtual machine, such as too little memory, only until the next look
         */
        void accept(Model model) throws Exception;
    }

    private record Serving(ModelFolder.Version version, Model model) {}

    private final ModelFolder folder;
    private final Model.Options options;
    private final Check check;
    private final Object swapping = new Object();
    private volatile Serving serving;
    private volatile Refresh lastRefusal;
    private ModelFolder.Version whole; // the last one whose checksum was right
    private ModelFolder.Version refused; // not looked at again: it is whole, and of no use
    private ScheduledExecutorService watcher;
    private boolean closed;

    private SwappableModel(ModelFolder folder, Model.Options options, Check check) {
        this.folder = folder;
        this.options = options;
        this.check = check;
    }

    /**
     * Loads the version that the folder's manifest names, as the other {@code open}, without a check of one's own.
     *
     * @throws IOException if there is none, or it cannot be used; the message says why
     */
    public static SwappableModel open(Path folder, Model.Options options) throws IOException {
        return open(folder, options, _ -> {});
    }

    /**
     * Loads the version that the folder's manifest names, and warms it.
     *
     * @param check asked about each version before it serves, the first one too
     * @throws IOException if there is none, or it cannot be used; the message says why
     * @throws CancellationException if the thread was interrupted, or the check cancelled; the interrupt flag is set
     */
    public static SwappableModel open(Path folder, Model.Options options, Check check) throws IOException {
        SwappableModel model = new SwappableModel(
                new ModelFolder(folder),
                Objects.requireNonNull(options, "options"),
                Objects.requireNonNull(check, "check"));
        if (model.folder.current().isEmpty()) { // before the lock, which would leave its file there
            throw new IOException(folder + " has no manifest: publish a version first");
        }
        synchronized (model.swapping) {
            model.serving = model.load();
        }
        return model;
    }

    /**
     * Answers a request with the version that serves when it begins.
     *
     * @param input whole rows, as {@link Model#run} takes them
     * @return the answer and its version
     * @throws IllegalArgumentException if the request does not fit; the message says why
     * @throws IllegalStateException if this is closed
     */
    public Answer ask(float[] input) {
        while (true) {
            Serving now = serving;
            if (now == null) {
                throw new IllegalStateException("the model of " + folder + " is closed");
            }
            // It may have been swapped and closed since the line above: then there is a new one.
            if (now.model.acquire()) {
                try {
                    return new Answer(now.model.runAcquired(input), now.version.number());
                } finally {
                    now.model.release();
                }
            }
        }
    }

    /**
     * Looks at the folder, and swaps if there is a new version that can be used.
     *
     * <p>A version that is whole and was refused is not looked at again. One whose file is missing, or has another size or
     * checksum than the manifest says, is looked at each time: it may be a copy under way.
     *
     * @return what became of it; never an exception because of a folder or file that is broken or gone
     * @throws CancellationException if the thread was interrupted, or the check cancelled, before the new version was
     *     known to be good or bad; the thread's interrupt flag is set, and the old version serves
     * @throws IllegalStateException if this is closed
     */
    public Refresh refresh() {
        synchronized (swapping) {
            Serving old = serving;
            if (closed) {
                throw new IllegalStateException("the model of " + folder + " is closed");
            }
            whole = null;
            try {
                ModelFolder.Version wanted = present();
                if (wanted.equals(old.version)) {
                    refused = null;
                    return new Refresh(Outcome.SAME, old.version.number(), "");
                }
                if (wanted.equals(refused)) {
                    return lastRefusal; // it is the same file still
                }
                Serving fresh = load();
                serving = fresh;
                old.model.close();
                return new Refresh(Outcome.SWAPPED, fresh.version.number(), "");
            } catch (IOException e) {
                refused = e instanceof BadModelException ? whole : null; // anything else may pass
                lastRefusal = new Refresh(Outcome.REFUSED, old.version.number(), reason(e));
                return lastRefusal;
            }
        }
    }

    private ModelFolder.Version present() throws IOException {
        return folder.current().orElseThrow(() -> new IOException(folder + " has no manifest, or is gone"));
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static CancellationException cancelled(Exception cause) {
        Thread.currentThread().interrupt();
        var e = new CancellationException("the load of a new version was interrupted: " + reason(cause));
        e.initCause(cause);
        return e;
    }

    /** Loads the version that the manifest names, and looks whether it is of any use. */
    private Serving load() throws IOException {
        Serving fresh;
        try {
            // The manifest is read under the lock, too: else the version it names could be replaced and removed
            // meanwhile.
            fresh = folder.locked(false, () -> {
                ModelFolder.Version version = present();
                folder.verify(version);
                whole = version;
                return new Serving(version, Model.open(version.file(), options));
            });
        } catch (FileLockInterruptionException | ClosedByInterruptException e) {
            throw cancelled(e);
        }
        Path file = fresh.version.file();
        boolean good = false;
        try {
            examine(file, fresh.model);
            good = true;
            return fresh;
        } catch (InterruptedException | CancellationException e) {
            throw cancelled(e);
        } catch (BadModelException e) {
            throw e;
        } catch (VirtualMachineError e) {
            throw new IOException(file + " could not be checked: " + e, e); // says nothing about the version
        } catch (Throwable e) { // errors, too: a check may be an assertion
            throw new BadModelException(file, reason(e), e);
        } finally {
            if (!good) {
                fresh.model.close();
            }
        }
    }

    /** Compares a new version with the one that serves, warms it, and lets the check look at it. */
    private void examine(Path file, Model model) throws Exception {
        Serving old = serving;
        if (old != null && !model.signature().fits(old.model.signature())) {
            throw new BadModelException(file, "its shape is " + model + ", the one that serves is " + old.model, null);
        }
        int rows = (int) Math.max(1, model.signature().rows());
        float[] zeros = new float[Math.multiplyExact(rows, model.inputLength())];
        for (int i = 0; i < WARM_UP_RUNS; i++) {
            for (float x : model.run(zeros)) {
                if (!Float.isFinite(x)) {
                    throw new BadModelException(file, "it answers " + x + " to zeros", null);
                }
            }
        }
        check.accept(model);
        if (model.isClosed()) {
            throw new BadModelException(file, "the check has closed it", null);
        }
    }

    /**
     * Looks at the folder again and again, on a thread of its own, until this is closed.
     *
     * @throws IllegalArgumentException if the interval from one look to the next is not positive
     * @throws IllegalStateException if this is closed, or watches already
     */
    public SwappableModel watch(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("the interval must be positive, got " + interval);
        }
        synchronized (swapping) {
            if (closed || watcher != null) {
                throw new IllegalStateException(closed ? "this is closed" : "this watches its folder already");
            }
            watcher = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("model-watcher").factory());
            long nanos = interval.toNanos();
            var unused = watcher.scheduleWithFixedDelay(this::lookQuietly, nanos, nanos, TimeUnit.NANOSECONDS);
        }
        return this;
    }

    private void lookQuietly() {
        try {
            refresh();
        } catch (CancellationException e) {
            // by close, or by a check: then the next look tries again
        } catch (Throwable e) { // out of memory, say; thrown on, it would end the watch without a word
            synchronized (swapping) {
                if (!closed) {
                    refused = null;
                    lastRefusal = new Refresh(Outcome.REFUSED, serving.version.number(), reason(e));
                }
            }
        }
    }

    /** {@return the number of the version that serves: 1 or more; 0 when closed} */
    public long version() {
        Serving now = serving;
        return now == null ? 0 : now.version.number();
    }

    /** {@return the last refusal: why a version was not taken; empty if none was refused yet} */
    public Optional<Refresh> lastRefusal() {
        return Optional.ofNullable(lastRefusal);
    }

    /** Refuses new requests; the memory is freed when the last one is done. Closing twice does nothing. */
    @Override
    public void close() {
        synchronized (swapping) {
            if (closed) {
                return;
            }
            closed = true;
            if (watcher != null) {
                watcher.shutdownNow();
            }
            Serving last = serving;
            serving = null;
            last.model.close();
        }
    }
}
