package parlab.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.execution.LoaderDelegate;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Code typed in cells runs in worker processes: in JShell's two ways of execution, and with a loader that keeps its
 * classes to itself, as JJava's does.
 */
@Timeout(120)
final class ProcessPoolNotebookTest {
    @TempDir
    private Path folder;

    /** Each cell ends with a line that says something; the expected outcomes stand below. */
    private static final List<String> CELLS = List.of(
            "import parlab.executors.*;",
            "import parlab.processes.*;",
            "import java.util.*;",
            "import java.util.concurrent.*;",
            "import java.util.function.*;",
            "void say(String key, Object value) throws Exception { java.nio.file.Files.writeString(java.nio.file.Path.of(\"$OUT\"),"
                    + " key + \"=\" + value + \"\\n\", java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND); }",
            "String failure(Callable<?> c) { try { return \"no failure: \" + c.call(); } catch (Exception e) { return e.getMessage(); } }",
            "int f(int x) { return x + 1; }",
            "record Point(int x, String name) implements java.io.Serializable {}",
            "enum Colour { RED, GREEN }",
            "class Counter implements java.io.Serializable { int n; Counter add(int k) { n += k; return this; } }",
            "int n = 5;",
            "List<String> names = new ArrayList<>(List.of(\"a\", \"b\"));",
            "Function<Integer, Integer> twice = x -> 2 * x;",
            "var pool = ProcessPool.of(1);",
            "say(\"static method\", pool.submit(() -> f(3)).get());",
            "say(\"record and enum\", Tasks.map(pool, List.of(1, 2), x -> new Point(f(x), Colour.GREEN + \"\")));",
            "say(\"class\", pool.submit(() -> new Counter().add(4)).get().n);",
            "say(\"variables\", pool.submit(() -> n + names.size()).get());",
            "n = 7; names.add(\"c\");",
            "say(\"changed variables\", pool.submit(() -> n + names.size()).get());",
            "say(\"lambda in a variable\", pool.submit(() -> twice.apply(n)).get());",
            "int f(int x) { return x + 100; }",
            "say(\"redefined method\", pool.submit(() -> f(3)).get());",
            "int g(int x) { return f(x) * 2; }",
            "say(\"method that calls it\", pool.submit(() -> g(3)).get());",
            "int f(int x) { return x + 1000; }",
            "say(\"redefined underneath\", pool.submit(() -> g(3)).get());",
            "record Point(int x, String name, double weight) implements java.io.Serializable {}",
            "say(\"redefined record\", pool.submit(() -> new Point(1, \"p\", 2.5)).get());",
            "pool.submit(() -> { n = 99; }).get();",
            "say(\"assigned in the worker\", n + \" \" + pool.submit(() -> n).get());",
            "class Handle { }",
            "Map<String, Object> config = new HashMap<>(Map.of(\"db\", List.of(1, new Handle())));",
            "say(\"unsendable variable\", failure(() -> pool.submit(() -> config.size()).get()));",
            "say(\"nested lambda\", pool.submit(() -> { Supplier<String> s = () -> \"in \" + Worker.isWorker(); return s.get(); }).get());",
            "interface Shape { double area(); }",
            "record Square(double side) implements Shape, java.io.Serializable { public double area() { return side * side * n; } }",
            "List<Shape> shapes = List.of(new Square(1), new Square(2));",
            "say(\"method reference and a variable inside a class\", Tasks.map(pool, shapes, Shape::area));",
            "say(\"Tasks\", Tasks.map(pool, List.of(1, 2), x -> f(x)));",
            "record Step(ThrowingFunction<Integer, Integer> fn) implements ProcessPool.Job<Integer> { public Integer call() throws Exception { return fn.apply(n); } }",
            "say(\"lambda inside a job\", pool.submit(new Step(x -> f(x) + n)).get());",
            "Callable<Integer> plain = () -> f(1);",
            "ExecutorService service = pool;",
            "say(\"plain callable\", service.submit(plain).get());",
            "class Table { static final int[] ROWS = {1, 2, 3}; static int sum() { return Arrays.stream(ROWS).sum(); } }",
            "say(\"static field of a class\", pool.submit(() -> Table.sum()).get());",
            "class Oops extends RuntimeException { Oops(String m) { super(m); } }",
            "say(\"exception of a cell\", failure(() -> pool.submit(() -> { if (n > 0) throw new Oops(\"oops\"); return 1; }).get())"
                    + ".replaceAll(\"REPL\\\\.\\\\$JShell\\\\$\\\\w+\\\\$\", \"\"));",
            "var shared = Shared.doubles(1000);",
            "pool.submit(() -> shared.set(7, 2.5)).get();",
            "say(\"shared memory\", shared.get(7));",
            "shared.close();",
            "say(\"model\", pool.submit(() -> Worker.get(\"model\", () -> new Counter().add(3)).n).get());",
            "say(\"the pool itself\", failure(() -> pool.submit(() -> pool.isShutdown()).get()));",
            "var numbers = new double[100_000];",
            "numbers[5] = 1;",
            "say(\"big array in a variable\", pool.submit(() -> numbers[5]).get());",
            "numbers[5] = 2;",
            "say(\"big array changed in place\", pool.submit(() -> numbers[5]).get());",
            "var loop = new ArrayList<Future<Integer>>();",
            "for (int i = 0; i < 100; i++) { int k = i; loop.add(pool.submit(() -> k + n)); }",
            "int total = 0;",
            "for (var one : loop) { total += one.get(); }",
            "say(\"many lambdas of one place\", total);");

