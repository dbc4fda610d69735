package parlab.exercises;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import parlab.exercises.internal.Patience;

/** A gate that opens once and stays open: one thread waits where another has to come by. Thread-safe. */
public final class Gate {

    private final CountDownLatch latch = new CountDownLatch(1);

    private final Play play;

    Gate(Play play) {
        this.play = play;
    }

    /** Opens it; any number of times. */
    public void open() {
        latch.countDown();
    }

    /** Whether it is open. */
    public boolean isOpen() {
        return latch.getCount() == 0;
    }

    /** Waits until it is open; wrong when it stays shut, or an actor of the play fails. */
    public void await(String otherwise) {
        var patience = Patience.generous();
        try {
            for (int millis = patience.next(); millis > 0; millis = patience.next()) {
                if (latch.await(millis, TimeUnit.MILLISECONDS)) {
                    return;
                }
                play.failIfAnActorHas();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new WrongAnswer(otherwise);
    }
}
