package parlab.exercises.contention;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import parlab.exercises.Expect;
import parlab.exercises.Gate;
import parlab.exercises.Play;
import parlab.exercises.Play.Actor;
import parlab.exercises.Task;

/** What the answers to lesson 01's exercises look like, and the checks that a student can run. */
public final class Contention {

    /**
     * A thread's wait for a lock.
     *
     * @param lock the lock's name
     * @param millis how long it took
     */
    public record Wait(String lock, double millis) {}

    /** A number that several threads share. */
    public interface Cell {
        /** Returns its value now. */
        long get();

        /**
         * Writes a value, provided that it still has the expected one, which somebody read before; returns
         * whether it had.
         */
        boolean compareAndSet(long expected, long value);
    }

    /** Keeps the largest value that was ever seen. */
    @FunctionalInterface
    public interface HighWater {
        /** Raises the cell to a value, unless it is as high already. */
        void raise(Cell cell, long value);
    }

    /** Counters, each with a key from 0 on. */
    public interface Counters {
        /** Makes the new value of the counter with this key of the old one, and returns it. */
        long update(int key, LongUnaryOperator change);
    }

    /** Makes counters. */
    @FunctionalInterface
    public interface MakeCounters {
        /** Makes so many counters, all 0, with so many locks. */
        Counters make(int stripes, int keys);
    }

    /** A book to which several threads append lines. */
    public interface Book {
        /** Works a line out, which may take long, appends it, and returns its index in the book. */
        int append(Supplier<String> line);
    }

    /** A lock that computing threads release when they are asked to: see section 3 of the lesson. */
    public interface GlobalLock {
        /**
         * Waits for the lock; after each interval in which nobody has handed it over, asks for it. Who is
         * interrupted gets none.
         */
        void take() throws InterruptedException;

        /** Releases it. Does nothing if another thread holds it, or none. */
        void drop();

        /** Hands it over if it was asked for, and takes it again. Who is interrupted meanwhile has lost it. */
        void check() throws InterruptedException;

        /** Whether somebody has asked for it since it was taken. */
        boolean dropRequested();
    }

    /** Task 1. */
    public static final Task<Function<List<Wait>, String>> HOT_LOCK = Task.<Function<List<Wait>, String>>named(
                    "hot-lock")
            .check("one lock", hot -> Expect.equal("Stock", hot.apply(List.of(new Wait("Stock", 3))), "hot lock"))
            .check(
                    "two locks",
                    hot -> Expect.equal(
                            "Ledger",
                            hot.apply(List.of(new Wait("Stock", 1), new Wait("Ledger", 9))),
                            "hot lock of 1 ms for Stock and 9 ms for Ledger"));

    /** Task 2. */
    public static final Task<HighWater> HIGH_WATER = Task.<HighWater>named("high-water")
            .check("a higher value is kept", answer -> {
                var cell = new ScriptedCell(3);
                answer.raise(cell, 5);
                Expect.equal(5L, cell.value(), "3, raised to 5");
            })
            .check("a lower value changes nothing", answer -> {
                var cell = new ScriptedCell(7);
                answer.raise(cell, 5);
                Expect.equal(7L, cell.value(), "7, raised to 5");
            });

    /** Task 3. */
    public static final Task<MakeCounters> STRIPES = Task.<MakeCounters>named("stripes")
            .check("an update gives the new value", make -> {
                var counters = make.make(2, 4);
                Expect.equal(5L, counters.update(1, n -> n + 5), "counter 1 after adding 5");
                Expect.equal(6L, counters.update(1, n -> n + 1), "counter 1 after adding 5 and 1");
                Expect.equal(1L, counters.update(3, n -> n + 1), "counter 3, which nobody had changed");
            })
            .check("two updates of one counter come one after the other", make -> {
                try (var play = new Play()) {
                    var counters = make.make(2, 4);
                    Gate inside = play.gate(), go = play.gate(), insideToo = play.gate();
                    Actor first = play.actor(
                            "the first update",
                            () -> counters.update(1, n -> {
                                inside.open();
                                go.await("the second update of a counter never got anywhere");
                                return n + 1;
                            }));
                    inside.await("update never called the function that it was given");
                    Actor second = play.actor(
                            "the second update",
                            () -> counters.update(1, n -> {
                                insideToo.open();
                                return n + 1;
                            }));
                    second.staysBefore(
                            insideToo,
                            "two threads changed one counter at the same time: each read it before the other wrote");
                    go.open();
                    first.ends("the first update did not end");
                    second.ends("the second update did not end although the first has: is the lock released?");
                    Expect.equal(2L, counters.update(1, n -> n), "counter after two increments");
                }
            });

    /** Task 4. */
    public static final Task<Function<List<String>, Book>> BOOK = Task.<Function<List<String>, Book>>named("book")
            .check("a line is appended, and its index returned", make -> {
                var lines = new WatchedList();
                Book book = make.apply(lines);
                Expect.equal(0, book.append(() -> "a"), "index of the first line");
                Expect.equal(1, book.append(() -> "b"), "index of the second line");
                Expect.equal(List.of("a", "b"), lines.copy(), "the book");
            });

    /** Task 5. */
    public static final Task<Function<Duration, GlobalLock>> DROP_REQUEST = Task.<Function<Duration, GlobalLock>>named(
                    "drop-request")
            .check("one thread takes it, releases it, takes it again", make -> {
                try (var play = new Play()) {
                    var lock = make.apply(Duration.ofMillis(1));
                    Actor one = play.actor("a thread alone", () -> {
                        for (int i = 0; i < 3; i++) {
                            lock.take();
                            lock.check();
                            lock.drop();
                        }
                    });
                    one.ends("a thread that is alone waits for the lock");
                }
            })
            .check("one at a time", make -> {
                try (var play = new Play()) {
                    var lock = make.apply(Duration.ofHours(1));
                    Gate held = play.gate(), go = play.gate(), heldToo = play.gate();
                    Actor first = play.actor("the first thread", () -> {
                        lock.take();
                        held.open();
                        go.await("the other thread never got anywhere");
                        lock.drop();
                    });
                    held.await("the first thread did not get the lock");
                    Actor second = play.actor("the second thread", () -> {
                        lock.take();
                        heldToo.open();
                        lock.drop();
                    });
                    second.settlesBefore(heldToo, "two threads hold the lock at the same time");
                    go.open();
                    first.ends("drop did not return");
                    second.ends("the lock was dropped, but the thread that waits for it was not told");
                }
            });

    /**
     * Demands that two threads do not touch the list of a book at the same time: without that, no other demand on a book
     * means anything.
     */
    public static void oneWriterAtATime(Function<List<String>, Book> make) {
        try (var play = new Play()) {
            var lines = new WatchedList();
            var book = make.apply(lines);
            Gate inside = play.gate(), go = play.gate(), insideToo = play.gate();
            lines.onAdd(() -> {
                if (inside.isOpen()) {
                    insideToo.open();
                    return;
                }
                inside.open();
                go.await("the other thread never got anywhere");
            });
            Actor first = play.actor("the first thread", () -> book.append(() -> "a"));
            inside.await("nothing is ever added to the list");
            Actor second = play.actor("the second thread", () -> book.append(() -> "b"));
            second.staysBefore(insideToo, "two threads add to the list at the same time");
            go.open();
            first.ends("the first thread did not end");
            second.ends("the second thread did not end");
            Expect.equal(List.of("a", "b"), lines.copy(), "the book");
        }
    }

    private Contention() {}
}
