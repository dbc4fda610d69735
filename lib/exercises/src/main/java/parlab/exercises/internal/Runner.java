package parlab.exercises.internal;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.execution.LocalExecutionControlProvider;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionEnv;
import parlab.exercises.Tests;

/**
 * Runs the cells of one submission, then the tests of its tasks, and says what came of each.
 *
 * <p>The program that grades is at the other end of a socket. What runs here shares its JVM with the answers, so it relies
 * on what the JVM keeps from them: this package is not exported, nothing is opened, and native access, agents and
 * {@code Unsafe} are switched off. The tests arrive when all cells have been run. Time is not watched here but there.
 */
public final class Runner {

    private static final int OUTPUT_LIMIT = 20_000;

    private final DataInputStream in;
    private final DataOutputStream out;
    private final String classPath;
    private final Map<String, List<Tests.Test<Object>>> loaded = new HashMap<>();
    private Set<Thread> ofTheJvm = Set.of(); // and of JShell: those that were there before the first cell
    private List<Tests.Test<Object>> tests = List.of();
    private JShell shell;
    private final Map<String, Object> answers = new HashMap<>();
    private Object answer;
    private Scrutiny again; // of the second run of the test that was run last, if there is to be one
    private String broken; // what the last cell uses against the rules

    private Runner(SocketChannel channel, String classPath) {
        in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
        out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)));
        this.classPath = classPath;
    }

    /** Arguments: the socket, and the class path of the cells. */
    public static void main(String[] args) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(Path.of(args[0])));
        HandOver.begin();
        try {
            new Runner(channel, args[1]).serve();
        } catch (EOFException e) {
            // The other side has all it wants.
        }
        Runtime.getRuntime().halt(0); // whatever threads the answers have left
    }

    private void serve() throws IOException {
        while (true) {
            switch (in.readByte()) {
                case 'N' -> fresh(text());
                case 'M' ->
                    say(ModuleLayer.boot().modules().stream()
                            .map(Module::getName)
                            .sorted()
                            .collect(Collectors.joining(" ")));
                case 'C' -> cell(text(), null);
                case 'A' -> cell(text(), text());
                case 'T' -> load();
                case 'R' -> test(in.readInt());
                default -> throw new IOException("unknown request");
            }
            out.flush();
        }
    }

    /** Forgets all cells, and begins with what a kernel begins with. */
    private void fresh(String begin) throws IOException {
        if (shell != null) {
            shell.close();
        }
        answers.clear();
        shell = JShell.builder()
                .executionEngine(new InspectedExecution(), Map.of())
                .compilerOptions(
                        "--class-path",
                        classPath,
                        "--module-path",
                        System.getProperty("jdk.module.path"),
                        "--add-modules",
                        "parlab.exercises,jdk.incubator.vector,java.net.http")
                .build();
        String problem = evaluate(begin);
        if (problem != null) {
            throw new IOException("what a notebook begins with " + problem);
        }
        if (ofTheJvm.isEmpty()) {
            ofTheJvm = Set.copyOf(Thread.getAllStackTraces().keySet());
        }
        out.writeByte('N');
    }

    /** Runs a cell as a kernel does: up to the first snippet that fails. A check cell hands an answer over. */
    private void cell(String source, String task) throws IOException {
        var printed = new Printed(OUTPUT_LIMIT);
        var before = System.out;
        var beforeErrors = System.err;
        var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(stream);
        System.setErr(stream);
        String problem;
        try {
            problem = evaluate(source);
        } catch (Throwable e) {
            problem = Attempt.cut(Attempt.inWords(e));
        } finally {
            System.setOut(before);
            System.setErr(beforeErrors);
            Thread.interrupted(); // or what a cell has done to this thread would close the connection
        }
        Object handedOver = task == null ? null : HandOver.collect(task);
        if (handedOver != null) {
            answers.put(task, handedOver);
        }
        say(problem == null ? "" : problem);
        say(printed.text());
        out.writeBoolean(handedOver != null);
    }

    private String evaluate(String source) {
        String rest = source;
        broken = null;
        while (!rest.isBlank()) {
            var next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            if (next.completeness() == SourceCodeAnalysis.Completeness.EMPTY) {
                break; // nothing but comments
            }
            String snippet = next.source() == null ? rest : next.source();
            List<SnippetEvent> events = shell.eval(snippet);
            if (broken != null) {
                return "uses " + broken + Rules.WORDS;
            }
            for (SnippetEvent event : events) {
                String problem = problem(event);
                if (problem != null) {
                    return problem;
                }
            }
            rest = next.source() == null ? "" : next.remaining();
        }
        return null;
    }

    private String problem(SnippetEvent event) {
        if (event.causeSnippet() != null) {
            return null; // an older snippet that is compiled again
        }
        if (event.status() == Snippet.Status.REJECTED) {
            var all = shell.diagnostics(event.snippet())
                    .map(d -> d.getMessage(Locale.ROOT))
                    .toList();
            return "does not compile: " + Attempt.cut(String.join("; ", all));
        }
        return switch (event.exception()) {
            case null -> null;
            case EvalException e -> {
                String message = e.getMessage();
                yield "not implemented".equals(message)
                        ? "not implemented yet"
                        : Attempt.cut(
                                "threw " + e.getExceptionClassName() + (message == null ? "" : " (" + message + ")"));
            }
            default -> {
                var missing = shell.unresolvedDependencies((jdk.jshell.DeclarationSnippet) event.snippet());
                yield "uses what is not declared: " + Attempt.cut(String.join(", ", missing.toList()));
            }
        };
    }

    /**
     * Runs snippets in this JVM, as a kernel does, if their classes keep to the rules. JShell's own local execution also
     * weaves a stop into them, and fails where that needs a class of the notebook to be resolved.
     */
    private final class InspectedExecution extends LocalExecutionControlProvider {
        @Override
        public ExecutionControl createExecutionControl(ExecutionEnv env, Map<String, String> parameters) {
            return new DirectExecutionControl() {
                @Override
                public void load(ClassBytecodes[] classes)
                        throws ClassInstallException, NotImplementedException, EngineTerminationException {
                    for (var one : classes) {
                        String found = Rules.broken(one.bytecodes());
                        if (found != null) {
                            broken = found;
                            throw new ClassInstallException(found, new boolean[classes.length]);
                        }
                    }
                    super.load(classes);
                }
            };
        }
    }

    /** Takes the tests of a task: classes of this package, so that they are as well protected as it is. */
    private void load() throws IOException {
        String task = text();
        answer = answers.get(task);
        int count = in.readInt();
        var classes = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) {
            classes.add(in.readNBytes(in.readInt()));
        }
        if (!loaded.containsKey(task)) {
            loaded.put(task, define(classes));
        }
        tests = loaded.get(task);
        out.writeInt(tests.size());
    }

    /** The last class is the one that has the tests. It is hidden: no stack trace shows its methods. */
    @SuppressWarnings("unchecked")
    private static List<Tests.Test<Object>> define(List<byte[]> classes) throws IOException {
        var here = MethodHandles.lookup();
        try {
            for (byte[] code : classes.subList(0, classes.size() - 1)) {
                here.defineClass(code);
            }
            Class<?> last = here.defineHiddenClass(classes.getLast(), true).lookupClass();
            var tests = here.findStatic(last, "tests", MethodType.methodType(Tests.class));
            return ((Tests<Object>) tests.invoke()).all();
        } catch (Throwable e) {
            throw new IOException("the tests cannot be loaded: " + e, e);
        }
    }

    private void test(int index) throws IOException {
        var printed = new PrintStream(new Printed(0), true, StandardCharsets.UTF_8);
        System.setOut(printed); // what is printed now might be the tests: nobody is to see it
        System.setErr(printed);
        var scrutiny = again == null ? Scrutiny.first(ofTheJvm) : again;
        String problem = scrutiny.problem(tests.get(index).trial(), answer);
        again = again == null && problem == null ? scrutiny.second() : null;
        Thread.interrupted(); // or what an answer may have done to this thread would close the connection
        out.writeByte(again != null ? '?' : problem == null ? '+' : '-');
        say(problem == null ? "" : problem);
    }

    private String text() throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    private void say(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
