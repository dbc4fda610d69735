package parlab.exercises.internal;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import parlab.exercises.Tests;

/**
 * Prints what the tests of tasks are called and worth. It runs in a JVM without a single answer, so that titles and
 * points are the author's words whatever an answer may have got hold of.
 */
public final class Contents {

    private Contents() {}

    /** Arguments: the names of the classes that have the tests; a line for each test: class, points, title in Base64. */
    public static void main(String[] classes) throws ReflectiveOperationException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String name : classes) {
            var tests = (Tests<?>) Class.forName("parlab.exercises.internal." + name)
                    .getDeclaredMethod("tests")
                    .invoke(null);
            for (var test : tests.all()) {
                byte[] title = test.title().getBytes(StandardCharsets.UTF_8);
                out.println(
                        name + " " + test.points() + " " + Base64.getEncoder().encodeToString(title));
            }
        }
    }
}
