package parlab.exercises;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import parlab.exercises.internal.Attempt;
import parlab.exercises.internal.Patience;
import parlab.exercises.internal.Scrutiny;

/**
 * A forced interleaving: actors, each a thread, and gates at which they wait for each other. What the tests find does not
 * depend on who happens to be quicker. Each demand comes with the words for an answer that does not meet it, which throws
 * {@link WrongAnswer}. Of one thread; actors and gates may be used by any.
 *
 * <pre>{@code
 * try (var play = new Play()) {
 *     Gate inside = play.gate(), go = play.gate();
 *     Actor first = play.actor("first", () -> counters.update(0, n -> { inside.open(); go.await("..."); return n + 1; }));
 *     inside.await("an update never calls its function");
 *     Actor second = play.actor("second", () -> counters.update(1, n -> n + 1));
 *     second.ends("an update waits for one of another stripe");
 *     go.open();
 *     first.ends("...");
 * }
 * }</pre>
 */
public final class Play implements AutoCloseable {

    private static final int LOOK_MILLIS = 2;
    private static final int WATCH_MILLIS = 50;
    private static final int LOOKS = 15;
    private static final int ENOUGH_LOOKS = 5;
    private static final long LOOKS_NANOS = Patience.SLICE_MILLIS * 1_000_000L;

    private final List<Actor> actors = new CopyOnWriteArrayList<>();
    private final Scrutiny scrutiny = Scrutiny.current();

    /** An empty stage. */
    public Play() {}

    /** A shut gate. */
    public Gate gate() {
        return new Gate(this);
    }

    /** Starts a thread, which has this name in messages. */
    public Actor actor(String name, Expect.Action action) {
        var actor = new Actor(name, action);
        actors.add(actor);
        actor.thread.start();
        return actor;
    }

    /** Waits until something holds. */
    public void until(BooleanSupplier condition, String otherwise) {
        boolean holds = within(Patience.generous(), () -> condition.getAsBoolean() || hasFailed());
        if (!condition.getAsBoolean()) {
            failIfAnActorHas(); // what it did not do says less than why
        }
        Expect.that(holds, otherwise);
    }

    /** Demands that something does not come to hold, as long as one has to wait to believe it. */
    public void never(BooleanSupplier condition, String otherwise) {
        Expect.that(!within(Patience.brief(), condition), otherwise);
    }

    private boolean hasFailed() {
        return actors.stream().anyMatch(actor -> actor.failure() != null);
    }

    void failIfAnActorHas() {
        for (Actor actor : actors) {
            WrongAnswer failure = actor.failure();
            if (failure != null) {
                throw failure;
            }
        }
    }

    private boolean isMine(Thread thread) {
        return thread == Thread.currentThread() || actors.stream().anyMatch(actor -> actor.thread == thread);
    }

    private static boolean within(Patience patience, BooleanSupplier condition) {
        for (int millis = patience.next(); millis > 0; millis = patience.next()) {
            // Looks take longer on a busy machine, and some conditions look long: a slice is not to grow with them.
            long began = System.nanoTime();
            do {
                if (condition.getAsBoolean()) {
                    return true;
                }
                pause(LOOK_MILLIS);
            } while (System.nanoTime() - began < millis * 1_000_000L);
        }
        return condition.getAsBoolean();
    }

    /** A short rest. Only an answer can interrupt the thread of a test, to have it look away. */
    private static void pause(int millis) {
        try {
            new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new WrongAnswer("the test itself was interrupted");
        }
    }

    /**
     * Tries something that depends on a time, and if it fails once more with a longer one: a machine that was busy or
     * stopped meanwhile must not cost anybody a point, and what is wrong is wrong again.
     */
    public static void patiently(Trial<Duration> trial, Duration... times) throws Exception {
        for (Duration time : List.of(times).subList(0, times.length - 1)) {
            if (Attempt.of(trial, time) == null) {
                return;
            }
        }
        trial.run(times[times.length - 1]);
    }

    /** Interrupts the actors that are still on the stage. They are daemon threads: nobody waits for one that stays. */
    @Override
    public void close() {
        for (Actor actor : actors) {
            actor.thread.interrupt();
        }
    }

    /** A thread of a play. Thread-safe. */
    public final class Actor {

        private final String name;
        private final Thread thread;
        private volatile Throwable thrown;
        private boolean suspicious;

