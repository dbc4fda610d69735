package parlab.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parlab.results.BySide;
import parlab.results.Trials;
import parlab.system.Folders;
import parlab.timing.OtherPrograms;
import parlab.twin.Interpreter;
import parlab.twin.TwinResult;
import tech.tablesaw.api.Table;

/**
 * What every lesson needs: the machine and what disturbs it, the CPython twins, a scratch folder, the claims that it
 * tests, and the reader's guesses.
 *
 * {@snippet :
 * Lesson lesson = Lesson.open("01");
 * int threads = lesson.workers();
 * Table times = Results.append(java, lesson.twin("pools", "--threads", threads));
 * lesson.claim("E5", Results.ratio(times, "seconds", "way", "threads", "serial"));
 * lesson.claims();
 * }
 *
 * <p>For the thread that evaluates the cells.
 */
public final class Lesson {
    /** Stands for a guess that was not made: put a number in its place. */
    @SuppressWarnings("checkstyle:ConstantName")
    public static final Double ___ = null;

    private static final int MOST_WORKERS = 8;

    /** What a lesson may take longer than its fixed rounds to decide its claims. */
    private static final Duration EXTRA = Duration.ofSeconds(40);

    /** A kernel's working directory is the folder of its notebook. */
    private static final Path HERE = Path.of("");

    private final String number;
    private final Path notebooks;
    private final String twin;
    private final Twins twins;
    private final int workers;
    private final Claims claims;
    private final ClaimBook book;
    private final Guesses guesses;
    private String obstacle;
    private long extraNanos = EXTRA.toNanos();
    private Path scratch;

    private Lesson(String number, int mostWorkers, Path notebooks) throws InterruptedException {
        this.number = number;
        this.notebooks = notebooks;
        this.twin = twinOf(number, notebooks);
        this.twins = Twins.find();
        this.workers = Math.clamp(cores(), 2, mostWorkers);
        this.claims = Claims.lesson(number);
        this.book = ClaimBook.ofClone();
        this.guesses = Guesses.of(hasLesson(HERE, number) ? HERE : notebooks, number);
        this.obstacle = Machine.obstacle();
    }

    /** Opens the lesson of that number, such as {@code 01}, with 2 to 8 workers, and shows what it runs on. */
    public static Lesson open(String number) throws InterruptedException {
        return open(number, MOST_WORKERS);
    }

    /** The same with another largest number of workers, from 2. */
    public static Lesson open(String number, int mostWorkers) throws InterruptedException {
        if (mostWorkers < 2) {
            throw new IllegalArgumentException("a lesson needs 2 workers at least, got " + mostWorkers);
        }
        Notebook.show(Machine.here());
        Path notebooks = Path.of(System.getProperty("parlab.home", "..")).resolve("notebooks");
        Lesson lesson = new Lesson(number, mostWorkers, notebooks);
        lesson.introduce();
        return lesson;
    }

    private static boolean hasLesson(Path folder, String number) {
        return !RecordedRun.files(folder, number + "-*.ipynb").isEmpty();
    }

    private static String twinOf(String number, Path notebooks) {
        return notebooksOf(number, notebooks)
                .replaceFirst("^\\d+-", "")
                .replaceFirst("[.]ipynb$", ".py")
                .replace('-', '_');
    }

