package parlab.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * The other side of a benchmark, such as the script {@code native_bench.py}, as a child process: one question a line,
 * one answer a line. Not thread-safe.
 */
final class ScriptPeer implements AutoCloseable {
    private static final long GRACE_SECONDS = 10;

    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter questions;

    /** Starts it: the program, such as Python, and its arguments, such as the script. */
    ScriptPeer(String... command) throws IOException {
        this(List.of(command));
    }

    /** Starts it: the program and its arguments. */
    ScriptPeer(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        questions = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /** Returns the answer; an interrupt ends the process, whose answer would come to another question. */
    String ask(String question) throws IOException {
        questions.println(question);
        String answer = readLine();
        if (answer == null) {
            throw new IOException("the peer has ended at the question " + question + ": see what it printed above");
        }
        return answer;
    }

    /** Returns its process. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    double seconds(String question) throws IOException {
        return Double.parseDouble(ask(question));
    }

    /** A read of a pipe cannot be interrupted: it has a thread of its own. */
    private String readLine() throws IOException {
        FutureTask<String> line = new FutureTask<>(answers::readLine);
        Thread.ofPlatform().daemon().start(line);
        try {
            return line.get();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while the peer worked").initCause(e);
        } catch (ExecutionException e) {
            throw new IOException("no answer from the peer", e.getCause());
        }
    }

    /** Ends it: by the end of its input, or forcibly where that does not do. */
    @Override
    public void close() {
        questions.close();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
