package parlab.twin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import parlab.system.OutputTail;

/**
 * Python under {@code supervisor.py}, which sees to it that nothing outlives this JVM: it waits at the pipe that is its
 * standard input, and the system closes our end of that pipe however we end. No shutdown hook could do as much.
 *
 * <p>One thread reads the rows as they come, so that the script never waits for its reader, and nothing is queued; their
 * number is bounded, as a script may print without end.
 */
final class Supervised implements AutoCloseable {
    /** Figures of an experiment, not a log: as maps so many rows take some 50 MB. */
    static final int MAX_ROWS = 100_000;

    /** A row of a million characters is a mistake, and a stream without line ends must not fill the memory. */
    private static final int MAX_LINE_CHARS = 1 << 20;

    private static final int KEPT_CHARS_OF_STDERR = 1 << 20;
    private static final int SHOWN_CHARS = 200;

    /** How long the supervisor has for killing the script's processes before it is done by hand. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** How long the rest of a dead script's stderr is waited for. */
    private static final Duration REST = Duration.ofSeconds(5);

    private static final ObjectReader ROW = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerForMapOf(Object.class);

    private final long startNanos = System.nanoTime();
    private final Process process;
    private final OutputTail stderr;
    private final List<TwinRow> rows = new ArrayList<>();
    private final FutureTask<Void> reading;

    /** Starts Python with these variables and arguments; fails if the interpreter cannot be started. */
    Supervised(String python, Map<String, String> variables, List<String> arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(python, "-I", "-S", "-c", Twin.resource("supervisor.py"), python));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PYTHONUTF8", "1");
        builder.environment().put("PYTHONIOENCODING", "utf-8");
        builder.environment().putAll(variables);
        process = builder.start();
        stderr = new OutputTail(process.getErrorStream(), KEPT_CHARS_OF_STDERR);
        reading = new FutureTask<>(this::readRows, null);
        Thread.ofPlatform().daemon().name("twin-" + process.pid() + "-stdout").start(reading);
    }

    /** What is wrong with a line. */
    private static final class WrongLine extends RuntimeException {
        private final boolean complete;

        WrongLine(int number, String line, boolean complete, String why) {
            super("printed line " + number + ", which is not a JSON object (" + why + "): "
                    + (line.length() > SHOWN_CHARS ? line.substring(0, SHOWN_CHARS) + "..." : line.stripTrailing()));
            this.complete = complete;
        }

        WrongLine(String why) {
            super(why);
            complete = true;
        }
    }

    private void readRows() {
        // Not closed at a wrong line: a script whose output breaks off would complain on its stderr, beside the point.
        Reader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder line = new StringBuilder();
        int number = 1;
        try {
            for (int c = out.read(); c >= 0; c = out.read()) {
                if (c == '\n') {
                    addRow(number++, line.toString(), true);
                    line.setLength(0);
                } else if (line.length() < MAX_LINE_CHARS) {
                    line.append((char) c);
                } else {
                    throw new WrongLine(
                            number, line.toString(), true, "it has more than " + MAX_LINE_CHARS + " characters");
                }
            }
        } catch (IOException e) {
            // The stream was closed because the process was killed: the same as its end.
            return;
        }
        addRow(number, line.toString(), false);
    }

    private void addRow(int number, String line, boolean complete) {
        if (line.isBlank()) {
            return;
        }
        Map<String, Object> fields;
        try {
            fields = ROW.readValue(line);
        } catch (JsonProcessingException e) {
            throw new WrongLine(number, line, complete, e.getOriginalMessage());
        }
        if (fields == null) {
            throw new WrongLine(number, line, complete, "null is none");
        }
        synchronized (rows) {
            if (rows.size() == MAX_ROWS) {
                throw new WrongLine("printed more than " + MAX_ROWS
                        + " rows: print figures, not a log, and let a script come to an end");
            }
            rows.add(new TwinRow(fields));
        }
    }

    /** Waits for the end; fails as {@link Twin#run()} says. */
    TwinResult await(String label, Duration timeout) throws InterruptedException {
        long deadline = startNanos + timeout.toNanos();
        try {
            reading.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof WrongLine wrong)) {
                throw new IllegalStateException("the rows of twin " + label + " could not be read", e.getCause());
            }
            // Half a line is what a script leaves that dies while printing: its death is the news then.
            if (wrong.complete || !endedBadly(deadline)) {
                throw failure("twin " + label + " " + wrong.getMessage());
            }
        } catch (TimeoutException e) {
            throw timedOut(label, timeout);
        }
        if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw timedOut(label, timeout);
        }
        int code = process.exitValue();
        if (code != 0) {
            throw failure("twin " + label + " ended with exit code " + code + signal(code));
        }
        return new TwinResult(rows, stderrText());
    }

    /** After half a line the output is at its end: a script that goes on all the same gets no more than the grace. */
    private boolean endedBadly(long deadline) throws InterruptedException {
        long wait = Math.min(deadline - System.nanoTime(), GRACE.toNanos());
        return process.waitFor(wait, TimeUnit.NANOSECONDS) && process.exitValue() != 0;
    }

    private TwinException timedOut(String label, Duration timeout) throws InterruptedException {
        int count;
        synchronized (rows) {
            count = rows.size();
        }
        return failure("twin " + label + " did not end within " + timeout.toMillis() / 1e3
                + " s and was stopped, after " + count + " rows");
    }

    private TwinException failure(String message) throws InterruptedException {
        kill();
        return new TwinException(message, stderrText(), null);
    }

    private static String signal(int exitCode) {
        return switch (exitCode) {
            case 128 + 6 -> " (SIGABRT)";
            case 128 + 9 -> " (SIGKILL, as when memory runs out)";
            case 128 + 11 -> " (SIGSEGV)";
            case 128 + 15 -> " (SIGTERM)";
            default -> "";
        };
    }

    private String stderrText() throws InterruptedException {
        // It ends with the last process that holds it, and those have ended.
        stderr.awaitEnd(REST);
        return stderr.text();
    }

    /** Ends whatever still runs. */
    @Override
    public void close() {
        kill();
        stderr.close();
    }

    /** Ends the script and all its processes, whatever the interrupt flag says; does nothing if they have ended. */
    private void kill() {
        boolean interrupted = Thread.interrupted();
        try {
            closeStdin();
            interrupted |= !hasEnded();
            if (process.isAlive()) {
                List<ProcessHandle> tree = process.descendants().toList();
                process.destroyForcibly();
                for (ProcessHandle handle : tree) {
                    handle.descendants().forEach(ProcessHandle::destroyForcibly);
                    handle.destroyForcibly();
                }
                interrupted |= !hasEnded();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The supervisor takes the end of its input as the order to kill. */
    private void closeStdin() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
    }

    /** Waits for the supervisor's end; false if an interrupt cut that short. */
    private boolean hasEnded() {
        try {
            process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
