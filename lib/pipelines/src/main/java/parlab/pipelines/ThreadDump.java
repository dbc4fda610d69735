package parlab.pipelines;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where threads stand: the part of a thread dump that one reads first. Only platform threads are seen; the JVM has no list of the
 * virtual ones. Stateless.
 */
public final class ThreadDump {
    private static final int FRAMES = 4;

    /**
     * One thread.
     *
     * @param thread its name
     * @param state what it does, such as {@code WAITING}
     * @param stands the innermost method that is not about waiting itself
     * @param calledFrom the methods that called it, innermost first
     */
    public record Line(String thread, String state, String stands, String calledFrom) {}

    private ThreadDump() {}

    /** Returns the threads whose names are of interest, in the order of their names. */
    public static List<Line> of(Predicate<String> which) {
        List<Line> lines = new ArrayList<>();
        for (Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            Thread thread = entry.getKey();
            if (!which.test(thread.getName())) {
                continue;
            }
            // How a thread is parked is the same for all of them, and says nothing.
            List<String> frames = Arrays.stream(entry.getValue())
                    .filter(frame -> !frame.getClassName().startsWith("jdk.internal.")
                            && !frame.getClassName().startsWith("java.util.concurrent.locks.")
                            && !frame.getClassName().startsWith("java.util.concurrent.ForkJoinPool"))
                    .map(frame -> simple(frame.getClassName()) + "." + frame.getMethodName())
                    .toList();
            String callers =
                    String.join(" < ", frames.stream().skip(1).limit(FRAMES - 1).toList());
            String stands = frames.isEmpty() ? "" : frames.getFirst();
            lines.add(new Line(thread.getName(), thread.getState().toString(), stands, callers));
        }
        lines.sort(Comparator.comparing(Line::thread));
        return List.copyOf(lines);
    }

    private static String simple(String className) {
        String name = className.substring(className.lastIndexOf('.') + 1);
        // A cell's classes have names that say nothing, and a lambda's has a number.
        boolean cell = name.startsWith("$JShell$") || name.startsWith("REPL$");
        return cell ? "cell" : name.replaceAll("\\$\\$Lambda.*", " lambda");
    }
}
