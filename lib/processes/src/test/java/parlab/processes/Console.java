package parlab.processes;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/** What is printed in this process. */
final class Console {
    private Console() {}

    /** Returns what both streams got while an action ran. */
    static String heard(Callable<?> action) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(heard, true, StandardCharsets.UTF_8);
        System.setOut(both);
        System.setErr(both);
        try {
            action.call();
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return heard.toString(StandardCharsets.UTF_8);
    }
}