    /** Every cell costs a compilation: all of them run with one way of execution, with the others those that could differ. */
    private static final Pattern SLOW_AND_THE_SAME =
            Pattern.compile("[Ss]hape|Table|Oops|shared|model|itself|numbers|loop|failure|Handle|config|Counter|total");

    /** What other cells need. */
    private static final Pattern BEGINNING = Pattern.compile("^import |^void say");

    private static final List<String> LAST_CELLS = List.of("pool.close();", "say(\"closed\", pool.isTerminated());");

    private static Map<String, String> expected() {
        Map<String, String> all = new TreeMap<>();
        all.put("static method", "4");
        all.put("record and enum", "[Point[x=2, name=GREEN], Point[x=3, name=GREEN]]");
        all.put("class", "4");
        all.put("variables", "7");
        all.put("changed variables", "10");
        all.put("lambda in a variable", "14");
        all.put("redefined method", "103");
        all.put("method that calls it", "206");
        all.put("redefined underneath", "2006");
        all.put("redefined record", "Point[x=1, name=p, weight=2.5]");
        all.put("assigned in the worker", "7 7");
        all.put("nested lambda", "in true");
        all.put("method reference and a variable inside a class", "[7.0, 28.0]");
        all.put("Tasks", "[1001, 1002]");
        all.put("lambda inside a job", "1014");
        all.put("plain callable", "1001");
        all.put("static field of a class", "6");
        all.put("shared memory", "2.5");
        all.put("model", "3");
        all.put("big array in a variable", "1.0");
        all.put("big array changed in place", "2.0");
        all.put("many lambdas of one place", String.valueOf(99 * 50 + 700));
        all.put("closed", "true");
        return all;
    }

