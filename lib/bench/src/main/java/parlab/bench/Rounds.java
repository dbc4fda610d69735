package parlab.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import parlab.timing.WilliamsSquare;

/**
 * Lets the sides of a comparison take turns, round after round, in the orders of a {@link WilliamsSquare}. Unlike
 * {@link parlab.results.Trials} it takes the time that a side gives, which a peer in another process measures itself.
 *
 * <p>Not thread-safe.
 */
final class Rounds {
    /** One side. */
    @FunctionalInterface
    interface Side {
        /** Does the work once and returns the seconds that it took. */
        double seconds() throws Exception;
    }

    private final Map<String, Side> sides = new LinkedHashMap<>();

    Rounds add(String name, Side side) {
        sides.put(name, side);
        return this;
    }

    /**
     * Runs all rounds, after some that do not count; returns each side's seconds, round by round, in the order in which
     * the sides were added.
     */
    Map<String, double[]> run(int warmUps, int rounds) throws Exception {
        List<String> names = new ArrayList<>(sides.keySet());
        Map<String, double[]> seconds = new LinkedHashMap<>();
        names.forEach(name -> seconds.put(name, new double[rounds]));
        int[][] orders = WilliamsSquare.of(names.size());
        for (int round = -warmUps; round < rounds; round++) {
            for (int side : orders[Math.floorMod(round, orders.length)]) {
                double now = sides.get(names.get(side)).seconds();
                if (round >= 0) {
                    seconds.get(names.get(side))[round] = now;
                }
            }
        }
        return seconds;
    }
}
