package parlab.exercises.internal;

/**
 * A waiting time that a stopped machine does not use up: it counts short waits, not the clock. A process that is stopped
 * for a minute, or gets no processor, loses one slice.
 */
public final class Patience {

    /** How long the wait of one slice is, in milliseconds. */
    public static final int SLICE_MILLIS = 20;

    private int slices;

    private Patience(int slices) {
        this.slices = slices;
    }

    /** Long enough for anything that happens at all: 8 s, more than twice the longest interval in a hidden test. */
    public static Patience generous() {
        return new Patience(400);
    }

    /** Long enough to believe that nothing happens any more: 0.5 s. */
    public static Patience brief() {
        return new Patience(25);
    }

    /** Long enough for what is awake to get somewhere: 1.5 s. */
    public static Patience scarce() {
        return new Patience(75);
    }

    /** How long the next wait may take, in milliseconds; 0 when the patience is at its end. */
    public int next() {
        return slices-- > 0 ? SLICE_MILLIS : 0;
    }
}