    private static Map<String, String> said(Path out) throws IOException {
        Map<String, String> said = new TreeMap<>();
        for (String line : Files.readAllLines(out)) {
            said.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return said;
    }

    private void check(Path out) throws IOException {
        Map<String, String> said = said(out);
        String unsendable = String.valueOf(said.remove("unsendable variable"));
        assertTrue(unsendable.contains("the variable 'config' cannot be sent"), unsendable);
        assertTrue(
                unsendable.contains("config[\"db\"][1] is a REPL.$JShell$") && unsendable.contains("Handle"),
                unsendable);
        String itself = String.valueOf(said.remove("the pool itself"));
        assertTrue(itself.contains("the variable 'pool'") && itself.contains("a task cannot use the pools"), itself);
        String oops = String.valueOf(said.remove("exception of a cell"));
        assertTrue(oops.matches("in worker-1: Oops: oops"), oops);
        assertEquals(expected(), said);
    }

    private void checkEssentials(Path out) throws IOException {
        Map<String, String> said = said(out);
        assertTrue(said.size() >= 12, said.toString());
        Map<String, String> wanted = expected();
        wanted.keySet().retainAll(said.keySet());
        assertEquals(wanted, said);
    }

    private List<String> essentials(Path out) {
        return cells(out).stream()
                .filter(cell -> !SLOW_AND_THE_SAME.matcher(cell).find())
                .toList();
    }

    private List<String> cells(Path out) {
        return CELLS.stream().map(cell -> cell.replace("$OUT", out.toString())).toList();
    }

    private void run(JShell shell, List<String> cells) {
        for (String cell : cells) {
            for (SnippetEvent event : shell.eval(cell)) {
                if (event.exception() != null) {
                    throw new AssertionError(cell, event.exception());
                }
                if (event.causeSnippet() == null && event.status() != Snippet.Status.VALID) {
                    throw new AssertionError(
                            cell + ": " + shell.diagnostics(event.snippet()).toList());
                }
            }
        }
    }

    @Test
    void cells_of_jshell_in_its_own_process() throws Exception {
        Path out = folder.resolve("local");
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            shell.addToClasspath(System.getProperty("java.class.path"));
            run(shell, essentials(out));
            run(shell, List.of("say(\"jar added later\", pool.submit(() -> 1).get());"));
            addJarLater(shell, out);
            run(shell, LAST_CELLS);
        }
        List<String> lines = Files.readAllLines(out);
        assertTrue(lines.remove("jar added later=1"));
        assertTrue(lines.remove("class of that jar=from the jar"), lines.toString());
        Files.write(out, lines);
        checkEssentials(out);
    }

    @Test
    void static_fields_of_a_class_are_sent_and_noted_if_assigned() throws Exception {
        Path out = folder.resolve("static");
        String notes = Console.heard(() -> {
            try (JShell shell = JShell.builder().executionEngine("local").build()) {
                shell.addToClasspath(System.getProperty("java.class.path"));
                run(shell, cells(out).stream().filter(BEGINNING.asPredicate()).toList());
                run(
                        shell,
                        List.of(
                                "class Config { static int threads = 1; static final List<String> names = new ArrayList<>();"
                                        + " static double[] mine; }",
                                "Config.threads = 8; Config.names.add(\"here\");",
                                "var pool = ProcessPool.of(1);",
                                "say(\"read\", pool.submit(() -> Config.threads + \" \" + Config.names).get());",
                                "pool.submit(() -> { Config.threads++; return 0; }).get();",
                                "say(\"after an assignment\", pool.submit(() -> Config.threads).get());",
                                "pool.submit(() -> { Config.mine = new double[] {2.5}; return 0; }).get();",
                                "say(\"loaded by the worker\", pool.submit(() -> Config.mine[0]).get());",
                                "say(\"null here\", Config.mine);",
                                "Config.mine = new double[] {7}; say(\"sent now\", pool.submit(() -> Config.mine[0]).get());",
                                "class Made { static final long SEED = System.nanoTime(); static final double R = Math.random();"
                                        + " static final char C = (char) ('a' + new Random().nextInt(26)); static final boolean B = SEED > 0;"
                                        + " static final String ID = UUID.randomUUID().toString(); static final Integer BOX = new Random().nextInt();"
                                        + " static String all() { return SEED + \" \" + R + C + B + ID + BOX; } }",
                                "interface Limit { long MOST = System.nanoTime(); }",
                                "say(\"computed constants\", pool.submit(() -> Made.all() + Limit.MOST).get().equals(Made.all() + Limit.MOST));",
                                "pool.close();"));
            }
            return null;
        });
        assertEquals(
                Map.of(
                        "read", "8 [here]",
                        "after an assignment", "8",
                        "loaded by the worker", "2.5",
                        "null here", "null",
                        "sent now", "7.0",
                        "computed constants", "true"),
                said(out));
        assertTrue(notes.contains("a task assigns the static field 'Config.threads'"), notes);
        assertFalse(notes.contains("Config.mine"), notes);
    }

