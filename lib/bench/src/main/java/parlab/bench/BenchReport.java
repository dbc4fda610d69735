package parlab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import parlab.timing.Estimate;
import parlab.timing.Numbers;

/**
 * A benchmark's figures against a peer's: each row is printed, and written to a JSON file, as soon as it is there.
 *
 * {@snippet :
 * BenchReport report = new BenchReport("Norms against NumPy", file);
 * report.part("a million values", Duration.ofMinutes(2), () -> {
 *     Map<String, double[]> seconds = new Rounds().add("ours", ...).add("NumPy", ...).run(1, 9);
 *     report.addTime("norm", 1e3, "ms", seconds.get("ours"), seconds.get("NumPy"), 1);
 * });
 * report.end();
 * }
 *
 * <p>A part that fails, or takes longer than its limit, costs its own rows; those of the others stay, and {@link #end}
 * tells. Thread-safe.
 */
public final class BenchReport {
    /** How long an interrupted part may take to let go of what it holds. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final String LINE = "%10s  %10s  %-6s  %7s  %-16s  %6s  %-6s  %s%n";

    /**
     * One comparison: our figure and the peer's in a unit, and how much better ours is, above 1 whatever the unit, with
     * the ends of its 95 % interval and the ratio that was asked for. JSON has no way to write NaN and infinities, so
     * they are refused.
     */
    public record Row(
            String name, double ours, double peer, String unit, double ratio, double low, double high, double target) {
        public Row {
            for (double number : new double[] {ours, peer, ratio, low, high, target}) {
                if (!Double.isFinite(number)) {
                    throw new IllegalArgumentException("row \"" + name + "\" has the number " + number);
                }
            }
        }

        private void print(PrintStream out) {
            String interval = "[" + Numbers.shortText(low) + ", " + Numbers.shortText(high) + "]";
            out.printf(
                    Locale.ROOT,
                    LINE,
                    Numbers.shortText(ours),
                    Numbers.shortText(peer),
                    unit,
                    Numbers.shortText(ratio),
                    interval,
                    Numbers.plain(target),
                    ratio >= target ? "" : "missed",
                    name);
        }
    }

    /** A part of a benchmark: measures something and adds rows. */
    @FunctionalInterface
    public interface Part {
        void run() throws Exception;
    }

    private final Path file;
    private final PrintStream out;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * Prints the table's head to standard output and writes the JSON file, without rows as yet; makes the folders above
     * it.
     */
    public BenchReport(String title, Path file) throws IOException {
        this(title, file, System.out);
    }

    /** As the public one, with a stream to print to. */
    BenchReport(String title, Path file, PrintStream out) throws IOException {
        this.file = file.toAbsolutePath();
        this.out = out;
        Files.createDirectories(this.file.getParent());
        write();
        out.println(title);
        out.printf(Locale.ROOT, LINE, "ours", "peer", "unit", "ratio", "95 % interval", "target", "", "name");
    }

    /**
     * Runs a part in a thread of its own. At the limit the thread is interrupted and the processes that were started
     * since the part began are ended, so that a read from one of them ends, too. An interrupt of the calling thread
     * ends the part first.
     */
    public void part(String name, Duration limit, Part part) throws InterruptedException {
        Set<ProcessHandle> before = ProcessHandle.current().descendants().collect(Collectors.toSet());
        FutureTask<Void> task = new FutureTask<>(() -> {
            part.run();
            return null;
        });
        Thread thread = Thread.ofPlatform().daemon().name(name).start(task);
        try {
            task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            fail(name + " failed: " + e.getCause());
            e.getCause().printStackTrace(out);
        } catch (TimeoutException e) {
            String still = stop(thread, before) ? "" : ", and still runs: it may disturb the figures below";
            fail(name + " was ended after " + Numbers.duration(limit) + still);
        } catch (InterruptedException e) {
            stop(thread, before);
            throw e;
        }
    }

    private static boolean stop(Thread thread, Set<ProcessHandle> before) throws InterruptedException {
        thread.interrupt();
        ProcessHandle.current()
                .descendants()
                .filter(process -> !before.contains(process))
                .forEach(ProcessHandle::destroyForcibly);
        return thread.join(GRACE);
    }

    private synchronized void fail(String why) {
        failures.add(why);
        out.println(why);
    }

    /** Adds a row: our figure and the peer's, how much better ours is, and the ratio that was asked for. */
    public synchronized void add(String name, double ours, double peer, String unit, Estimate ratio, double target) {
        Row row = new Row(name, ours, peer, unit, ratio.value(), ratio.low(), ratio.high(), target);
        rows.add(row);
        row.print(out);
        try {
            write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds a row of two times, less is better: the medians over the rounds, and the ratio round by round.
     *
     * @param factor what makes {@code unit} of seconds
     * @param ours our seconds, round by round
     */
    public void addTime(String name, double factor, String unit, double[] ours, double[] peer, double target) {
        add(name, factor * median(ours), factor * median(peer), unit, Estimate.ratio(peer, ours), target);
    }

    /**
     * Adds a row of two rates, more is better: of the medians over the rounds, and the ratio round by round.
     *
     * @param amount what was done in the time of a round, in what the unit counts
     * @param ours our seconds, round by round
     */
    public void addRate(String name, double amount, String unit, double[] ours, double[] peer, double target) {
        add(name, amount / median(ours), amount / median(peer), unit, Estimate.ratio(peer, ours), target);
    }

    private static double median(double[] seconds) {
        return Estimate.median(seconds, "s").value();
    }

    /** Fails if a part has failed, and tells which. */
    public synchronized void end() {
        if (!failures.isEmpty()) {
            throw new IllegalStateException(
                    failures.size() + " of the parts have no figure or not all:\n  " + String.join("\n  ", failures));
        }
    }

    private void write() throws IOException {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        Files.writeString(file, mapper.writeValueAsString(rows) + "\n");
    }
}
