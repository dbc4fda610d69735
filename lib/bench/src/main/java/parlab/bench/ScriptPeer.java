package parlab.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** A script of CPython's side, such as {@code native_bench.py}: one question a line, one answer a line. Not thread-safe. */
final class ScriptPeer implements AutoCloseable {
    private final BufferedReader answers;
    private final PrintWriter questions;

    /** Starts it: Python, the script, its arguments. */
    ScriptPeer(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        questions = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    String ask(String question) throws IOException {
        questions.println(question);
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the script has ended at the question " + question + ": see what it printed above");
        }
        return answer;
    }

    double seconds(String question) throws IOException {
        return Double.parseDouble(ask(question));
    }

    @Override
    public void close() throws IOException {
        questions.close();
        answers.close();
    }
}
