package parlab.exercises;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Draws what a test is made of anew each time: who knows the numbers of a test by heart has not solved a task. Thread-safe. */
public final class Draw {

    private Draw() {}

    /** A whole number within two bounds, both included. */
    public static int number(int least, int most) {
        return ThreadLocalRandom.current().nextInt(least, most + 1);
    }

    /** So many names, all different. */
    public static List<String> names(int count) {
        var names = new LinkedHashSet<String>();
        while (names.size() < count) {
            names.add("n" + number(1_000, 999_999));
        }
        return List.copyOf(names);
    }

    /** Whole numbers from 1 to 999, which may be there twice. */
    public static List<Integer> numbers(int count) {
        var numbers = new ArrayList<Integer>();
        while (numbers.size() < count) {
            numbers.add(number(1, 999));
        }
        return List.copyOf(numbers);
    }
}