    /** A class that neither the worker's class path nor a cell has. */
    private void addJarLater(JShell shell, Path out) throws IOException {
        Path source = Files.writeString(
                Files.createDirectories(folder.resolve("src/later")).resolve("Late.java"),
                "package later; public class Late { public static String text() { return \"from the jar\"; } }");
        Path classes = Files.createDirectories(folder.resolve("classes"));
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()));
        shell.addToClasspath(classes.toString());
        run(shell, List.of("say(\"class of that jar\", pool.submit(() -> later.Late.text()).get());"));
        assertTrue(Files.exists(out));
    }

    @Test
    void cells_of_a_kernel_whose_loader_keeps_its_classes_to_itself() throws Exception {
        Path out = folder.resolve("kernel");
        ExecutionControlProvider provider = new ExecutionControlProvider() {
            @Override
            public String name() {
                return "kernel";
            }

            @Override
            public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
                return new DirectExecutionControl(new KernelDelegate());
            }
        };
        try (JShell shell = JShell.builder().executionEngine(provider, Map.of()).build()) {
            shell.addToClasspath(System.getProperty("java.class.path"));
            run(shell, cells(out));
            run(shell, LAST_CELLS);
        }
        check(out);
    }

    @Test
    void cells_of_the_jshell_tool() throws Exception {
        Path out = folder.resolve("tool");
        Path script = folder.resolve("cells.jsh");
        Files.write(
                script,
                cells(out).stream()
                        .filter(cell -> !SLOW_AND_THE_SAME.matcher(cell).find())
                        .toList());
        Files.write(script, LAST_CELLS, java.nio.file.StandardOpenOption.APPEND);
        Files.writeString(script, "/exit\n", java.nio.file.StandardOpenOption.APPEND);
        Path log = folder.resolve("log");
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jshell")
                                .toString(),
                        "--feedback",
                        "concise",
                        "--class-path",
                        classPath(),
                        script.toString())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(tool.waitFor(90, TimeUnit.SECONDS));
        } finally {
            tool.destroyForcibly();
        }
        checkEssentials(out);
    }

    /** The test's own class path without the jar of its runner, whose manifest the tool does not read. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Like JJava's: the bytes are in a map of the delegate, and the loader gives no resources. */
    private static final class KernelDelegate implements LoaderDelegate {
        private final Map<String, byte[]> declared = new ConcurrentHashMap<>();
        private final Map<String, Class<?>> loaded = new ConcurrentHashMap<>();
        private final Loader loader = new Loader();

        @Override
        public void load(ExecutionControl.ClassBytecodes[] classes) throws ExecutionControl.ClassInstallException {
            for (ExecutionControl.ClassBytecodes one : classes) {
                declared.put(one.name(), one.bytecodes());
            }
            for (ExecutionControl.ClassBytecodes one : classes) {
                try {
                    loaded.put(one.name(), loader.findClass(one.name()));
                } catch (ClassNotFoundException e) {
                    throw new ExecutionControl.ClassInstallException(e.getMessage(), new boolean[classes.length]);
                }
            }
        }

        @Override
        public void classesRedefined(ExecutionControl.ClassBytecodes[] classes) {
            for (ExecutionControl.ClassBytecodes one : classes) {
                declared.put(one.name(), one.bytecodes());
            }
        }

        @Override
        public void addToClasspath(String path) throws ExecutionControl.InternalException {
            try {
                for (String entry : path.split(File.pathSeparator, -1)) {
                    loader.addURL(Path.of(entry).toUri().toURL());
                }
            } catch (IOException e) {
                throw new ExecutionControl.InternalException(e.getMessage());
            }
        }

        @Override
        public Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> found = loaded.get(name);
            if (found == null) {
                throw new ClassNotFoundException(name);
            }
            return found;
        }

        private final class Loader extends URLClassLoader {
            Loader() {
                super(new URL[0]);
            }

            @Override
            protected void addURL(URL url) {
                super.addURL(url);
            }

            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                byte[] bytes = declared.get(name);
                return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
            }
        }
    }
}
