package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class CpuMeterTest {

    /** A tick for user and one for system time of each reading. */
    private static final double TICKS = 0.04;

    /** Burns CPU time on request: a line of milliseconds on stdin, "done" on stdout when they are used. */
    static final class Burner {
        private Burner() {}

        public static void main(String[] args) throws IOException {
            if (args.length > 0) {
                Process child = start(List.of());
                child.getOutputStream().write((args[0] + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
                child.getOutputStream().flush();
                System.out.println(child.inputReader().readLine());
                child.outputWriter().close();
                child.onExit().join();
                System.out.println("reaped");
            }
            var in = new java.util.Scanner(System.in, java.nio.charset.StandardCharsets.UTF_8);
            while (in.hasNextLine()) {
                burn(Long.parseLong(in.nextLine().strip()) * 1_000_000);
                System.out.println("done");
            }
        }
    }

    @Test
    void ownThreadsCount() {
        CpuMeter meter = CpuMeter.start();
        burn(300_000_000);
        CpuUsage usage = meter.stop();
        assertTrue(usage.ownCpuSeconds() >= 0.3 - TICKS, usage.toString());
        assertTrue(usage.cpuSeconds() < 30, usage.toString());
        assertTrue(usage.wallSeconds() >= 0.25, usage.toString());
        assertEquals(usage.cpuSeconds() / usage.wallSeconds(), usage.cores(), 1e-12);
    }

    @Test
    void itRunsOnAfterAStop() {
        CpuMeter meter = CpuMeter.start();
        burn(50_000_000);
        CpuUsage first = meter.stop();
        burn(50_000_000);
        CpuUsage second = meter.stop();
        assertTrue(second.wallSeconds() > first.wallSeconds());
        assertTrue(second.ownCpuSeconds() >= first.ownCpuSeconds());
    }

    @Test
    void aBusyChildCounts() throws IOException {
        try (Child child = new Child()) {
            child.burn(1); // it has started
            CpuMeter meter = CpuMeter.start();
            child.burn(400);
            CpuUsage usage = meter.stop();
            assertBurnt(0.4, usage);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aChildThatCameAndWentCounts() throws IOException {
        CpuMeter meter = CpuMeter.start();
        try (Child child = new Child()) {
            child.burn(400);
        }
        assertBurnt(0.4, meter.stop());
    }

    /** Before the interval it burnt much more than in it: none of that may come in through its parent. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aChildThatWasThereAndIsGoneCountsOnceAndOnlyFromTheStart() throws IOException {
        CpuUsage usage;
        try (Child child = new Child()) {
            child.burn(1000);
            CpuMeter meter = CpuMeter.start();
            child.burn(300);
            child.end();
            usage = meter.stop();
        }
        assertTrue(usage.childCpuSeconds() >= 0.3 - TICKS, usage.toString());
        assertTrue(usage.childCpuSeconds() < 0.95, usage.toString());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aGrandchildThatItsParentHasWaitedForCounts() throws IOException {
        CpuMeter meter = CpuMeter.start();
        try (Child child = new Child("400")) {
            assertEquals("done", child.line());
            assertEquals("reaped", child.line());
            assertBurnt(0.4, meter.stop());
        }
    }

    @Test
    void coresAreCpuTimeOverWallTime() {
        assertEquals(0, new CpuUsage(0, 1, 1).cores());
        assertEquals(1.5, new CpuUsage(2, 1, 2).cores());
        assertEquals("1.50 cores for 2.00 s", new CpuUsage(2, 1, 2).toString());
    }

    /** A JVM needs some CPU time to start and to end, too: the upper bound is generous. */
    private static void assertBurnt(double seconds, CpuUsage usage) {
        assertTrue(usage.childCpuSeconds() >= seconds - TICKS, usage.toString());
        assertTrue(usage.childCpuSeconds() < seconds + 3, usage.toString());
    }

    /** A burner as a child process; closing it ends it and waits until it is reaped. */
    private static final class Child implements AutoCloseable {
        private final Process process;

        Child(String... args) throws IOException {
            process = start(List.of(args));
        }

        void burn(long millis) throws IOException {
            process.outputWriter().write(millis + "\n");
            process.outputWriter().flush();
            assertEquals("done", line());
        }

        String line() throws IOException {
            return process.inputReader().readLine();
        }

        void end() throws IOException {
            process.outputWriter().close();
            process.onExit().join();
        }

        @Override
        public void close() throws IOException {
            end();
        }
    }

    private static Process start(List<String> args) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Burner.class.getName()));
        command.addAll(args);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Uses CPU time, however long that takes. */
    private static void burn(long cpuNanos) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = threads.getCurrentThreadCpuTime() + cpuNanos;
        while (threads.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }
    }
}