        private Actor(String name, Expect.Action action) {
            this.name = Objects.requireNonNull(name, "name");
            // The name stays here: an answer that could read it knew its part.
            thread = Thread.ofPlatform().daemon().unstarted(() -> {
                try {
                    action.run();
                } catch (Throwable e) {
                    thrown = e;
                }
            });
        }

        /** Waits for its end. Who was seen to bide time has less of it now: nothing is in its way any more. */
        public void ends(String otherwise) {
            if (suspicious) {
                Expect.that(
                        within(Patience.scarce(), this::hasEnded), otherwise + ": does it sleep instead of waiting?");
            }
            until(this::hasEnded, otherwise);
            failIfAnActorHas();
            Expect.that(thrown == null, name + " was interrupted");
        }

        /** What it ended with, unless it was interrupted: that may be what the play is about. */
        private WrongAnswer failure() {
            return switch (thrown) {
                case null -> null;
                case InterruptedException e -> null;
                case WrongAnswer wrong -> wrong;
                default -> new WrongAnswer(name + ": " + Attempt.inWords(thrown));
            };
        }

        /** Waits for its end with an exception. */
        public void endsWith(Class<? extends Throwable> type, String otherwise) {
            until(this::hasEnded, otherwise);
            Expect.that(type.isInstance(thrown), otherwise);
        }

        /**
         * Demands that it does not get as far as a gate: waits until the thread waits without a time limit. One that sleeps or
         * runs meanwhile, or that another thread of the answer may wake, may be biding its time: see {@link Scrutiny}. For a
         * lock that is waited for with a time limit there is {@link #settlesBefore}.
         */
        public void staysBefore(Gate gate, String otherwise) {
            stays(() -> gate.isOpen() || hasEnded());
            Expect.that(!gate.isOpen(), otherwise);
        }

        /** Demands that it waits, and goes on waiting: like {@link #staysBefore}, before its end. */
        public void stays(String otherwise) {
            waits(otherwise);
            stays(this::hasEnded);
            Expect.that(!hasEnded(), otherwise);
        }

        private void stays(BooleanSupplier moved) {
            within(Patience.scarce(), () -> moved.getAsBoolean() || isWaiting(false));
            boolean waits = isWaiting(false) && !scrutiny.hasHelpers(Play.this::isMine);
            suspicious = !waits && !moved.getAsBoolean();
            if (suspicious) {
                // One long look after the other, not many short ones: these would take for ever on a busy machine.
                for (int left = scrutiny.suspect(); left > 0 && !moved.getAsBoolean(); left -= WATCH_MILLIS) {
                    pause(WATCH_MILLIS);
                }
            }
        }

        /** Demands that it does not get as far as a gate until it waits for something, or has long had the time to. */
        public void settlesBefore(Gate gate, String otherwise) {
            within(Patience.scarce(), () -> gate.isOpen() || hasEnded() || isWaiting());
            Expect.that(!gate.isOpen(), otherwise);
        }

        /** Waits until the thread waits for something. */
        public void waits(String otherwise) {
            until(this::isWaiting, otherwise);
        }

        /** Gives it time: until it waits for something, has ended, or has long had the time to do either. */
        public void settles() {
            within(Patience.scarce(), () -> hasEnded() || isWaiting());
        }

        /**
         * Whether it waits, and goes on waiting: it is looked at several times, since a thread waits for an instant where a
         * class is loaded, too, and one that waits for a short time again and again runs for an instant.
         */
        public boolean isWaiting() {
            return isWaiting(true);
        }

        private boolean isWaiting(boolean forATime) {
            long began = System.nanoTime();
            int waited = 0;
            for (int look = 0; look < LOOKS && !hasEnded(); look++) {
                if (waitsNow(forATime) && ++waited == ENOUGH_LOOKS) {
                    return true;
                }
                if (look >= ENOUGH_LOOKS && System.nanoTime() - began > LOOKS_NANOS) {
                    return false; // whoever asks will ask again
                }
                pause(1);
            }
            return false;
        }

        private boolean waitsNow(boolean forATime) {
            return switch (thread.getState()) {
                case BLOCKED, WAITING -> true;
                case TIMED_WAITING -> forATime;
                default -> false;
            };
        }

        /** Whether it has ended. */
        public boolean hasEnded() {
            return thread.getState() == Thread.State.TERMINATED;
        }

        /** Whether it is in code of a package, whose name ends in a dot. */
        public boolean isIn(String names) {
            return Arrays.stream(thread.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().startsWith(names));
        }

        /** Interrupts it. */
        public void interrupt() {
            thread.interrupt();
        }
    }
}
