package parlab.kernels;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/**
 * What a JVM of {@link LoopProgram} runs: reads lines with a number of threads and a number of calls, makes them, and
 * answers each line with one.
 */
final class LoopMain {
    private LoopMain() {}

    public static void main(String[] arguments) throws ReflectiveOperationException, InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        Class<?> type = Class.forName(arguments[0]);
        List<Runnable> loops = new ArrayList<>();
        Scanner lines = new Scanner(System.in, StandardCharsets.US_ASCII);
        while (lines.hasNextInt()) {
            int threads = lines.nextInt();
            int times = lines.nextInt();
            while (loops.size() < threads) {
                loops.add((Runnable) type.getConstructor().newInstance());
            }
            List<Thread> running = new ArrayList<>();
            for (Runnable loop : loops.subList(0, threads)) {
                running.add(Thread.ofPlatform().start(() -> repeat(loop, times)));
            }
            for (Thread thread : running) {
                thread.join();
            }
            System.out.println("done");
        }
    }

    private static void repeat(Runnable loop, int times) {
        for (int i = 0; i < times; i++) {
            loop.run();
        }
    }
}