    private static String notebooksOf(String number, Path notebooks) {
        return RecordedRun.files(notebooks, number + "-*.ipynb").stream()
                .map(file -> file.getFileName().toString())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no lesson " + number + " in "
                        + notebooks.toAbsolutePath().normalize()
                        + ": the system property parlab.home names the clone"));
    }

    private void introduce() throws InterruptedException {
        int cores = cores();
        twins.description().show();
        Notebook.finding("")
                .when(
                        cores == 1,
                        "**One processor** here; the lesson uses **%d threads or processes** on it. With one processor no"
                                + " speed-up can be seen; where that matters, the text says so.",
                        workers)
                .otherwise("**%d processors** here; the lesson uses up to **%d threads or processes**.", cores, workers)
                .show();
        if (!obstacle.isEmpty() && cores > 1) {
            Notebook.finding(
                            "> **Note:** %s. What is said about speed-up is not to be trusted in this run; verdicts that need"
                                    + " it stay open. Close other programs, and run the lesson again.",
                            obstacle)
                    .show();
        }
    }

    /** Returns the processors that this JVM may use. */
    public int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Returns how many threads or processes the lesson takes: as many as there are cores, but from 2 to its largest number. */
    public int workers() {
        return workers;
    }

    /** Returns the numbers from 1 to n, as names of so many equal tasks. */
    public static List<Integer> tasks(int n) {
        return IntStream.rangeClosed(1, n).boxed().toList();
    }

    /** Returns the interpreters that twins run on, each a side of their tables; none where there is no Python. */
    public List<Interpreter> interpreters() {
        return twins.interpreters();
    }

    /** Returns what keeps speed-up from being measured, see {@link Machine#obstacle}; empty where nothing does. */
    public String obstacle() {
        return obstacle;
    }

    /**
     * Runs an experiment of the lesson's twin to its end, on every CPython side that there is: a table of its rows, and of
     * others by kind. Where it had to leave something out, a note says so. If other programs took the processor
     * meanwhile it is run once more, while the lesson's time for repetitions lasts.
     *
     * @param arguments its options; a list stands for its items
     */
    public TwinResult twin(String experiment, Object... arguments) throws InterruptedException {
        Object[] words = words(experiment, arguments);
        long start = System.nanoTime();
        OtherPrograms others = OtherPrograms.watch();
        TwinResult result = twins.run(twin, words);
        long took = System.nanoTime() - start;
        boolean disturbed = others.cores() > OtherPrograms.TOLERATED_CORES;
        if (disturbed && obstacle.isEmpty() && took < extraNanos) {
            extraNanos -= took;
            result = twins.run(twin, words);
        }
        return result;
    }

    /** Runs an experiment of another script beside the twin, on CPython's own side alone, and no second time. */
    public TwinResult script(String script, String experiment, Object... arguments) throws InterruptedException {
        return twins.runOwn(script, words(experiment, arguments));
    }

    private static Object[] words(String experiment, Object... arguments) {
        return Stream.concat(Stream.of(experiment), Arrays.stream(arguments))
                .flatMap(word -> word instanceof Collection<?> list ? list.stream() : Stream.of(word))
                .toArray();
    }

    /**
     * Takes rounds until the claim is decided on every side: six, as a rule, on the JVM and on CPython's sides, then the
     * same again where it is still open, up to 24 in all, or until the lesson's time for this is spent, of which one claim
     * may take a quarter of what is left. The intervals allow for the repeated looks, see {@link
     * parlab.timing.Estimate#sequential}. Where an obstacle keeps the verdict open anyway, the first rounds are all.
     *
     * @param figure what the claim is about, taken from the rounds so far
     */
    public Table until(String claim, Callable<Table> jvm, Callable<TwinResult> cpython, Function<Table, BySide> figure)
            throws Exception {
        ClaimBook.Entry entry = book.find(number, claim);
        boolean hopeless = entry.speed() && !obstacle.isEmpty();
        Decision decision = new Decision(
                Rule.parse(entry.rule(), workers),
                figure,
                jvm,
                () -> cpython.call().table());
        Table first = decision.first();
        long start = System.nanoTime();
        Table all = hopeless ? first : decision.reach(first, extraNanos / 4);
        extraNanos -= System.nanoTime() - start;
        return all;
    }

    /** The same where the JVM's rounds are trials, and CPython's an experiment of the lesson's twin with its options. */
    public Table until(String claim, Trials jvm, Function<Table, BySide> figure, String experiment, Object... arguments)
            throws Exception {
        return until(claim, jvm::run, () -> twin(experiment, arguments), figure);
    }

    /** Opens a claim of {@code claims.yml} whose figures or observations are given to what is returned. */
    public Claims.Draft claim(String id) {
        ClaimBook.Entry entry = book.find(number, id);
        return claims.open(entry, workers);
    }

    /**
     * Gives a claim its figure on each side that has one. CPython's stays open where the twin had to leave something out;
     * what a side lacks otherwise must be said by what is returned. A claim about the lock has a verdict of its own on
     * each further side.
     */
    public Claims.Draft claim(String id, BySide figures) {
        Claims.Draft draft = claim(id);
        twins.leftOut().ifPresent(draft::cpythonUntested);
        figures.figures().forEach((side, figure) -> {
            switch (side) {
                case BySide.JVM -> draft.jvm(figure);
                case BySide.CPYTHON -> draft.cpython(figure);
                default -> draft.on(side, figure);
            }
        });
        return draft;
    }

    /**
     * Shows all claims with their verdicts. Looks once more whether something disturbs: claims about speed stay open then.
     */
    public void claims() throws InterruptedException {
        if (obstacle.isEmpty()) {
            obstacle = Machine.obstacle();
        }
        claims.unless(obstacle);
        claims.show();
    }

    /**
     * Takes the reader's guess: {@code lesson.guess("the convoy", "times slower", ___)}, where a number takes the place of
     * {@link #___}. It is kept beside the notebook and never needed.
     *
     * @param what a short name, the bar's in the closing chart
     * @param unit the unit, which also says what kind of figure it is
     */
    public Guess guess(String what, String unit, Number number) {
        return guesses.take(what, unit, number == null ? null : Double.valueOf(number.doubleValue()));
    }

    /** Shows all guesses against what was measured. */
    public void guesses() {
        guesses.show();
    }

    /** Returns the lesson's scratch folder, which goes with the kernel. */
    public Path scratch() {
        if (scratch == null) {
            try {
                scratch = Folders.temporary("parlab-" + number + "-");
            } catch (IOException e) {
                throw new UncheckedIOException("no scratch folder can be made", e);
            }
        }
        return scratch;
    }

    /**
     * Returns a table that other machines' runs of this lesson handed out by {@link #record}, with a column {@code run} that
     * names them; without a row where there is none.
     */
    public Table recorded(String name) {
        return RecordedRun.table(notebooks.resolve("recorded"), number, name);
    }

    /** Hands tables of this run out to {@code make record}, which keeps them for readers of other machines. */
    public void record(Map<String, Table> tables) {
        RecordedRun.emitTables(tables);
    }
}
