package parlab.kernels.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A stretch of work whose items may be done in any order by any thread; the next phase needs all of them done. */
final class Phase {
    final int items;
    final IntConsumer work;
    final AtomicInteger taken = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();

    Phase(int items, IntConsumer work) {
        this.items = items;
        this.work = work;
    }
}
