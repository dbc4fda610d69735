package parlab.twin.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import parlab.notebook.internal.Json;
import parlab.twin.internal.Lines.Line;

/**
 * Runs Python under {@code supervisor.py}, which sees to it that nothing outlives this JVM: it waits at the pipe that is
 * its standard input, and the system closes our end of that pipe however we end. No shutdown hook could do as much.
 */
public final class Supervised {

    /** How long the supervisor has for killing the script's processes before it is done by hand. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final int SHOWN_CHARS = 200;

    private final Process process;
    private final Tail stderr;
    private final Thread stderrReader;
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final long startNanos;

    private Supervised(Process process, long startNanos) {
        this.process = process;
        this.startNanos = startNanos;
        this.stderr = new Tail(process.getErrorStream());
        this.stderrReader = reader("stderr", stderr);
        reader("stdout", new Lines(process.getInputStream(), lines));
    }

    private Thread reader(String stream, Runnable body) {
        return Thread.ofPlatform()
                .daemon()
                .name("twin-" + process.pid() + "-" + stream)
                .start(body);
    }

    /**
     * Runs a Python command to its end, or ends it.
     *
     * @param python the interpreter
     * @param arguments its arguments
     * @param environment variables on top of this process's
     * @param timeout how long it may take
     * @param onObject hears of every JSON object, in the calling thread
     * @return how it ended
     * @throws InterruptedException if the calling thread is interrupted; the processes are gone by then
     */
    public static Outcome run(
            String python,
            List<String> arguments,
            Map<String, String> environment,
            Duration timeout,
            Consumer<Map<String, Object>> onObject)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(python, "-I", "-S", "-c", resource("supervisor.py"), python));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PYTHONUTF8", "1");
        builder.environment().put("PYTHONIOENCODING", "utf-8");
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Outcome.NotStarted(e);
        }
        Supervised supervised = new Supervised(process, start);
        boolean over = false;
        try {
            Outcome outcome = supervised.follow(start + timeout.toNanos(), onObject);
            over = outcome instanceof Outcome.Ended || outcome instanceof Outcome.Failed;
            return outcome;
        } finally {
            if (!over) {
                supervised.kill();
            }
        }
    }

    private Outcome follow(long deadline, Consumer<Map<String, Object>> onObject) throws InterruptedException {
        for (int number = 1; ; number++) {
            Line line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                return new Outcome.TimedOut(stopAndReadStderr());
            }
            if (line.text() == null) {
                break;
            }
            if (line.text().isBlank()) {
                continue;
            }
            Map<String, Object> object;
            try {
                object = Json.object(line.text());
            } catch (IllegalArgumentException e) {
                // Half a line is what a script leaves that dies while printing: its death is the news then.
                if (!line.complete() && endedBadly(deadline)) {
                    break;
                }
                String shown = line.text().length() > SHOWN_CHARS
                        ? line.text().substring(0, SHOWN_CHARS) + "..."
                        : line.text().stripTrailing();
                return new Outcome.Malformed(number, shown, e.getMessage(), stopAndReadStderr());
            }
            onObject.accept(object);
        }
        if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            return new Outcome.TimedOut(stopAndReadStderr());
        }
        Duration wall = Duration.ofNanos(System.nanoTime() - startNanos);
        String errors = readStderr();
        return process.exitValue() == 0
                ? new Outcome.Ended(errors, wall)
                : new Outcome.Failed(process.exitValue(), errors);
    }

    /** Only the end of the stream makes a line incomplete, or its excessive length: then the script may go on. */
    private boolean endedBadly(long deadline) throws InterruptedException {
        long wait = Math.min(deadline - System.nanoTime(), GRACE.toNanos());
        return process.waitFor(wait, TimeUnit.NANOSECONDS) && process.exitValue() != 0;
    }

    private String stopAndReadStderr() throws InterruptedException {
        kill();
        return readStderr();
    }

    private String readStderr() throws InterruptedException {
        // It ends with the last process that holds it, and those have been killed.
        stderrReader.join(GRACE);
        return stderr.text();
    }

    /** Ends the script and all its processes, whatever the interrupt flag says; does nothing if they have ended. */
    private void kill() {
        boolean interrupted = Thread.interrupted();
        try {
            closeQuietly();
            interrupted |= !ended();
            if (process.isAlive()) {
                List<ProcessHandle> tree = process.descendants().toList();
                process.destroyForcibly();
                for (ProcessHandle handle : tree) {
                    handle.descendants().forEach(ProcessHandle::destroyForcibly);
                    handle.destroyForcibly();
                }
                interrupted |= !ended();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The supervisor takes the end of its input as the order to kill. */
    private void closeQuietly() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
    }

    /** Waits for the supervisor's end; false if an interrupt cut that short. */
    private boolean ended() {
        try {
            process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /**
     * A Python text of this package.
     *
     * @param name the file's name
     * @return its text
     */
    public static String resource(String name) {
        try (InputStream in = Supervised.class.getResourceAsStream("/parlab/twin/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
