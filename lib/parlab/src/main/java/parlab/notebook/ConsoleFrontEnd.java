package parlab.notebook;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import parlab.charts.Figure;

/**
 * Plain {@code jshell}, a program's main method, a worker process: text goes to standard output, a picture into a new
 * file in the temporary folder, whose path is printed. The files stay: they are what the user asked for, and jshell's
 * own end would take them away before they were looked at.
 */
final class ConsoleFrontEnd implements FrontEnd {
    /** Where lines cannot be overwritten, a progress line, or a new state of a board, appears at most this often. */
    static final Duration LINE_INTERVAL = Duration.ofSeconds(2);

    private final PrintStream out;
    private final boolean terminal;
    private final String name;

    ConsoleFrontEnd(PrintStream out, boolean terminal, String name) {
        this.out = out;
        this.terminal = terminal;
        this.name = name;
    }

    static FrontEnd ofThisJvm() {
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        // jshell runs its user's code in a second JVM with this main class.
        boolean jshell = System.getProperty("sun.java.command", "").startsWith("jdk.jshell.");
        return new ConsoleFrontEnd(System.out, terminal, jshell ? "jshell" : "console");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void show(Object value) {
        switch (value) {
            case Figure figure -> showPicture(figure);
            case Chart<?, ?> chart -> showPicture(Figure.of(chart));
            default -> print(Rendering.of(value).map(Bundle::text).orElseGet(() -> String.valueOf(value)));
        }
    }

    private void showPicture(Figure figure) {
        print(figure.alt() + "\n" + saved(figure.png()));
    }

    private static Path saved(byte[] png) {
        try {
            Path file = Files.createTempFile("parlab-chart-", ".png");
            return Files.write(file, png);
        } catch (IOException e) {
            throw new UncheckedIOException("the chart could not be written to the temporary folder", e);
        }
    }

    @Override
    public void show(Bundle bundle) {
        print(bundle.text());
    }

    private void print(String text) {
        out.println(text);
        if (out.checkError()) {
            throw new NoFrontEndException("nowhere to show this: no Jupyter kernel runs in this JVM, and its standard"
                    + " output is closed. Run it in JJava, IJava or jshell, or keep standard output open");
        }
    }

    @Override
    public Ticker ticker() {
        return terminal ? new OverwrittenLine() : board();
    }

    @Override
    public Ticker board() {
        return new OccasionalBlocks();
    }

    private final class OverwrittenLine implements Ticker {
        private int width;

        @Override
        public void draw(Bundle bundle, boolean last) {
            String text = bundle.text();
            out.print("\r" + text + " ".repeat(Math.max(0, width - text.length())) + (last ? "\n" : ""));
            out.flush();
            width = text.length();
        }
    }

    /** Whole contents one below the other, and of a picture the words; the last one is written to a file. */
    private final class OccasionalBlocks implements Ticker {
        private long next = System.nanoTime();
        private String printed = "";

        @Override
        public void draw(Bundle bundle, boolean last) {
            long now = System.nanoTime();
            boolean due = last || now - next >= 0;
            if (due && !bundle.text().equals(printed)) {
                next = now + LINE_INTERVAL.toNanos();
                printed = bundle.text();
                out.println(printed);
            }
            if (last && bundle.data().get("image/png") instanceof String base64) {
                out.println(saved(Base64.getDecoder().decode(base64)));
            }
        }
    }
}
